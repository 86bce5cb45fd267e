/** A hash of what a clip contains, independent of its name. */
import { createHash } from "node:crypto";
import { checkOptions } from "../errors.js";
import type { Stoppable } from "./decoding/limits.js";
import { look, openPlain, withFileErrors } from "./paths.js";
import { numberedPictures } from "./pictures.js";

/**
 * Hashes a file's bytes with SHA-256; for a folder of numbered pictures, the pictures' hashes in order. Returns
 * hexadecimal digits.
 * @throws FileError when something cannot be read.
 */
export async function contentHash(path: string, options: Stoppable = {}): Promise<string> {
  checkOptions("contentHash", options, ["signal"]);
  const { signal } = options;
  signal?.throwIfAborted();
  if ((await look(path)) !== "folder") return (await digest(path, signal)).toString("hex");
  const whole = createHash("sha256");
  for (const picture of await numberedPictures(path, signal)) whole.update(await digest(picture, signal));
  return whole.digest("hex");
}

async function digest(file: string, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted();
  const hash = createHash("sha256");
  const { handle, size } = await openPlain(file);
  const update = async () => {
    // To the end that it has now: a file that is being written might grow faster than it is read.
    const stream = handle.createReadStream({ end: Math.max(0, size - 1), signal });
    for await (const piece of stream) hash.update(piece as Uint8Array);
  };
  await withFileErrors(file, update(), signal);
  return hash.digest();
}
