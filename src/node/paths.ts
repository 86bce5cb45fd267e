/** Paths in the file system: errors in words, the kind of a path, and the order of names. */
import { open, stat } from "node:fs/promises";
import { FileError } from "../errors.js";

const reasons: Record<string, string> = {
  ENOENT: "no such file or folder",
  EACCES: "not allowed to read it",
  EPERM: "not allowed to read it",
  ELOOP: "a link that leads in a circle",
  ENOTDIR: "a file; expected a folder",
  EISDIR: "a folder; expected a file",
};

/** The reason of an error of the file system, such as "not allowed to read it". */
export function reasonOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

/** Awaits `work`, with the file system's errors as FileError. */
export async function withFileErrors<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new FileError(`${path}: ${reasonOf(error)}.`, { cause: error });
  }
}

/**
 * "folder", or the first bytes of a file.
 * @throws FileError when the path is empty, neither file nor folder, or unreadable.
 */
export async function look(path: string): Promise<"folder" | Uint8Array> {
  const stats = await withFileErrors(path, stat(path));
  if (stats.isDirectory()) return "folder";
  if (!stats.isFile()) throw new FileError(`${path}: neither a file nor a folder; expected a film or a picture.`);
  if (stats.size === 0) throw new FileError(`${path}: an empty file; expected a film or a picture.`);
  const handle = await withFileErrors(path, open(path));
  try {
    const { buffer, bytesRead } = await withFileErrors(path, handle.read(new Uint8Array(64), 0, 64, 0));
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

const collator = new Intl.Collator("en", { numeric: true });

/** Compares names with numbers as numbers: frame2 before frame10. */
export const byName = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : Number(a > b));
