/** Paths of the file system: what can be wrong with one, and the order in which people read names. */
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

/** `not allowed to read it`: why the file system refused. */
export function reasonOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

/** As FileError, where the file system refused. */
export async function withFileErrors<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new FileError(`${path}: ${reasonOf(error)}.`, { cause: error });
  }
}

/** A folder, or the first bytes of a file. @throws FileError for what is empty, neither, or cannot be read. */
export async function look(path: string): Promise<"folder" | Uint8Array> {
  const stats = await withFileErrors(path, stat(path));
  if (stats.isDirectory()) return "folder";
  if (!stats.isFile()) throw new FileError(`${path}: neither a file nor a folder; expected a film or a picture.`);
  if (stats.size === 0) throw new FileError(`${path}: an empty file; expected a film or a picture.`);
  const handle = await withFileErrors(path, open(path));
  try {
    const { buffer, bytesRead } = await withFileErrors(path, handle.read(new Uint8Array(16), 0, 16, 0));
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

const collator = new Intl.Collator("en", { numeric: true });

/** frame2 before frame10. */
export const byName = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : Number(a > b));
