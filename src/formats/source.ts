/** The places that bytes can be read from: paths, URLs, streams, blobs, memory. */
import { isAddress, isFileAddress } from "../address.js";
import { ArgumentError, FileError } from "../errors.js";
import { fileSystem } from "../host.js";
import { reasonOf, reporterOf, type TransferOptions } from "../transfer.js";
import { readFile } from "./files.js";

/**
 * The source of a file: a path (in a page: an address relative to it), a URL, bytes, a Blob or File, a Response of
 * `fetch`, or a stream of bytes (a ReadableStream, or any async iterable such as Node's streams).
 */
export type Source =
  | (string | URL | ArrayBuffer | Uint8Array | Blob | Response)
  | (ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>);

/** The name of a source in error messages. */
export function nameOf(source: Source): string {
  if (typeof source === "string" || source instanceof URL) return JSON.stringify(String(source));
  if (source instanceof Blob && "name" in source) return JSON.stringify(source.name);
  return "the file";
}

/** The bytes of a source that is already in memory, undefined for all others. */
export function bytesInMemory(source: Source): Uint8Array | undefined {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return source instanceof Uint8Array ? source : undefined;
}

/**
 * Reads the bytes of a source, piece by piece.
 * @param caller the function that errors name.
 * @throws ArgumentError for what is no source; FileError, while it is iterated, where the bytes cannot be read.
 */
export function piecesOf(
  caller: string,
  source: Exclude<Source, ArrayBuffer | Uint8Array>,
  options: TransferOptions = {},
): AsyncIterable<Uint8Array> {
  if (typeof source === "string" || source instanceof URL) {
    if (isFileAddress(source)) return readFile(new URL(source));
    return isAddress(source) || !fileSystem() ? fetchPieces(caller, source, options) : readFile(source);
  }
  if (source instanceof Blob) return readStream(source.stream());
  if (source instanceof Response) return fetchPieces(caller, source, options);
  if (source instanceof ReadableStream) return readStream(source);
  if (source instanceof Object && Symbol.asyncIterator in source) return source;
  throw new ArgumentError(`${caller}: expected a path, URL, bytes, Blob, Response or ReadableStream.`);
}

async function* fetchPieces(
  caller: string,
  source: string | URL | Response,
  options: TransferOptions,
): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  const failed = (error: unknown): never => {
    signal?.throwIfAborted();
    throw new FileError(`${caller}: ${nameOf(source)} cannot be fetched (${reasonOf(error)}).`);
  };
  const response = source instanceof Response ? source : await fetch(source, { signal }).catch(failed);
  if (!response.ok) throw new FileError(`${caller}: ${response.url} was answered with status ${response.status}.`);
  const report = reporterOf(response, options);
  if (!response.body) return;
  for await (const piece of readStream(response.body, signal, failed)) {
    report(piece.length);
    yield piece;
  }
}

/**
 * Iterates over a stream with a reader, because not every browser can iterate over streams.
 * @param failed called with an error of the stream.
 */
async function* readStream(
  stream: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
  failed?: (error: unknown) => never,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", cancel); // a read that waits then ends
  let isOpen = true;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read().catch(failed);
      if (done) break;
      yield value;
    }
    signal?.throwIfAborted();
    isOpen = false;
  } finally {
    signal?.removeEventListener("abort", cancel);
    if (isOpen) cancel();
    reader.releaseLock();
  }
}
