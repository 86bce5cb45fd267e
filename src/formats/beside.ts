/** The rule for files that another file names: they are plain files in its folder. */
import { FileError } from "../errors.js";
import { fileSystem, hostModule } from "../host.js";

interface Paths {
  dirname(path: string): string;
  relative(from: string, to: string): string;
  isAbsolute(path: string): boolean;
}

/**
 * Refuses a link that leads out of the folder of the file that names it, and what is no plain file, such as a pipe: who
 * unpacks an archive of others must not read anything else with it. Links inside the folder are allowed, and those
 * beside the file that `main` itself links to, where caches keep the files of several versions.
 * @param main the file that names the other one.
 * @throws FileError for the latter.
 */
export async function checkBeside(where: string, main: string | URL, file: string | URL): Promise<void> {
  const { realpath, stat } = fileSystem()!.promises;
  const { dirname, relative, isAbsolute } = hostModule("node:path") as Paths;
  const { fileURLToPath } = hostModule("node:url") as { fileURLToPath(url: URL): string };
  const pathOf = (place: string | URL) => (place instanceof URL ? fileURLToPath(place) : place);
  // Of a file that is not there the error is that of reading it.
  const found = await realpath(pathOf(file)).catch(() => undefined);
  if (found === undefined) return;
  const folders = [await realpath(dirname(pathOf(main))), dirname(await realpath(pathOf(main)))];
  const isInside = (folder: string) => {
    const way = relative(folder, found);
    return !/^\.\.([/\\]|$)/.test(way) && !isAbsolute(way);
  };
  if (!folders.some(isInside)) {
    throw new FileError(`${where}, a link that leads out of the folder; put the file itself there if you trust it.`);
  }
  if (!(await stat(found)).isFile()) throw new FileError(`${where}, which is no plain file.`);
}
