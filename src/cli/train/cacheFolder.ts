/** The folder in which features are kept from run to run. */
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../../index.js";
import { userCacheFolder } from "../../node/index.js";

/** The default: `features` in the user's cache folder. */
export const cacheFolder = (): string => join(userCacheFolder(), "features");

/** Makes the folder if it is missing. @throws FileError when that fails. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new FileError(
      `${folder}: features cannot be kept there (${(error as NodeJS.ErrnoException).code}); give another folder with --cache.`,
    );
  }
}

/** The size of all files of features in a folder, in bytes. */
export async function folderBytes(folder: string): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.features(\.|$)/.test(name));
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(({ size }) => size, () => 0))); // prettier-ignore
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
