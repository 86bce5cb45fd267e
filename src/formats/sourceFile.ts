/**
 * A file that is being read: only as much of it as the reader of its format needs, and the files that it names.
 */
import { isAddress, isFileAddress } from "../address.js";
import { ArgumentError, checkNumber, FileError } from "../errors.js";
import { checkBeside } from "./beside.js";
import { concatBytes } from "./bytes.js";
import { fileSystem } from "../host.js";
import { heard } from "./heard.js";
import type { TransferOptions } from "../transfer.js";
import { bytesInMemory, nameOf, piecesOf, type Source } from "./source.js";

/** A `model.json` and all files that it names: the files of an `<input>` element, or bytes by their paths. */
export type ModelFiles = readonly File[] | ReadonlyMap<string, Uint8Array>;

/**
 * The bytes of a file beside `model.json`.
 * @throws FileError where they cannot be read, or are more than `maxBytes`.
 */
export type ReadBeside = (path: string, maxBytes: number) => Promise<Uint8Array>;

/** Options of reading a file. */
export interface SourceOptions extends TransferOptions {
  /** How long the file may be, and how much may be unpacked from it, 2 GiB by default. Bytes in memory may be longer. */
  maxBytes?: number | undefined;
}

/** Files are read whole into memory; longer ones are refused. */
const defaultLimit = 2 ** 31;

/** Reads a source once, from its beginning, and only as far as is requested. */
export class SourceFile {
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** The pieces that have not been read yet; null after the last piece. */
  #rest: AsyncIterator<Uint8Array> | null | undefined;
  /** The maximum length of the file. */
  #limit: number;
  #limitText: string;
  readonly maxBytes: number;
  readonly #transfer: TransferOptions;

  /**
   * @param where what errors begin with: `loadModel: "film.safetensors"`.
   */
  constructor(
    private readonly caller: string,
    readonly where: string,
    private readonly source: Source,
    readonly readBeside: ReadBeside,
    { maxBytes = defaultLimit, ...transfer }: SourceOptions,
  ) {
    this.maxBytes = checkNumber(caller, "maxBytes", maxBytes, "a number");
    this.#transfer = transfer;
    this.#limit = maxBytes;
    this.#limitText = `the limit of ${maxBytes}`;
    const bytes = bytesInMemory(source);
    if (bytes) {
      this.#pieces = [bytes];
      this.#length = bytes.length;
      this.#rest = null;
    }
  }

  /** Whether there is no other reference to the bytes, so that their memory may be transferred. */
  get isOwned(): boolean {
    const { source } = this;
    return typeof source === "string" || [URL, Blob, Response].some((Class) => source instanceof Class);
  }

  /** The first `count` bytes, or a few more; fewer of a shorter file. No more of the file is read than that takes. */
  async beginning(count: number): Promise<Uint8Array> {
    await this.#readUntil(count);
    return this.#joined();
  }

  /**
   * All bytes. To be called once, at the end: no reference to the bytes is kept, so that their memory can be freed as soon
   * as the reader has finished with them.
   * @param expected the file's length according to its header, where the format has one.
   * @throws FileError where they cannot be read, or are more than `maxBytes` or `expected`.
   */
  async bytes(expected = Infinity): Promise<Uint8Array> {
    if (expected < this.#limit) {
      this.#limit = expected;
      this.#limitText = `the ${expected} bytes that its header says`;
    }
    await this.#readUntil(Infinity);
    const bytes = this.#joined();
    this.#pieces = [];
    return bytes;
  }

  /** What ends waiting for anything on the way to what the file holds. */
  get signal(): AbortSignal | undefined {
    return this.#transfer.signal;
  }

  /** Stops reading a stream that is not needed any further. */
  async close(): Promise<void> {
    const rest = this.#rest;
    this.#rest = null;
    // A stream of Node that waits for bytes does not hear of the end of an iteration.
    if (this.signal?.aborted) (Object(this.source) as Partial<{ destroy(): void }>).destroy?.();
    // If a stream cannot be cancelled, its bytes have been read anyway, or it has thrown its own error.
    if (rest?.return) await heard(rest.return(), this.signal).catch(() => {});
  }

  async #readUntil(count: number): Promise<void> {
    this.signal?.throwIfAborted();
    if (this.#rest === null) return;
    this.#checkLength();
    while (this.#length < count) {
      const source = this.source as Exclude<Source, ArrayBuffer | Uint8Array>;
      this.#rest ??= piecesOf(this.caller, source, this.#transfer)[Symbol.asyncIterator]();
      const { done, value } = await heard(this.#rest.next(), this.signal);
      if (done) {
        this.#rest = null;
        return;
      }
      if (!(value instanceof Uint8Array)) {
        throw new FileError(`${this.where}: the stream contains something other than bytes (Uint8Array).`);
      }
      this.#pieces.push(value);
      this.#length += value.length;
      this.#checkLength();
    }
  }

  #checkLength(): void {
    if (this.#length > this.#limit) throw new FileError(`${this.where}: is longer than ${this.#limitText}.`);
  }

  #joined(): Uint8Array {
    if (this.#pieces.length !== 1) this.#pieces = [concatBytes(this.#pieces)];
    return this.#pieces[0];
  }
}

/**
 * The result of `work` on a source, which is closed afterwards.
 * @param caller the function that errors name.
 * @throws ArgumentError for a list of files without exactly one `*.json`; whatever `work` throws.
 */
export async function withSourceFile<T>(
  caller: string,
  source: Source | ModelFiles,
  options: SourceOptions,
  work: (file: SourceFile) => Promise<T>,
): Promise<T> {
  const { name, main, readBeside } =
    Array.isArray(source) || source instanceof Map
      ? mainAmong(caller, source as ModelFiles, options)
      : {
          name: nameOf(source as Source),
          main: source as Source,
          readBeside: besides(caller, source as Source, options),
        };
  const file = new SourceFile(caller, `${caller}: ${name}`, main, readBeside, options);
  try {
    return await work(file);
  } catch (error) {
    if (!(error instanceof RangeError && error.message.includes("call stack"))) throw error;
    throw new FileError(`${file.where} is nested too deep.`, { cause: error });
  } finally {
    await file.close();
  }
}

const readAll = (caller: string, source: Source, options: SourceOptions): Promise<Uint8Array> =>
  withSourceFile(caller, source, options, (file) => file.bytes());

function mainAmong(
  caller: string,
  files: ModelFiles,
  options: SourceOptions,
): { name: string; main: Source; readBeside: ReadBeside } {
  const list =
    files instanceof Map ? files : new Map(Array.from(files as readonly File[], (file) => [pathOf(file), file]));
  const found = [...list.keys()].filter((path) => /\.json$/i.test(path));
  if (found.length !== 1) {
    throw new ArgumentError(`${caller}: expected model.json and its files, received ${found.length} of *.json.`);
  }
  const [main] = found;
  const [name, folder] = [JSON.stringify(main), main.replace(/[^/]*$/, "")];
  const readBeside: ReadBeside = async (path, maxBytes) => {
    // Files that a user chose or dropped may have lost the names of their folders.
    const file = list.get(folder + path) ?? list.get(path.replace(/^.*\//, ""));
    if (file) return readAll(caller, file, { ...options, maxBytes });
    throw new FileError(`${caller}: ${name} names "${path}", which is not among the files.`);
  };
  return { name, main: list.get(main)!, readBeside };
}

/** What is no file has no name that ends in .json, and is refused for that. */
const pathOf = (file: File | null | undefined): string => String(file?.webkitRelativePath || file?.name);

/** Reads files from the folder, or under the address, of the source. */
function besides(caller: string, given: Source, options: SourceOptions): ReadBeside {
  const source = given instanceof Response && given.url !== "" ? given.url : given;
  if (typeof source !== "string" && !(source instanceof URL)) {
    return async (path) => {
      const advice = "give the path or URL of model.json, or a list of all files";
      throw new FileError(`${caller}: ${nameOf(source)} names "${path}" beside it; ${advice}.`);
    };
  }
  return async (path, maxBytes) => {
    const place = placeOf(source, path);
    const main = isFileAddress(source) ? new URL(source) : source;
    const isOnDisk = isFileAddress(source) || (!isAddress(source) && fileSystem());
    if (isOnDisk) await checkBeside(`${caller}: ${nameOf(source)} names "${path}"`, main, place);
    return readAll(caller, place, { ...options, maxBytes });
  };
}

/** @param path one that only leads downwards (see `readManifest`). */
function placeOf(source: string | URL, path: string): string | URL {
  if (!isAddress(source) && fileSystem()) return String(source).replace(/[^/\\]*$/, "") + path;
  // A query, such as a token, is needed for each file.
  const [, folder, query = ""] = /^([^?#]*\/|)[^/?#]*(\?[^#]*)?/.exec(String(source))!;
  const place = folder + path.split("/").map(encodeURIComponent).join("/") + query;
  return isAddress(source) ? new URL(place) : place;
}
