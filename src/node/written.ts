/** Errors of writing files. */
import { printable } from "../printable.js";
import { faultOf } from "./decoding/limits.js";

/** Awaits work on a file that is written. @throws FileError with its path where the file system refuses. */
export async function written<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw faultOf(path, `cannot be written (${printable((error as Error).message)})`, error);
  }
}
