/** The functions that read films: those of `zoetrope/node`, which tests replace. */
import { FileError } from "../index.js";
import * as node from "../node/index.js";
import { plural } from "./terminal.js";

export type Films = Pick<
  typeof node,
  "listClips" | "listClasses" | "readClip" | "readFrames" | "probe" | "contentHash"
>;

export const realFilms: Films = node;

/** Thrown where nothing can be done before a program is installed: unlike a FileError, it is not about one file. */
export class MissingProgramError extends Error {}

/** The functions, of which `probe` ends the work where films cannot be read at all: each of them would be skipped. */
export const stoppingWithoutFfmpeg = (films: Films): Films => ({
  ...films,
  probe: (path, options) =>
    films.probe(path, options).catch((error: Error) => {
      const isMissing = error instanceof FileError && /: films are read with \w+, which is not installed/.test(error.message);
      throw isMissing ? new MissingProgramError(error.message, { cause: error }) : error;
    }),
}); // prettier-ignore

/**
 * What `probe` finds at a path where one clip is expected; a folder of numbered pictures is one clip.
 * @throws FileError that, for a folder of several clips, says what can be done with it.
 */
export async function probeClip(path: string, signal: AbortSignal): Promise<node.FilmInfo> {
  try {
    return await node.probe(path, { signal });
  } catch (error) {
    const isFolder = (error as Error).message.startsWith(`${path}: a folder`);
    const { clips } = isFolder ? await node.listClips(path) : { clips: [] };
    if (clips.length === 0) throw error;
    throw new FileError(
      `${path}: a folder of ${plural(clips.length, "clip")}; expected one clip. To train, make a subfolder of clips for each of two classes or more; to classify each clip: zoetrope predict ${path}.`,
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
