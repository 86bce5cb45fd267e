/** Writes safetensors files of 32-bit floats; safetensors.ts describes the format. */
import { ArgumentError } from "../errors.js";
import { sizeOf, type Shape } from "../shape.js";
import { maxHeaderBytes } from "./safetensors.js";

/** The name in the header under which the texts are; no array can have it. */
export const metadataName = "__metadata__";

export interface NamedArray {
  readonly name: string;
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}

/**
 * A file in pieces: the header, then the bytes of each array. Arrays of 32-bit floats are not copied.
 * @throws ArgumentError for texts and names that are longer than a header may be.
 */
export function safetensorsPieces(
  where: string,
  arrays: readonly NamedArray[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const header: [name: string, value: object][] = [[metadataName, metadata]];
  let place = 0;
  for (const { name, shape } of arrays) {
    const end = place + 4 * sizeOf(shape);
    header.push([name, { dtype: "F32", shape, data_offsets: [place, end] }]);
    place = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  if (text.length > maxHeaderBytes - 8) {
    const most = `at most ${maxHeaderBytes - 8} fit into a safetensors file`;
    throw new ArgumentError(
      `${where}: metadata, layers and names take ${text.length} bytes; ${most}; keep some beside it.`,
    );
  }
  // Spaces after the header align the arrays, so that 32-bit floats can be read in place.
  const beginning = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(beginning.buffer).setBigUint64(0, BigInt(beginning.length - 8), true);
  beginning.set(text, 8);
  return [beginning, ...arrays.map(({ data }) => bytesOf(data))];
}

function bytesOf(data: ArrayLike<number>): Uint8Array {
  const floats = data instanceof Float32Array ? data : Float32Array.from(data);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
