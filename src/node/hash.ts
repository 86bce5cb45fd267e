/** A name for what a clip holds, whatever the clip is called. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { look, withFileErrors } from "./paths.js";
import { numberedPictures } from "./pictures.js";

/**
 * The SHA-256 of a file's bytes, or, of a folder's numbered pictures, that of their hashes in order; in hexadecimal.
 * @throws FileError for what cannot be read.
 */
export async function contentHash(path: string): Promise<string> {
  if ((await look(path)) !== "folder") return (await digest(path)).toString("hex");
  const whole = createHash("sha256");
  for (const picture of await numberedPictures(path)) whole.update(await digest(picture));
  return whole.digest("hex");
}

async function digest(file: string): Promise<Buffer> {
  const hash = createHash("sha256");
  const update = async () => {
    for await (const piece of createReadStream(file)) hash.update(piece as Uint8Array);
  };
  await withFileErrors(file, update());
  return hash.digest();
}
