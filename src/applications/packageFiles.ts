/** Files that ship with the package, read where there is a file system (Node, Deno, Bun). */
import { FileError } from "../errors.js";
import { fileSystem } from "../host.js";

/** The path of data/ from here: from src/ and dist/, and from a bundle that was written into dist/. */
const folders = ["../../data/", "../data/"];

/**
 * Reads a file of data/.
 * @param inPage For the error message: what to do where there is no file system.
 * @throws FileError when there is no file system, or the file does not ship with the package.
 */
export async function readPackageFile(name: string, inPage: string): Promise<Uint8Array> {
  const files = fileSystem();
  if (!files) throw new FileError(`${name}: a page has no file system to read it from; ${inPage}`);
  // Not written as `new URL(name, import.meta.url)`: bundlers would copy the file into every app.
  const here = import.meta.url;
  let reason: string | undefined;
  for (const folder of folders) {
    try {
      return await files.promises.readFile(new URL(folder + name, here));
    } catch (error) {
      reason ??= (error as Error).message;
    }
  }
  throw new FileError(`${name}: cannot be read (${reason}); where the package is bundled without its data, ${inPage}`);
}
