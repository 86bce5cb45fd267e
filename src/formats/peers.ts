/** Optional peer packages, which a user installs only for the files that need them. */
import { FileError } from "../errors.js";

/**
 * A handler for the missing package: `import("fflate").catch(missing(where, "fflate"))`. Bundlers recognize this form
 * as an import that may fail.
 */
export const missing =
  (where: string, name: string) =>
  (error: unknown): never => {
    throw new FileError(`${where}: this kind of file needs the package ${name}: npm install ${name}.`, {
      cause: error,
    });
  };
