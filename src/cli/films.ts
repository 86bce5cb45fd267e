/** The functions that read films: those of `zoetrope/node`, which tests replace. */
import { stat } from "node:fs/promises";
import { FileError } from "../index.js";
import * as node from "../node/index.js";
import { printableName } from "../printable.js";
import { plural } from "./terminal.js";

export type Films = Pick<
  typeof node,
  "listClips" | "listClasses" | "readClip" | "readFrames" | "probe" | "contentHash"
>;

export const realFilms: Films = node;

/**
 * What `probe` finds at a path where one clip is expected; a folder of numbered pictures is one clip.
 * @throws FileError that, for a folder of several clips, says what can be done with it.
 */
export async function probeClip(path: string, signal: AbortSignal): Promise<node.FilmInfo> {
  try {
    return await node.probe(path, { signal });
  } catch (error) {
    const isFolder = await stat(path).then((stats) => stats.isDirectory(), () => false); // prettier-ignore
    const { clips } = isFolder ? await node.listClips(path, { signal }) : { clips: [] };
    if (clips.length === 0) throw error;
    const name = printableName(path);
    throw new FileError(
      `${name}: a folder of ${plural(clips.length, "clip")}; expected one clip. To train, make a subfolder of clips for each of two classes or more; to classify each clip: zoetrope predict ${name}.`,
    );
  }
}

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
