/** The decoder's thread: `build.mjs` bundles this file with jpeg-js into a string, `decoderBundle.ts`. */
import { parentPort } from "node:worker_threads";
import { decodePixels } from "./picture.js";
import { toSquare, turnUpright } from "./transform.js";

/** A picture to decode. */
export interface Task {
  /** A JPEG or PNG. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Its path, for messages. */
  path: string;
  orientation: number;
  /** Height and width of the square that is wanted. */
  size: number;
}

/** The square, [size, size, 3], or why there is none. */
export type Answer = { square: Uint8Array<ArrayBuffer> } | { error: string };

parentPort!.on("message", ({ bytes, path, orientation, size }: Task) => {
  let answer: Answer;
  try {
    answer = { square: toSquare(turnUpright(decodePixels(bytes, path), orientation), size) };
  } catch (error) {
    answer = { error: (error as Error).message };
  }
  parentPort!.postMessage(answer, "square" in answer ? [answer.square.buffer] : []);
});
