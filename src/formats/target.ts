/** The places that bytes can be written to: paths, streams, memory. */
import { isAddress, isFileAddress } from "../address.js";
import { ArgumentError } from "../errors.js";
import { concatBytes } from "./bytes.js";
import { writeFile } from "./files.js";

/** The target of a file: a path, a `file:` URL, or a stream of bytes. */
export type Target = string | URL | WritableStream<Uint8Array>;

/**
 * Writes a file to a target; without a target, returns its bytes.
 * @param caller the function that errors name.
 * @throws FileError where the file cannot be written; ArgumentError for what is no target; whatever a stream throws.
 */
export async function writeOrReturn(
  caller: string,
  target: Target | undefined,
  pieces: readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer> | void> {
  if (target !== undefined) return writePieces(caller, target, pieces);
  return pieces.length === 1 ? (pieces[0] as Uint8Array<ArrayBuffer>) : concatBytes(pieces);
}

async function writePieces(caller: string, target: Target, pieces: readonly Uint8Array[]): Promise<void> {
  if (target instanceof WritableStream) return writeStream(target, pieces);
  if (typeof target === "string" && !isAddress(target)) return writeFile(target, pieces);
  if ((typeof target === "string" || target instanceof URL) && isFileAddress(target)) {
    return writeFile(new URL(target), pieces);
  }
  throw new ArgumentError(
    `${caller}: expected a path, file: URL or WritableStream as target; without one the bytes are returned.`,
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
