/** The functions that read films: those of `zoetrope/node`, which tests replace. */
import * as node from "../node/index.js";

export type Films = Pick<
  typeof node,
  "listClips" | "listClasses" | "readClip" | "readFrames" | "probe" | "contentHash"
>;

export const realFilms: Films = node;

/** Reads up to `count` frames from `from` on. Returns them, zeros after the end of the film, with their times in seconds. */
export async function readWindow(
  films: Films,
  path: string,
  count: number,
  options: { rate: number; size: number; from: number; signal: AbortSignal },
): Promise<{ frames: Uint8Array; times: number[] }> {
  const frames = new Uint8Array(count * options.size * options.size * 3);
  const times: number[] = [];
  for await (const { rgb, timeSeconds } of films.readFrames(path, options)) {
    frames.set(rgb, times.length * rgb.length);
    if (times.push(timeSeconds) === count) break;
  }
  return { frames, times };
}
