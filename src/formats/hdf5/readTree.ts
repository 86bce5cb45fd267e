/** Reads everything in an HDF5 file with h5wasm, by one self-contained function whose text also runs in a worker. */

/** The parts of h5wasm's module that are used: the HDF5 library in WebAssembly, with a file system in its memory. */
export interface Hdf5 {
  FS: {
    writeFile(path: string, bytes: Uint8Array, options?: { canOwn: boolean }): void;
    readFile(path: string): Uint8Array<ArrayBuffer>;
    unlink(path: string): void;
  };
  HEAPU8: Uint8Array<ArrayBuffer>;
  _malloc(size: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  open(path: string, mode: number, trackOrder: boolean, lowest: number, highest: number): bigint;
  close_file(file: bigint): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_symbolic_link(file: bigint, path: string): string | null;
  get_external_link(file: bigint, path: string): { filename?: string };
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): Hdf5Metadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  reclaim_vlen_memory(file: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(file: bigint, path: string): Hdf5Metadata;
  get_dataset_data(file: bigint, path: string, count: null, offset: null, strides: null, pointer: bigint): number;
}

interface Hdf5Metadata {
  shape: number[] | null;
  /** The class of the type: 0 integers, 1 floats, 3 strings, 5 plain bytes, 8 names of integers. */
  type: number;
  signed: boolean;
  /** How many bytes an element has. */
  size: number;
  vlen: boolean;
  chunks: number[] | null;
  virtual_sources?: unknown;
}

export interface RawDataset {
  readonly shape: number[];
  /** The kind of number (i, u, f or bf) and its bytes: `f4`. Little-endian. */
  readonly type: string;
  readonly bytes: ArrayBuffer;
}

/** A group, and the datasets and groups in it. */
export interface Group<Dataset> {
  /** Attributes that are texts or lists of texts; others are left out. */
  readonly attributes: ReadonlyMap<string, string | string[]>;
  readonly groups: ReadonlyMap<string, Group<Dataset>>;
  readonly datasets: ReadonlyMap<string, Dataset>;
}
export type RawGroup = Group<RawDataset>;

/**
 * Everything in a file. The function must not refer to anything outside it, because a worker is given its text.
 * @param maxBytes how many bytes all datasets may have together.
 * @param alive called after each hundred groups and datasets, to show that the library does not hang.
 * @throws Error for links, data in other files, datasets of anything but numbers, and sizes that the file cannot hold.
 */
export function readTree(hdf5: Hdf5, bytes: Uint8Array, maxBytes: number, alive: () => void = () => {}): RawGroup {
  const maxDepth = 32;
  /** A group or dataset takes 200 bytes or more, but may have several names. */
  const maxObjects = Math.min(100_000, 1000 + bytes.length / 40);
  /** How many times the length of the file compressed datasets may have together. */
  const maxRatio = 1000;
  const fileLength = bytes.length;
  const fail = (what: string): never => {
    throw new Error(what);
  };
  const product = (sizes: readonly number[]) => sizes.reduce((result, size) => result * size, 1);
  let objects = 0;
  let stored = 0;
  let declared = 0;

  /** The result of `use` on memory that `read` has filled. */
  const withFilledMemory = <T>(
    what: string,
    size: number,
    read: (pointer: bigint) => number,
    use: (pointer: number) => T,
  ): T => {
    const pointer = hdf5._malloc(size);
    if (pointer === 0) fail(`there is no memory for ${what}`);
    try {
      if (read(BigInt(pointer)) < 0) fail(`${what} cannot be read`);
      return use(pointer);
    } finally {
      hdf5._free(pointer);
    }
  };

  const readAttribute = (file: bigint, path: string, name: string): string | string[] | undefined => {
    const { shape, type, size, vlen } = hdf5.get_attribute_metadata(file, path, name);
    const count = product(shape ?? [0]);
    if (count === 0) return [];
    if (type !== 3) return undefined;
    if (size * count > fileLength) fail(`attribute "${name}" of "${path}" is longer than the file`);
    const texts = withFilledMemory(
      `attribute "${name}" of "${path}"`,
      size * count,
      (pointer) => hdf5.get_attribute_data(file, path, name, pointer),
      (pointer) => {
        const places = Array.from({ length: count }, (_, i) => pointer + i * size);
        if (!vlen) {
          return places.map((place) => {
            const text = hdf5.HEAPU8.slice(place, place + size);
            const end = text.indexOf(0);
            return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
          });
        }
        const view = new DataView(hdf5.HEAPU8.buffer);
        const read = places.map((place) => hdf5.UTF8ToString(view.getUint32(place, true)));
        hdf5.reclaim_vlen_memory(file, path, name, BigInt(pointer));
        return read;
      },
    );
    return shape!.length === 0 ? texts[0] : texts;
  };

  const readDataset = (file: bigint, path: string): RawDataset => {
    const { shape, type, signed, size, vlen, chunks, virtual_sources } = hdf5.get_dataset_metadata(file, path);
    if (virtual_sources) fail(`"${path}" is put together from other datasets, which is not allowed`);
    // HDF5 has no bfloat16: h5py writes its two bytes as they are. Truth values are names of the numbers 0 and 1.
    const isWhole = type === 0 || (type === 8 && size === 1);
    const kind = type === 1 ? "f" : isWhole ? (signed ? "i" : "u") : type === 5 && size === 2 ? "bf" : undefined;
    if (!shape || !kind || vlen) return fail(`"${path}" holds something else than numbers`);
    const length = size * product(shape);
    declared += Math.max(length, size * product(chunks ?? []));
    stored += chunks ? 0 : length;
    if (stored > fileLength || declared > maxRatio * fileLength) {
      const pieces = chunks ? ` in chunks of [${chunks.join(", ")}]` : "";
      fail(`"${path}" claims to be [${shape.join(", ")}]${pieces}, more than a file of ${fileLength} bytes can hold`);
    }
    if (declared > maxBytes) fail(`with "${path}" it holds more than the limit of ${maxBytes} bytes`);
    if (length === 0) return { shape, type: kind + size, bytes: new ArrayBuffer(0) };
    const read = withFilledMemory(
      `"${path}"`,
      length,
      (pointer) => hdf5.get_dataset_data(file, path, null, null, null, pointer),
      (pointer) => hdf5.HEAPU8.slice(pointer, pointer + length).buffer,
    );
    return { shape, type: kind + size, bytes: read };
  };

  const readGroup = (file: bigint, path: string, depth: number): RawGroup => {
    if (depth > maxDepth) fail(`groups are nested deeper than ${maxDepth} levels`);
    const attributes = new Map<string, string | string[]>();
    for (const name of hdf5.get_attribute_names(file, path || "/")) {
      const value = readAttribute(file, path || "/", name);
      if (value !== undefined) attributes.set(name, value);
    }
    const groups = new Map<string, RawGroup>();
    const datasets = new Map<string, RawDataset>();
    for (const name of hdf5.get_names(file, path || "/", false)) {
      const place = `${path}/${name}`;
      if (++objects > maxObjects) fail(`it holds more than ${Math.floor(maxObjects)} groups and datasets`);
      if (objects % 100 === 0) alive();
      const isLink = hdf5.get_symbolic_link(file, place) !== null || hdf5.get_external_link(file, place).filename;
      if (isLink) fail(`"${place}" is a link, which is not allowed`);
      const type = hdf5.get_type(file, place); // 0 a group, 1 a dataset
      if (type === 0) groups.set(name, readGroup(file, place, depth + 1));
      else if (type === 1) datasets.set(name, readDataset(file, place));
      else fail(`"${place}" is neither group nor dataset`);
    }
    return { attributes, groups, datasets };
  };

  // A random name, so that a dataset cannot refer to data in this file by its path.
  const name = `/${Math.random().toString(36).slice(2)}`;
  hdf5.FS.writeFile(name, bytes, { canOwn: true });
  try {
    const file = hdf5.open(name, 0, false, -1, -1);
    if (file < 0n) fail("it is not an HDF5 file, or a broken one");
    try {
      return readGroup(file, "", 0);
    } finally {
      hdf5.close_file(file);
    }
  } finally {
    hdf5.FS.unlink(name);
  }
}
