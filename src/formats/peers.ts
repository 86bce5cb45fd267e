/** Packages that a user installs only for the files that need them. */
import { FileError } from "../errors.js";

/** For `import("fflate").catch(missing(where, "fflate"))`: the words that bundlers know as an import that may fail. */
export const missing =
  (where: string, name: string) =>
  (error: unknown): never => {
    throw new FileError(`${where}: this kind of file needs the package ${name}: npm install ${name}.`, {
      cause: error,
    });
  };
