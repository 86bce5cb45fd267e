/** Finds the clips at the paths of a command line. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { ZoetropeError } from "../index.js";
import type { Skipped } from "../node/index.js";
import { printable } from "../printable.js";
import { type Films, realFilms } from "./films.js";

/**
 * Lists films, pictures and folders of numbered pictures as they are, and for any other folder the clips in it and in
 * its subfolders. Everything else is added to `skipped`.
 */
export async function clipsAt(
  paths: readonly string[],
  skipped: Skipped[],
  signal: AbortSignal,
  films: Films = realFilms,
): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    try {
      const isFolder = await stat(path).then((stats) => stats.isDirectory(), () => false); // prettier-ignore
      const isClip = !isFolder || (await films.probe(path, { signal }).then(() => true, () => false)); // prettier-ignore
      if (isClip) {
        found.push(path);
        continue;
      }
      const { clips, skipped: others } = await films.listClips(path, { signal });
      const { classes } = await films.listClasses(path, { signal });
      const classAt = (other: string) => classes.find(({ name }) => name === basename(other));
      found.push(...clips, ...others.flatMap((other) => classAt(other.path)?.clips ?? []));
      skipped.push(...others.filter((other) => !classAt(other.path)));
    } catch (error) {
      skipped.push(skippedBecause(error, path, signal));
    }
  }
  return found;
}

/**
 * Turns the error of a file that could not be read into the reason why it is skipped.
 * @throws the error if it is not about the file.
 */
export function skippedBecause(error: unknown, path: string, signal: AbortSignal): Skipped {
  if (signal.aborted || !(error instanceof ZoetropeError)) throw error;
  const names = [path, basename(path)].map((name) => `${printable(name, Infinity)}: `);
  const prefix = names.find((name) => error.message.startsWith(name)) ?? "";
  return { path, reason: error.message.slice(prefix.length) };
}
