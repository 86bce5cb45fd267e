/** A hash of what a clip contains, independent of its name. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ReadClipOptions } from "./clip.js";
import { look, withFileErrors } from "./paths.js";
import { numberedPictures } from "./pictures.js";

/**
 * Hashes a file's bytes with SHA-256; for a folder of numbered pictures, the pictures' hashes in order. Returns
 * hexadecimal digits.
 * @throws FileError when something cannot be read.
 */
export async function contentHash(path: string, { signal }: Pick<ReadClipOptions, "signal"> = {}): Promise<string> {
  signal?.throwIfAborted();
  if ((await look(path)) !== "folder") return (await digest(path, signal)).toString("hex");
  const whole = createHash("sha256");
  for (const picture of await numberedPictures(path)) whole.update(await digest(picture, signal));
  return whole.digest("hex");
}

async function digest(file: string, signal?: AbortSignal): Promise<Buffer> {
  const hash = createHash("sha256");
  const update = async () => {
    for await (const piece of createReadStream(file, { signal })) hash.update(piece as Uint8Array);
  };
  await withFileErrors(file, update()).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
  return hash.digest();
}
