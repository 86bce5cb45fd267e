/**
 * Reads HDF5 files with h5wasm, the HDF5 library in WebAssembly, which has access to no other file: in Node in a
 * worker, in a page in the calling thread.
 */
import { FileError } from "../../errors.js";
import { isHdf5 } from "../../signatures.js";
import { importH5wasm } from "../peers.js";
import { brainFloats } from "../numberKinds.js";
import { halfFloats } from "../safetensors.js";
import { type Group, type Hdf5, type RawDataset, type RawGroup, readTree } from "./readTree.js";
import { readInWorker, threads } from "./worker.js";

export interface H5Dataset {
  readonly shape: number[];
  /** Floats of any size as 32-bit floats, integers as 64-bit floats. They may be infinite or NaN. */
  readonly data: Float32Array | Float64Array;
  /** Whether the file has bytes with a sign, such as weights that Keras has quantized; false by default. */
  readonly isInt8?: boolean;
}

export type H5Group = Group<H5Dataset>;

export interface H5Limits {
  /** How many bytes all datasets may have together, 2 GiB by default. */
  maxBytes?: number;
  /** Whether the memory of the bytes may be transferred to the worker, which saves a copy, false by default. */
  owned?: boolean;
  /** Ends the worker, none by default. */
  signal?: AbortSignal | undefined;
}

/**
 * The root group of a file.
 * @param where what errors begin with.
 * @throws FileError for whatever is wrong with the file, before memory is allocated for what it claims to hold; the
 * signal's reason.
 */
export async function readHdf5(where: string, bytes: Uint8Array, limits: H5Limits = {}): Promise<H5Group> {
  const { maxBytes = 2 ** 31, owned = false, signal } = limits;
  if (!isHdf5(bytes)) throw new FileError(`${where}: no HDF5 file.`);
  const workers = threads();
  const library = workers && findLibrary();
  if (library !== undefined) {
    const read = readInWorker(workers!, where, library, bytes, { maxBytes, owned, signal });
    return tree(where, await read, "");
  }
  const { ready } = await importH5wasm(where);
  try {
    return tree(where, readTree((await ready) as unknown as Hdf5, bytes, maxBytes), "");
  } catch (error) {
    throw error instanceof FileError
      ? error
      : new FileError(`${where}: ${String((error as Error)?.message ?? error).replace(/\s+/g, " ")}.`, {
          cause: error,
        });
  }
}

/** The URL of h5wasm; undefined where it is not installed, or in a bundle, where only `import` finds it. */
function findLibrary(): string | undefined {
  // By destructuring, and not `import.meta.resolve("h5wasm")`, which webpack resolves when it builds.
  const { resolve } = import.meta;
  try {
    return resolve("h5wasm");
  } catch {
    return undefined;
  }
}

function tree(where: string, { attributes, groups, datasets }: RawGroup, path: string): H5Group {
  return {
    attributes,
    groups: new Map(Array.from(groups, ([name, group]) => [name, tree(where, group, `${path}${name}/`)])),
    datasets: new Map(
      Array.from(datasets, ([name, { shape, ...raw }]) => [
        name,
        { shape, data: numbers(where, path + name, raw), ...(raw.type === "i1" && { isInt8: true }) },
      ]),
    ),
  };
}

function numbers(where: string, path: string, { type, bytes }: Omit<RawDataset, "shape">): Float32Array | Float64Array {
  if (type === "f4") return new Float32Array(bytes);
  if (type === "f2") return halfFloats(new Uint16Array(bytes));
  if (type === "bf2") return brainFloats(new Uint16Array(bytes));
  if (type === "f8") return Float32Array.from(new Float64Array(bytes));
  const Integers = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array }[
    type
  ];
  if (Integers) return Float64Array.from(new Integers(bytes));
  const Longer = { i8: BigInt64Array, u8: BigUint64Array }[type];
  if (Longer) return Float64Array.from(new Longer(bytes), Number);
  throw new FileError(
    `${where}: "${path}" holds numbers of type ${type}; expected floats or integers of up to 8 bytes.`,
  );
}
