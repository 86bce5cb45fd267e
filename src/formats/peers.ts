/** Optional peer packages, which a user installs only for the files that need them. */
import { FileError } from "../errors.js";

// Bundlers resolve an import() when they build. webpack, Rspack and Next.js accept a missing package only if the import()
// has its name as a text and is in the block of a `try`; they fail on `import("fflate").catch(...)`.

/** The package that reads and writes HDF5. @throws FileError where it is not installed. */
export async function importH5wasm(where: string) {
  try {
    return withExport(await import("h5wasm"), "ready");
  } catch (error) {
    throw missing(where, "h5wasm", error);
  }
}

/** The package that reads and writes zip files. @throws FileError where it is not installed. */
export async function importFflate(where: string) {
  try {
    return withExport(await import("fflate"), "zipSync");
  } catch (error) {
    throw missing(where, "fflate", error);
  }
}

/** The package that writes protocol buffers. @throws FileError where it is not installed. */
export async function importPbf(where: string) {
  try {
    return withExport(await import("pbf"), "PbfWriter");
  } catch (error) {
    throw missing(where, "pbf", error);
  }
}

/** The module, if it has an export. On the server, Next.js with webpack gives an empty module in place of a missing one. */
function withExport<M extends object>(module: M, name: string & keyof M): M {
  if (module[name] === undefined) throw new Error(`it does not export ${name}`);
  return module;
}

const missing = (where: string, name: string, cause: unknown) =>
  new FileError(`${where}: this kind of file needs the package ${name}: npm install ${name}.`, { cause });
