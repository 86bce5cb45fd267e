/** Folders of clips, and folders that hold such a folder for each class. */
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { checkOptions } from "../errors.js";
import { printableName } from "../printable.js";
import type { Stoppable } from "./decoding/limits.js";
import { byName, notPlain, reasonOf, withFileErrors } from "./paths.js";
import { isPictureName, numberedPictures } from "./pictures.js";

/** A file or folder that is not used. */
export interface Skipped {
  /** The path of the file or folder. */
  path: string;
  /** The reason why it is not used. */
  reason: string;
}

/** The extensions of films in a folder. A file whose path is passed to `readClip` may have any extension. */
const filmEndings = new Set(
  (
    "3g2 3gp apng asf avi dv f4v flv h264 h265 hevc ivf m2ts m2v m4v mjpeg mjpg mkv mov mp4 mpeg mpg mts mxf " +
    "nut ogm ogv rm rmvb ts vob webm wmv y4m"
  ).split(" "),
);

const isFilmName = (name: string) => filmEndings.has(/[^.]\.(\w+)$/.exec(name)?.[1].toLowerCase() ?? "");

/** Files that operating systems create in folders. */
const isHidden = (name: string) => /^(\..*|thumbs\.db|desktop\.ini)$/i.test(name);

/**
 * Lists the clips in a folder, without its subfolders' clips, ordered by name (clip2 before clip10): films and
 * pictures, only by their extensions, and subfolders of numbered pictures. Links are followed; hidden files are
 * ignored. Everything else is in `skipped`, with the reason.
 *
 * @throws FileError when the folder cannot be read.
 */
export async function listClips(
  folder: string,
  options: Stoppable = {},
): Promise<{ clips: string[]; skipped: Skipped[] }> {
  checkOptions("listClips", options, ["signal"]);
  const { signal } = options;
  const clips: string[] = [];
  const skipped: Skipped[] = [];
  for (const { path, name, isFolder, fault } of await entriesOf(folder, signal)) {
    const reason = fault ?? (isFolder ? await whyNoPictures(path, signal) : whyNoClip(name));
    if (reason === undefined) clips.push(path);
    else skipped.push({ path, reason });
  }
  return { clips, skipped };
}

/**
 * Lists the subfolders of a folder as classes, ordered by name, each with the clips that `listClips` finds in it. Everything that
 * cannot be used or read in the folder is in `skipped`, with the reason.
 *
 * @throws FileError when the folder itself cannot be read.
 * @example
 * const { classes } = await listClasses("gestures");
 * for (const { name, clips } of classes) console.log(name, clips.length);
 */
export async function listClasses(
  folder: string,
  options: Stoppable = {},
): Promise<{ classes: { name: string; clips: string[] }[]; skipped: Skipped[] }> {
  checkOptions("listClasses", options, ["signal"]);
  const { signal } = options;
  const classes: { name: string; clips: string[] }[] = [];
  const skipped: Skipped[] = [];
  for (const { path, name, isFolder, fault } of await entriesOf(folder, signal)) {
    if (fault !== undefined) skipped.push({ path, reason: fault });
    else if (!isFolder) skipped.push({ path, reason: "beside the classes, which are folders" });
    else {
      const found = await listClips(path, { signal }).catch((error: Error) => ({ clips: [], skipped: [], error }));
      signal?.throwIfAborted();
      skipped.push(...found.skipped);
      if ("error" in found) skipped.push({ path, reason: withoutPath(found.error.message, path) });
      else if (found.clips.length === 0) skipped.push({ path, reason: "no clips in it" });
      else classes.push({ name, clips: found.clips });
    }
  }
  return { classes, skipped };
}

interface Entry {
  path: string;
  name: string;
  isFolder: boolean;
  /** Why it cannot be used. */
  fault?: string;
}

async function entriesOf(folder: string, signal?: AbortSignal): Promise<Entry[]> {
  signal?.throwIfAborted();
  const names = (await withFileErrors(folder, readdir(folder))).filter((name) => !isHidden(name)).sort(byName);
  const here = await withFileErrors(folder, realpath(folder));
  const entries = await Promise.all(names.map((name) => entryOf(here, join(folder, name), name)));
  signal?.throwIfAborted();
  return entries;
}

async function entryOf(here: string, path: string, name: string): Promise<Entry> {
  try {
    const stats = await stat(path);
    const isFolder = stats.isDirectory();
    if (!isFolder) return { path, name, isFolder, ...(!stats.isFile() && { fault: notPlain }) };
    const isAround = `${here}${sep}`.startsWith(`${await realpath(path)}${sep}`);
    return { path, name, isFolder, ...(isAround && { fault: "a link back to a folder that it is in" }) };
  } catch (error) {
    return { path, name, isFolder: false, fault: reasonOf(error) };
  }
}

const whyNoClip = (name: string) =>
  isFilmName(name) || isPictureName(name) ? undefined : "by its name neither film nor picture";

async function whyNoPictures(folder: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    await numberedPictures(folder, signal);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return withoutPath((error as Error).message, folder);
  }
}

const withoutPath = (message: string, path: string) =>
  message.replace(`${printableName(path)}: `, "").replace(/\.$/, "");
