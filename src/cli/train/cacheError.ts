/** Faults of the cache itself: a full disk, a folder that may not be written, too many open files. */
import { FileError } from "../../index.js";
import { isSystemError, reasonOf } from "../systemErrors.js";

/** Thrown where the cache is at fault and not a clip: the next clip would not do better, so that it is not skipped. */
export class CacheError extends FileError {}

const full = "make room there, or give another folder with --cache";
const tooMany = "raise the limit of open files (ulimit -n)";
const gone = "it was deleted meanwhile; run again";
const advice: Record<string, string> = { ENOSPC: full, EDQUOT: full, EMFILE: tooMany, ENFILE: tooMany, ENOENT: gone };

/**
 * Awaits `work`, with the file system's errors as CacheError.
 * @param how what cannot be done: "read".
 */
export async function withCacheErrors<T>(path: string, how: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const what = advice[error.code!] ?? "give another folder with --cache";
    throw new CacheError(`${path}: features cannot be ${how} (${reasonOf(error)}); ${what}.`, { cause: error });
  }
}
