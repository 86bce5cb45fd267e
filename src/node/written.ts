/** Errors of writing files. */
import { FileError } from "../errors.js";

/** Awaits work on a file that is written. @throws FileError with its path where the file system refuses. */
export async function written<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new FileError(`${path}: cannot be written (${(error as Error).message}).`, { cause: error });
  }
}
