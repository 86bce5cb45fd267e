/** The places that bytes can be read from: paths, URLs, streams, blobs, memory. */
import { isAddress, isFileAddress, withoutSecrets } from "../address.js";
import { ArgumentError } from "../errors.js";
import { fileSystem } from "../host.js";
import { printable } from "../printable.js";
import { receive, type TransferOptions } from "../transfer.js";
import { readFile } from "./files.js";
import { heard } from "./heard.js";

/**
 * The source of a file: a path (in a page: an address relative to it), a URL, bytes, a Blob or File, a Response of
 * `fetch`, or a stream of bytes (a ReadableStream, or any async iterable such as Node's streams).
 */
export type Source =
  | (string | URL | ArrayBuffer | Uint8Array | Blob | Response)
  | (ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>);

/** The name of a source in error messages. */
export function nameOf(source: Source): string {
  const name =
    source instanceof Blob && "name" in source ? source.name : source instanceof Response ? source.url : source;
  return (typeof name === "string" && name !== "") || name instanceof URL ? shownName(String(name)) : "the file";
}

/** A name in quotes, without what is secret in an address. */
export const shownName = (name: string): string => `"${printable(withoutSecrets(name))}"`;

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
  const { signal } = options;
  const received = (from: string | URL | Response) => receive(`${caller}: ${nameOf(from)}`, from, options);
  if (typeof source === "string" || source instanceof URL) {
    if (isFileAddress(source)) return readFile(new URL(source));
    return isAddress(source) || !fileSystem() ? received(source) : readFile(source);
  }
  if (
    source instanceof Response
      ? source.bodyUsed || source.body?.locked
      : source instanceof ReadableStream && source.locked
  ) {
    throw new ArgumentError(`${caller}: the stream of ${nameOf(source)} is being read already; give it before that.`);
  }
  if (source instanceof Blob) return readStream(source.stream(), signal);
  if (source instanceof Response) return received(source);
  if (source instanceof ReadableStream) return readStream(source, signal);
  if (source instanceof Object && Symbol.asyncIterator in source) return source;
  throw new ArgumentError(`${caller}: expected a path, URL, bytes, Blob, Response or ReadableStream.`);
}

/** Iterates over a stream with a reader, because not every browser can iterate over streams. */
async function* readStream(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let isOpen = true;
  try {
    for (;;) {
      const { done, value } = await heard(reader.read(), signal);
      if (done) break;
      yield value;
    }
    isOpen = false;
  } finally {
    if (isOpen) reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
