/** Writes HDF5 files in memory, with h5wasm. */
import { sizeOf } from "../../shape.js";
import { importH5wasm } from "../peers.js";
import type { Hdf5 } from "./readTree.js";

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

/** The bytes of a file. @param where what errors begin with. @throws FileError where h5wasm is not installed. */
export async function writeHdf5(where: string, root: H5GroupToWrite): Promise<Uint8Array<ArrayBuffer>> {
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

function fill(group: Group, { attributes = {}, groups, datasets }: H5GroupToWrite): void {
  for (const [name, value] of Object.entries(attributes)) group.create_attribute(name, value);
  for (const [name, { shape, data }] of datasets ?? []) {
    if (data.length !== sizeOf(shape))
      throw new Error(`"${name}" holds ${data.length} values for [${shape.join(", ")}]`);
    group.create_dataset({ name, data, shape: [...shape] });
  }
  for (const [name, inside] of groups ?? []) fill(group.create_group(name), inside);
}
