/**
 * The features of a clip's frames in a file, whose name is a hash of all that they depend on: 64 hexadecimal digits. A
 * header of 48 bytes: "ZFE2", then as 32-bit little-endian numbers the elements of a frame and the number of frames, the 32
 * bytes of the name, and a checksum of all that. Then for each frame its elements as half floats, a checksum of its pixels,
 * and one of the record. After an interruption the complete frames of an unfinished file (see partFiles.ts) are kept.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { halfFloats } from "../../formats/index.js";
import { CacheError, withCacheErrors } from "./cacheError.js";
import { toHalves } from "./halves.js";
import { claimPart, freePart } from "./partFiles.js";

const magic = 0x3245465a; // "ZFE2"
const headerBytes = 48;
const recordBytes = (elements: number) => 2 * elements + 8;

/** A complete file, of which any frames can be read. */
export interface FeatureFile {
  readonly path: string;
  readonly elements: number;
  readonly numFrames: number;
}

/**
 * Opens the file at `path` and verifies every checksum in it. "foreign": it is whole, but was given the name of another.
 * @throws CacheError where it cannot be read, and the signal's reason.
 */
export function openFeatures(
  path: string,
  elements: number,
  signal?: AbortSignal,
): Promise<FeatureFile | "missing" | "broken" | "foreign"> {
  return withCacheErrors(path, "read", async () => {
    const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    if (!file) return "missing";
    try {
      const found = await readHeader(file);
      if (found?.elements !== elements) return "broken";
      if (!nameOf(path).equals(found.name)) return "foreign";
      const { numFrames } = found;
      if ((await file.stat()).size !== headerBytes + numFrames * recordBytes(elements)) return "broken";
      const whole = await readPixelSums(file, elements, signal);
      return whole.length === numFrames ? { path, elements, numFrames } : "broken";
    } finally {
      await file.close();
    }
  });
}

/**
 * Reads the features of `count` frames, from frame `from` on, into `values` [count, elements].
 * @throws CacheError where they cannot be read, or are damaged.
 */
export async function readFeatures(
  { path, elements }: FeatureFile,
  from: number,
  count: number,
  values: Float32Array,
): Promise<void> {
  const length = recordBytes(elements);
  const bytes = new Uint8Array(count * length);
  const bytesRead = await withCacheErrors(path, "read", async () => {
    const file = await open(path, "r");
    try {
      return await readAt(file, bytes, headerBytes + from * length);
    } finally {
      await file.close();
    }
  });
  for (let i = 0; i < count; i++) {
    const record = bytes.subarray(i * length, (i + 1) * length);
    if (bytesRead < bytes.length || !isWhole(record)) {
      throw new CacheError(`${path}: was changed after it had been opened; run again, which computes it anew.`);
    }
    values.set(halfFloats(new Uint16Array(bytes.buffer, i * length, elements)), i * elements);
  }
}

/** Writes a file frame by frame; continues after the frames that an interrupted run has left. */
export class FeatureWriter {
  private constructor(
    readonly path: string,
    readonly elements: number,
    readonly part: string,
    readonly file: FileHandle,
    /** The checksums of the pixels of the frames that an interrupted run has left. */
    public left: readonly number[],
    /** How many frames have been written. */
    public numFrames = left.length,
  ) {}

  /**
   * @param unit frames are kept in groups of so many, so that a group is computed together, as without an interruption.
   * @throws CacheError where the file cannot be written, and the signal's reason.
   */
  static open(path: string, elements: number, unit = 1, signal?: AbortSignal): Promise<FeatureWriter> {
    return withCacheErrors(path, "written", async () => {
      const { part, isNew } = await claimPart(path);
      const file = await open(part, isNew ? "wx+" : "r+").catch(async (error: Error) => {
        await freePart(path, part);
        throw error;
      });
      try {
        const found = await readHeader(file);
        const isOurs = found?.elements === elements && nameOf(path).equals(found.name);
        const left = isOurs ? await readPixelSums(file, elements, signal) : [];
        const writer = new FeatureWriter(path, elements, part, file, left.slice(0, left.length - (left.length % unit)));
        await writer.#cut();
        return writer;
      } catch (error) {
        await closed(file);
        await freePart(path, part);
        throw error;
      }
    });
  }

  /** Ends the file after the frames that have been written. */
  async #cut(): Promise<void> {
    await writeAt(this.file, header(this.path, this.elements, 0), 0);
    await this.file.truncate(headerBytes + this.numFrames * recordBytes(this.elements));
  }

  /** Whether frame `i` is one of those that are left, and has these pixels. */
  isLeft = (i: number, pixels: Uint8Array): boolean => this.left[i] === crc32(pixels);

  /** Forgets the frames that were left. */
  async clear(): Promise<void> {
    this.left = [];
    this.numFrames = 0;
    await withCacheErrors(this.path, "written", () => this.#cut());
  }

  /** Appends the features `values` [frames, elements] of frames. @throws CacheError where they cannot be written. */
  async append(values: Float32Array, frames: readonly Uint8Array[]): Promise<void> {
    const { elements } = this;
    const length = recordBytes(elements);
    const bytes = new Uint8Array(frames.length * length);
    for (const [i, pixels] of frames.entries()) {
      const record = bytes.subarray(i * length, (i + 1) * length);
      const view = new DataView(record.buffer, record.byteOffset);
      record.set(new Uint8Array(toHalves(values.subarray(i * elements, (i + 1) * elements)).buffer));
      view.setUint32(length - 8, crc32(pixels), true);
      view.setUint32(length - 4, crc32(record.subarray(0, length - 4)), true);
    }
    const at = headerBytes + this.numFrames * length;
    await withCacheErrors(this.path, "written", () => writeAt(this.file, bytes, at));
    this.numFrames += frames.length;
  }

  /**
   * Flushes everything to the disk and gives the file its final name. Where that fails because another process has just
   * finished the same file, that one is used.
   * @throws CacheError where it cannot be written.
   */
  async finish(): Promise<FeatureFile> {
    const { path, part, elements, numFrames } = this;
    await withCacheErrors(path, "written", async () => {
      await writeAt(this.file, header(path, elements, numFrames), 0);
      await this.file.sync();
      await this.file.close();
      await rename(part, path).catch(async (error: Error) => {
        const other = await openFeatures(path, elements);
        if (typeof other === "string" || other.numFrames !== numFrames) throw error;
        await rm(part, { force: true });
      });
    });
    return { path, elements, numFrames };
  }

  /** Closes the file and keeps what was written for another run. */
  async pause(): Promise<void> {
    await closed(this.file);
    await freePart(this.path, this.part);
  }

  /** Closes the file and deletes it. */
  async discard(): Promise<void> {
    await closed(this.file);
    await rm(this.part, { force: true }).catch(() => {}); // deleted after a day
  }
}

/** Closes a file after an error, which is the one to report. */
const closed = (file: FileHandle): Promise<void> => file.close().catch(() => {});

/** The bytes of a file's name. */
const nameOf = (path: string): Buffer => Buffer.from(basename(path).slice(0, 64), "hex");

function header(path: string, elements: number, numFrames: number): Uint8Array {
  const bytes = Buffer.alloc(headerBytes);
  [magic, elements, numFrames].forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  nameOf(path).copy(bytes, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
  return bytes;
}

/** The content of the header; undefined if it is not valid. */
async function readHeader(file: FileHandle) {
  const bytes = Buffer.alloc(headerBytes);
  const bytesRead = await readAt(file, bytes, 0);
  const isValid = bytes.readUInt32LE(0) === magic && bytes.readUInt32LE(44) === crc32(bytes.subarray(0, 44));
  if (bytesRead < headerBytes || !isValid) return undefined;
  return { elements: bytes.readUInt32LE(4), numFrames: bytes.readUInt32LE(8), name: bytes.subarray(12, 44) };
}

/** The checksums of the pixels of the frames that are complete, from the first on. */
async function readPixelSums(file: FileHandle, elements: number, signal?: AbortSignal): Promise<number[]> {
  const record = new Uint8Array(recordBytes(elements));
  const view = new DataView(record.buffer);
  for (const sums: number[] = []; ; sums.push(view.getUint32(record.length - 8, true))) {
    signal?.throwIfAborted();
    const bytesRead = await readAt(file, record, headerBytes + sums.length * record.length);
    if (bytesRead < record.length || !isWhole(record)) return sums;
  }
}

/** Whether the checksum of a record is right. */
function isWhole(record: Uint8Array): boolean {
  const end = record.length - 4;
  return new DataView(record.buffer, record.byteOffset).getUint32(end, true) === crc32(record.subarray(0, end));
}

/** Fills `bytes` from `position` on, as far as the file goes. Returns how many there were. */
async function readAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; ;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    done += bytesRead;
    if (bytesRead === 0 || done === bytes.length) return done;
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
