/** The wide build of the kernels, made from the relaxed one. */
import { unpack } from "../unpack.js";
import { difference } from "./difference.js";

/**
 * The bytes of the wide build. Each step of the difference, separated by ";", has three numbers: how many bytes are the
 * same, how many of the relaxed build's are left out, and how many of those that are added come in their place.
 * @param relaxed the bytes of the relaxed build.
 */
export function wideBuild(relaxed: Uint8Array): Uint8Array<ArrayBuffer> {
  const added = unpack(difference.added, true);
  const bytes: number[] = [];
  let [at, taken] = [0, 0];
  for (const step of difference.steps.split(";")) {
    const [same, without, more] = step.split(",").map(Number);
    bytes.push(...relaxed.subarray(at, at + same), ...added.subarray(taken, taken + more));
    at += same + without;
    taken += more;
  }
  return Uint8Array.from([...bytes, ...relaxed.subarray(at)]);
}
