/** Writes HDF5 files in memory, with h5wasm. */
import { ArgumentError } from "../../errors.js";
import { sizeOf } from "../../shape.js";
import { importH5wasm } from "../peers.js";
import type { Hdf5 } from "./readTree.js";

/** As many levels of groups, and groups and datasets, as `readTree` reads. */
const maxDepth = 32;
const maxObjects = 100_000;

export interface H5DatasetToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface H5GroupToWrite {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly groups?: ReadonlyMap<string, H5GroupToWrite>;
  readonly datasets?: ReadonlyMap<string, H5DatasetToWrite>;
}

/** The parts of h5wasm's group class that are used. */
interface Group {
  create_group(name: string): Group;
  create_attribute(name: string, value: string): void;
  create_dataset(options: { name: string; data: Float32Array | BigInt64Array; shape: number[] }): unknown;
}

/**
 * The bytes of a file.
 * @param where what errors begin with.
 * @throws FileError where h5wasm is not installed; ArgumentError for more groups than the reader takes.
 */
export async function writeHdf5(where: string, root: H5GroupToWrite): Promise<Uint8Array<ArrayBuffer>> {
  const [depth, objects] = [depthOf(root), objectsIn(root)];
  if (depth > maxDepth || objects > maxObjects) {
    const sizes = `${depth} levels of layers and ${objects} of their groups and arrays in HDF5`;
    throw new ArgumentError(
      `${where}: needs ${sizes}, which may have ${maxDepth} and ${maxObjects}; save as .safetensors.`,
    );
  }
  const { File, ready } = await importH5wasm(where);
  const { FS } = (await ready) as unknown as Hdf5;
  const name = `/${Math.random().toString(36).slice(2)}`;
  const file = new File(name, "w");
  fill(file as unknown as Group, root);
  file.close();
  const bytes = FS.readFile(name);
  FS.unlink(name);
  return bytes;
}

const insideOf = ({ groups }: H5GroupToWrite): H5GroupToWrite[] => [...(groups?.values() ?? [])];

const depthOf = (group: H5GroupToWrite): number =>
  insideOf(group).reduce((most, inside) => Math.max(most, 1 + depthOf(inside)), 0);

const objectsIn = (group: H5GroupToWrite): number =>
  insideOf(group).reduce((sum, inside) => sum + 1 + objectsIn(inside), group.datasets?.size ?? 0);

function fill(group: Group, { attributes = {}, groups, datasets }: H5GroupToWrite): void {
  for (const [name, value] of Object.entries(attributes)) group.create_attribute(name, value);
  for (const [name, { shape, data }] of datasets ?? []) {
    if (data.length !== sizeOf(shape))
      throw new Error(`"${name}" holds ${data.length} values for [${shape.join(", ")}]`);
    group.create_dataset({ name, data, shape: [...shape] });
  }
  for (const [name, inside] of groups ?? []) fill(group.create_group(name), inside);
}
