/** The kinds of numbers in safetensors files, all of which are read as 32-bit floats. */
import { ArgumentError, kindOf } from "../errors.js";
import * as safetensors from "./safetensors.js";
import type { NumberKinds, SafetensorsFile } from "./safetensors.js";

/**
 * Converts bfloat16 numbers, which are the upper halves of 32-bit floats, to 32-bit floats.
 * @param bits the bits of each number.
 */
export const brainFloats = (bits: Uint16Array): Float32Array =>
  new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);

const floats = (Numbers: new (bytes: ArrayBuffer) => ArrayLike<number>) => (bytes: ArrayBuffer) =>
  Float32Array.from(new Numbers(bytes));
const longer = (Numbers: new (bytes: ArrayBuffer) => ArrayLike<bigint>) => (bytes: ArrayBuffer) =>
  Float32Array.from(new Numbers(bytes), Number);

/** By dtype: bytes for each number, and how they become 32-bit floats. Whole numbers above 2^24 are rounded. */
export const numberKinds: NumberKinds = {
  F64: [8, floats(Float64Array)],
  F32: [4, (bytes) => new Float32Array(bytes)],
  F16: [2, (bytes) => safetensors.halfFloats(new Uint16Array(bytes))],
  BF16: [2, (bytes) => brainFloats(new Uint16Array(bytes))],
  I64: [8, longer(BigInt64Array)],
  I32: [4, floats(Int32Array)],
  I16: [2, floats(Int16Array)],
  I8: [1, floats(Int8Array)],
  U64: [8, longer(BigUint64Array)],
  U32: [4, floats(Uint32Array)],
  U16: [2, floats(Uint16Array)],
  U8: [1, floats(Uint8Array)],
  BOOL: [1, floats(Uint8Array)],
};

/**
 * All tensors of a safetensors file, and its metadata. The whole header is checked before memory is allocated for any
 * tensor. Numbers of all kinds but complex ones and those of 8-bit floats are read, as 32-bit floats.
 * @param source the name of the file in error messages, "safetensors" by default.
 * @throws FileError for whatever is wrong with the file; ArgumentError for what is no bytes.
 * @example
 * const { tensors, metadata } = readSafetensors(await readFile("film.safetensors"));
 * const { data, shape } = tensors.get("dense/kernel");
 */
export function readSafetensors(file: ArrayBuffer | Uint8Array, source?: string): SafetensorsFile {
  if (!(file instanceof Uint8Array) && !(file instanceof ArrayBuffer))
    throw new ArgumentError(`readSafetensors: ${kindOf(file)}; expected bytes.`);
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
  return safetensors.readSafetensors(bytes, typeof source === "string" ? source : "safetensors", numberKinds);
}

/**
 * Converts 16-bit floats (IEEE 754 binary16: a sign, five bits of exponent, ten of fraction) to 32-bit ones.
 * @param bits the bits of each float.
 * @throws ArgumentError for another array than a Uint16Array.
 */
export function halfFloats(bits: Uint16Array): Float32Array {
  if (bits instanceof Uint16Array) return safetensors.halfFloats(bits);
  throw new ArgumentError(`halfFloats: ${kindOf(bits)}; expected a Uint16Array.`);
}
