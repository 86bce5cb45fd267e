/** The clips that paths on the command line mean. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { ZoetropeError } from "../index.js";
import { type Films, realFilms } from "./films.js";

/** What could not be read, and why. */
export interface Skipped {
  path: string;
  reason: string;
}

/**
 * Films, pictures and folders of numbered pictures as they are; of any other folder the clips in it and in its subfolders. What is
 * neither is added to `skipped`.
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
      const { clips, skipped: others } = await films.listClips(path);
      const { classes } = await films.listClasses(path);
      const classAt = (other: string) => classes.find(({ name }) => name === basename(other));
      found.push(...clips, ...others.flatMap((other) => classAt(other.path)?.clips ?? []));
      skipped.push(...others.filter((other) => !classAt(other.path)));
    } catch (error) {
      skipped.push(reasonOf(error, path, signal));
    }
  }
  return found;
}

/** Why a file is skipped. @throws what is no fault of the file. */
export function reasonOf(error: unknown, path: string, signal: AbortSignal): Skipped {
  if (signal.aborted || !(error instanceof ZoetropeError)) throw error;
  const prefix = [`${path}: `, `${basename(path)}: `].find((name) => error.message.startsWith(name)) ?? "";
  return { path, reason: error.message.slice(prefix.length) };
}
