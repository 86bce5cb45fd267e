/** Where bytes come from and go to: paths, URLs, streams, blobs, memory. */
import { ArgumentError, FileError } from "../errors.js";
import { fileSystem } from "../host.js";
import { readFile, writeFile } from "./files.js";
import { kindOf } from "./kinds.js";
import { safetensorsLength } from "./safetensors.js";
import { joined } from "./safetensorsWriter.js";

/** A path (in a page: an address relative to it), a URL, bytes, a Blob or File, an answer of `fetch`, or a stream of bytes (Node's too). */
export type Source =
  | (string | URL | ArrayBuffer | Uint8Array | Blob | Response)
  | (ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>);
/** A path or file: URL, or a stream that takes bytes. */
export type Target = string | URL | WritableStream<Uint8Array>;

/** Files are read whole; a longer one is refused. */
const usualLimit = 2 ** 31;

/** What errors call a source. */
export function nameOf(source: Source): string {
  if (typeof source === "string" || source instanceof URL) return JSON.stringify(String(source));
  if (source instanceof Blob && "name" in source) return JSON.stringify(source.name);
  return "the file";
}

/**
 * All bytes of a source.
 * @param where the caller, for errors.
 * @param mayBeSafetensors whether a beginning that is nothing else is that of safetensors.
 * @throws FileError where they cannot be had or are more than the limit; safetensors also where they are more than their header says.
 */
export async function readBytes(
  where: string,
  source: Source,
  maxBytes = usualLimit,
  mayBeSafetensors = true,
): Promise<Uint8Array> {
  const name = `${where}: ${nameOf(source)}`;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Uint8Array) return source;
  const pieces: Uint8Array[] = [];
  let length = 0;
  let expected: number | undefined;
  for await (const piece of piecesOf(where, source)) {
    if (!(piece instanceof Uint8Array)) throw new FileError(`${name}: the stream gives no bytes (Uint8Array).`);
    pieces.push(piece);
    length += piece.length;
    // A header that comes in many pieces is joined only when twice as much of it has come.
    if (mayBeSafetensors && expected === undefined && (pieces.length & (pieces.length - 1)) === 0) {
      const beginning = joined(pieces);
      if (kindOf(beginning) === "safetensors") expected = safetensorsLength(beginning, name);
    }
    if (length > Math.min(expected ?? Infinity, maxBytes)) {
      throw new FileError(
        `${name}: is longer than ${expected === undefined || expected > maxBytes ? `the limit of ${maxBytes}` : `the ${expected} bytes that its header says`}.`,
      );
    }
  }
  return pieces.length === 1 ? pieces[0] : joined(pieces);
}

/** Whether the bytes that were read are nobody else's. */
export const isOwned = (source: Source): boolean =>
  typeof source === "string" || [URL, Blob, Response].some((Class) => source instanceof Class);

function piecesOf(where: string, source: Exclude<Source, ArrayBuffer | Uint8Array>): AsyncIterable<Uint8Array> {
  if (typeof source === "string" || source instanceof URL) {
    const isAddress = /^[a-z][a-z\d+.-]+:/i.test(String(source)); // C:\ is none
    const isFile = String(source).startsWith("file:");
    if (isFile) return readFile(new URL(source));
    return isAddress || !fileSystem() ? fetched(where, source) : readFile(source);
  }
  if (source instanceof Blob) return streamed(source.stream());
  if (source instanceof Response) return answered(where, source);
  if (source instanceof ReadableStream) return streamed(source);
  if (source instanceof Object && Symbol.asyncIterator in source) return source;
  throw new ArgumentError(`${where}: expected a path, URL, bytes, Blob, Response or ReadableStream.`);
}

async function* fetched(where: string, address: string | URL): AsyncGenerator<Uint8Array> {
  let answer: Response;
  try {
    answer = await fetch(address);
  } catch (error) {
    throw new FileError(`${where}: ${nameOf(address)} cannot be fetched (${(error as Error).message}).`);
  }
  yield* answered(where, answer);
}

async function* answered(where: string, answer: Response): AsyncGenerator<Uint8Array> {
  if (!answer.ok) throw new FileError(`${where}: ${answer.url} was answered with status ${answer.status}.`);
  if (answer.body) yield* streamed(answer.body);
}

/** With a reader, as not every browser iterates over streams. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let open = true;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    open = false;
  } finally {
    if (open) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** @throws FileError where the file cannot be written; whatever a stream throws. */
export async function writePieces(where: string, target: Target, pieces: readonly Uint8Array[]): Promise<void> {
  if (target instanceof WritableStream) return writeStream(target, pieces);
  const isPath = typeof target === "string" && !/^[a-z][a-z\d+.-]+:/i.test(target);
  if (isPath) return writeFile(target, pieces);
  if ((typeof target === "string" || target instanceof URL) && String(target).startsWith("file:")) {
    return writeFile(new URL(target), pieces);
  }
  throw new ArgumentError(
    `${where}: expected a path, file: URL or WritableStream as target; without one the bytes come back.`,
  );
}

async function writeStream(stream: WritableStream<Uint8Array>, pieces: readonly Uint8Array[]): Promise<void> {
  const writer = stream.getWriter();
  try {
    for (const piece of pieces) {
      await writer.ready;
      await writer.write(piece);
    }
    await writer.close();
  } finally {
    writer.releaseLock();
  }
}
