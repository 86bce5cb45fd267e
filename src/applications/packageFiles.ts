/** Files that ship with the package, read where there is a file system: Node, Deno and Bun. */
import { FileError } from "../errors.js";
import { fileSystem } from "../host.js";

/** Where data/ lies from here: in src/ and dist/, and in a bundle that was written into dist/. */
const folders = ["../../data/", "../data/"];

/**
 * The bytes of a file in data/.
 * @param inPage what to do instead where there is no file system.
 * @throws FileError where there is none, or the file is not beside the package.
 */
export async function readPackageFile(name: string, inPage: string): Promise<Uint8Array> {
  const files = fileSystem();
  if (!files) throw new FileError(`${name}: a page has no file system to read it from; ${inPage}`);
  // Not the pattern that bundlers look for: they would copy the file into every app that imports a layer.
  const here = import.meta.url;
  const reasons: string[] = [];
  for (const folder of folders) {
    try {
      return await files.promises.readFile(new URL(folder + name, here));
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new FileError(
    `${name}: cannot be read (${reasons[0]}); where the package is bundled without its data, ${inPage}`,
  );
}
