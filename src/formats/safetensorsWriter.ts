/** Writes safetensors files of 32-bit floats; the reader in safetensors.ts says what they are. */
import { sizeOf, type Shape } from "../shape.js";

export interface NamedArray {
  readonly name: string;
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}

/** The file in pieces: the header, then each array's bytes. Joined they are the file; 32-bit arrays are not copied. */
export function safetensorsPieces(
  arrays: readonly NamedArray[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const header: [name: string, value: object][] = [["__metadata__", metadata]];
  let place = 0;
  for (const { name, shape } of arrays) {
    const end = place + 4 * sizeOf(shape);
    header.push([name, { dtype: "F32", shape, data_offsets: [place, end] }]);
    place = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces after it let the arrays begin where 32-bit floats can be read in place.
  const beginning = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(beginning.buffer).setBigUint64(0, BigInt(beginning.length - 8), true);
  beginning.set(text, 8);
  return [beginning, ...arrays.map(({ data }) => bytesOf(data))];
}

function bytesOf(data: ArrayLike<number>): Uint8Array {
  const floats = data instanceof Float32Array ? data : Float32Array.from(data);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** Pieces as one array. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    whole.set(piece, place);
    place += piece.length;
  }
  return whole;
}
