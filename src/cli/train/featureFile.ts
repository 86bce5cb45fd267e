/**
 * The features of a clip's frames in a file. A header of 16 bytes: "ZFEA", then as 32-bit little-endian numbers the
 * elements of a frame, the number of frames, and a checksum of these 12 bytes. Then for each frame its elements as half
 * floats and a checksum. While it is written the file's name ends in `.part`; after an interruption the complete frames
 * in it are kept.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { halfFloats } from "../../formats/index.js";
import { toHalves } from "./halves.js";

const magic = 0x4145465a; // "ZFEA"
const headerBytes = 16;
const recordBytes = (elements: number) => 2 * elements + 4;

/** A complete file, of which any frames can be read. */
export interface FeatureFile {
  readonly path: string;
  readonly elements: number;
  readonly numFrames: number;
}

/** Opens the file at `path` and verifies every checksum in it. */
export async function openFeatures(path: string, elements: number): Promise<FeatureFile | "missing" | "broken"> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "missing";
    throw error;
  }
  try {
    const numFrames = await readHeader(file, elements);
    const bytes = (await file.stat()).size;
    if (numFrames === undefined || bytes !== headerBytes + numFrames * recordBytes(elements)) return "broken";
    return (await countComplete(file, elements)) === numFrames ? { path, elements, numFrames } : "broken";
  } finally {
    await file.close();
  }
}

/** Reads the features of `count` frames, from frame `from` on, into `values` [count, elements]. */
export async function readFeatures(
  { path, elements }: FeatureFile,
  from: number,
  count: number,
  values: Float32Array,
): Promise<void> {
  const record = recordBytes(elements);
  const bytes = new Uint8Array(count * record);
  const file = await open(path, "r");
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, headerBytes + from * record);
    if (bytesRead !== bytes.length) throw new Error(`${path}: was changed while it was being read.`);
  } finally {
    await file.close();
  }
  for (let i = 0; i < count; i++) {
    values.set(halfFloats(new Uint16Array(bytes.buffer, i * record, elements)), i * elements);
  }
}

/** Writes a file frame by frame; continues after the frames that an interrupted run has left. */
export class FeatureWriter {
  private constructor(
    readonly path: string,
    readonly elements: number,
    readonly file: FileHandle,
    /** How many frames have been written. */
    public numFrames: number,
  ) {}

  static async open(path: string, elements: number): Promise<FeatureWriter> {
    const partPath = `${path}.part`;
    const file = await open(partPath, "r+").catch(() => open(partPath, "w+"));
    const isOurs = (await readHeader(file, elements)) !== undefined;
    const numFrames = isOurs ? await countComplete(file, elements) : 0;
    if (!isOurs) await file.write(header(elements, 0), 0, headerBytes, 0);
    await file.truncate(headerBytes + numFrames * recordBytes(elements));
    return new FeatureWriter(path, elements, file, numFrames);
  }

  /** Appends the features `values` [frames, elements]. */
  async append(values: Float32Array): Promise<void> {
    const count = values.length / this.elements;
    const record = recordBytes(this.elements);
    const bytes = new Uint8Array(count * record);
    for (let i = 0; i < count; i++) {
      const halves = toHalves(values.subarray(i * this.elements, (i + 1) * this.elements));
      const frame = bytes.subarray(i * record, (i + 1) * record);
      frame.set(new Uint8Array(halves.buffer));
      new DataView(bytes.buffer).setUint32(i * record + 2 * this.elements, checksum(frame), true);
    }
    await writeAt(this.file, bytes, headerBytes + this.numFrames * record);
    this.numFrames += count;
  }

  /** Flushes everything to the disk and gives the file its final name. */
  async finish(): Promise<FeatureFile> {
    const { path, elements, numFrames } = this;
    await writeAt(this.file, header(elements, numFrames), 0);
    await this.file.sync();
    await this.file.close();
    await rename(`${path}.part`, path);
    return { path, elements, numFrames };
  }

  /** Closes the file and keeps what was written for another run. */
  async pause(): Promise<void> {
    await this.file.close();
  }

  /** Closes the file and deletes it. */
  async discard(): Promise<void> {
    await this.file.close();
    await rm(`${this.path}.part`, { force: true });
  }
}

function header(elements: number, numFrames: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(headerBytes));
  [magic, elements, numFrames].forEach((value, i) => view.setUint32(4 * i, value, true));
  view.setUint32(12, crc32(new Uint8Array(view.buffer, 0, 12)), true);
  return new Uint8Array(view.buffer);
}

/** The number of frames in the header; undefined if the header is not valid. */
async function readHeader(file: FileHandle, elements: number): Promise<number | undefined> {
  const bytes = new Uint8Array(headerBytes);
  const { bytesRead } = await file.read(bytes, 0, headerBytes, 0);
  const numFrames = new DataView(bytes.buffer).getUint32(8, true);
  const expected = header(elements, numFrames);
  return bytesRead === headerBytes && bytes.every((byte, i) => byte === expected[i]) ? numFrames : undefined;
}

/** How many frames, from the first on, are complete. */
async function countComplete(file: FileHandle, elements: number): Promise<number> {
  const bytes = new Uint8Array(recordBytes(elements));
  const view = new DataView(bytes.buffer);
  for (let frame = 0; ; frame++) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, headerBytes + frame * bytes.length);
    if (bytesRead < bytes.length || view.getUint32(2 * elements, true) !== checksum(bytes)) return frame;
  }
}

/** The checksum of a frame's elements, which stand before it in the record. */
const checksum = (record: Uint8Array): number => crc32(record.subarray(0, record.length - 4));

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
