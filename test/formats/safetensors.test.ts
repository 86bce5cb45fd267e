// The reader of safetensors: what it reads, and which broken files it refuses.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ArgumentError, FileError } from "../../src/errors.js";
import { halfFloats, readSafetensors } from "../../src/formats/numberKinds.js";
import { readSafetensors as readFloats } from "../../src/formats/safetensors.js";

/** A file with a header of any kind and `length` bytes 0, 1, 2 ... of data. */
function file(header: unknown, length: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(Uint8Array.from({ length }, (_, i) => i), 8 + text.length); // prettier-ignore
  return bytes;
}
const entry = (dtype: unknown, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** A file of one tensor x that holds `bytes`. */
function one(dtype: string, shape: number[], bytes: ArrayBuffer): Uint8Array {
  const result = file({ x: entry(dtype, shape, 0, bytes.byteLength) }, bytes.byteLength);
  result.set(new Uint8Array(bytes), result.length - bytes.byteLength);
  return result;
}

test("float32 values are read exactly, at any offset", () => {
  const values = Float32Array.of(1.5, -2, 3e-40, NaN, Infinity, 0.1);
  const bytes = one("F32", [2, 3], values.buffer);
  expect(readSafetensors(bytes).tensors.get("x")).toEqual({ data: values, shape: [2, 3] });
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(readSafetensors(shifted.subarray(3)).tensors.get("x")!.data).toEqual(values);
  expect(readSafetensors(Buffer.from(bytes)).tensors.get("x")!.data).toEqual(values);
  expect(readSafetensors(bytes.buffer as ArrayBuffer).tensors.get("x")!.data).toEqual(values);
});

test("half floats are widened exactly", () => {
  const bits = Uint16Array.of(0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x3555, 0xc000, 0x7bff, 0x7c00, 0xfc00);
  const wanted = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, 0.333251953125, -2, 65504, Infinity, -Infinity];
  const { data } = readSafetensors(one("F16", [11], bits.buffer)).tensors.get("x")!;
  expect(Array.from(data)).toEqual(wanted);
  expect(readSafetensors(one("F16", [], Uint16Array.of(0x7e01).buffer)).tensors.get("x")!.data[0]).toBeNaN();
});

test("the header may have any order, and may lack metadata", () => {
  const header = { b: entry("F32", [1], 4, 8), __metadata__: { source: "here" }, a: entry("F16", [2], 0, 4) };
  const { tensors, metadata } = readSafetensors(file(header, 8));
  expect([...tensors.keys()]).toEqual(["b", "a"]);
  expect(metadata).toEqual({ source: "here" });
  expect(readSafetensors(file("{}   ", 0)).tensors.size).toBe(0);
});

test("the weights in the package are read completely", () => {
  const bytes = readFileSync("data/mobilenet-1.0-224.safetensors");
  // Pinned here and not at each load, since the package manager checks what it installs.
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(
    "0360bb2782ef10e2d37dc304e4859f3891ededd9ff15ee0618c929cc3ac4d87f",
  );
  const { tensors, metadata } = readSafetensors(bytes);
  expect(tensors.size).toBe(137);
  expect(metadata.source).toContain("Apache-2.0");
  expect([...tensors.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(4_253_864);
});

const good = entry("F32", [2], 0, 8);
const long = (length: number) => {
  const bytes = file({ x: good }, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  return bytes;
};
const broken: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["nothing", new Uint8Array(0), /w: 0 bytes are no safetensors file/],
  ["seven bytes", new Uint8Array(7), /7 bytes/],
  [
    "a page of HTML",
    new TextEncoder().encode("<!DOCTYPE html><html></html>"),
    /no safetensors file.*begin with "<!DOCTYP"/,
  ],
  ["a header longer than the file", long(10_000), /cut off/],
  ["a header longer than memory", long(2 ** 52), /cut off/],
  ["a header of more than 100 MB", file(" ".repeat(1e8) + "{}", 0), /no safetensors file/],
  ["a header that is no UTF-8", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), /not UTF-8/],
  ["a header that is no JSON", file("{x}", 0), /not JSON/],
  ["an endless shape", file(`{"x":{"shape":${"[".repeat(1e6)}${"]".repeat(1e6)}}}`, 0), /more than lists/],
  ["an endless entry", file(`${'{"x":'.repeat(1e5)}1${"}".repeat(1e5)}`, 0), /more than lists/],
  ["a list", file("[]", 0), /not a JSON object/],
  ["null", file("null", 0), /not a JSON object/],
  ["a name that stands twice", file('{"a":{},"\\u0061":{}}', 0), /holds a key twice/],
  ["a key that stands twice", file('{"a":{"dtype":"F32","dtype":"F16"}}', 0), /holds a key twice/],
  ["metadata that is no text", file({ __metadata__: { a: 1 } }, 0), /__metadata__/],
  ["an entry that is no object", file({ x: 3 }, 0), /"x" is 3; expected dtype F32 or F16/],
  ["an unknown dtype", file({ x: entry("BF16", [2], 0, 4) }, 4), /"dtype":"BF16",.*; expected dtype F32 or F16/],
  ["a dtype of JavaScript's", file({ x: entry("constructor", [2], 0, 4) }, 4), /"dtype":"constructor"/],
  ["no dtype", file({ x: { shape: [2], data_offsets: [0, 8] } }, 8), /"x" is {"shape":.*expected dtype/],
  ["a negative size", file({ x: entry("F32", [-1, -2], 0, 8) }, 8), /"shape":\[-1,-2\].*whole numbers from 0/],
  ["a broken size", file({ x: entry("F32", [0.5], 0, 2) }, 2), /"shape":\[0.5\]/],
  ["a shape that is no list", file({ x: entry("F32", 2, 0, 8) }, 8), /"shape":2,/],
  ["sizes beyond counting", file({ x: entry("F32", [2 ** 50, 2 ** 50], 0, 8) }, 8), /takes .* bytes/],
  ["a shape for other bytes", file({ x: entry("F32", [3], 0, 8) }, 8), /F32 \[3\], takes 12 bytes.*hold 8/],
  ["offsets that run backwards", file({ x: entry("F32", [2], 8, 0) }, 8), /hold -8/],
  ["offsets that are no numbers", file({ x: entry("F32", [2], "0", 8) }, 8), /"data_offsets":\["0",8\]/],
  ["three offsets", file({ x: { ...good, data_offsets: [0, 8, 9] } }, 8), /expected .*data_offsets \[begin, end\]/],
  ["a tensor beyond the end", file({ x: good, y: entry("F32", [2], 8, 16) }, 8), /end at byte 16 of the data.* 8/],
  ["bytes that belong to nobody", file({ x: good }, 9), /end at byte 8 of the data.* 9/],
  ["a gap", file({ x: good, y: entry("F32", [1], 12, 16) }, 16), /"y" begins at byte 12 of the data, expected 8/],
  [
    "bytes that belong to two",
    file({ x: good, y: entry("F32", [2], 4, 12) }, 12),
    /"y" begins at byte 4 .* expected 8/,
  ],
];

test.each(broken)("%s is refused", (_, bytes, message) => {
  expect(() => readFloats(bytes, "w")).toThrow(FileError);
  expect(() => readFloats(bytes, "w")).toThrow(message);
});

test("what is no bytes is an argument of another kind", () => {
  expect(() => readSafetensors(new BigInt64Array(2) as never)).toThrow(ArgumentError);
  expect(() => readSafetensors(new Uint8Array(8), Symbol("s") as never)).toThrow(FileError);
  expect(() => halfFloats([1, 2] as never)).toThrow("halfFloats: Array; expected a Uint16Array.");
});
