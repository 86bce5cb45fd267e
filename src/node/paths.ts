/** Paths in the file system: errors in words, the kind of a path, and the order of names. */
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { faultOf } from "./decoding/limits.js";

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

/** Awaits `work`, with the file system's errors as FileError, and the reason of the signal that it was given. */
export async function withFileErrors<T>(path: string, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    signal?.throwIfAborted();
    throw faultOf(path, reasonOf(error), error);
  }
}

/**
 * Opens a plain file for reading. A pipe or a device, which may never end, is not opened.
 * @throws FileError when it is none, or cannot be opened.
 */
export async function openPlain(path: string): Promise<{ handle: FileHandle; size: number }> {
  const stats = await withFileErrors(path, stat(path));
  if (stats.isDirectory()) throw faultOf(path, reasons.EISDIR);
  if (!stats.isFile()) throw faultOf(path, `${notPlain}; expected a film or a picture`);
  // Where a pipe has taken the file's place since, opening does not wait for who writes to it.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  return { handle: await withFileErrors(path, open(path, flags)), size: stats.size };
}

/** What is said of pipes, devices and sockets. */
export const notPlain = "neither a file nor a folder";

/** In bytes: the most that is read of a picture. */
const mostBytes = 2 ** 30;

/** All bytes of a picture's file. @throws FileError when it is no plain file, or cannot be read; the signal's reason. */
export async function readPlain(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const { handle, size } = await openPlain(path);
  try {
    if (size > mostBytes) throw faultOf(path, `a file of ${size} bytes; expected a picture of at most ${mostBytes}`);
    return await withFileErrors(path, handle.readFile({ signal }), signal);
  } finally {
    await handle.close();
  }
}

/**
 * "folder", or the first bytes of a file.
 * @throws FileError when the path is empty, neither file nor folder, or unreadable.
 */
export async function look(path: string): Promise<"folder" | Uint8Array> {
  const stats = await withFileErrors(path, stat(path));
  if (stats.isDirectory()) return "folder";
  const { handle, size } = await openPlain(path);
  try {
    if (size === 0) throw faultOf(path, "an empty file; expected a film or a picture");
    const { buffer, bytesRead } = await withFileErrors(path, handle.read(new Uint8Array(64), 0, 64, 0));
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

const collator = new Intl.Collator("en", { numeric: true });

/** Compares names with numbers as numbers: frame2 before frame10. */
export const byName = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : Number(a > b));
