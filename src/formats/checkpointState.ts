/** Plain data with arrays of numbers in it: the arrays become tensors of a file, the rest is JSON. */
import { FileError } from "../errors.js";
import { showValue } from "./json.js";
import type { SafeTensor } from "./safetensors.js";
import type { NamedArray } from "./safetensorsWriter.js";

/** What stands in JSON in the place of an array: the name of its tensor. */
interface Place {
  readonly tensor: string;
}

const prefix = "progress:";

/**
 * Takes the Float32Arrays out of plain data, and names them. Other typed arrays become lists, and are lists when they are read.
 */
export function withoutArrays(value: unknown, arrays: NamedArray[]): unknown {
  if (value instanceof Float32Array) {
    const tensor = `${prefix}${arrays.length}`;
    arrays.push({ name: tensor, shape: [value.length], data: value });
    return { tensor } satisfies Place;
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (Array.isArray(value)) return value.map((item) => withoutArrays(item, arrays));
  if (!(value instanceof Object) || typeof value === "function") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutArrays(item, arrays)]));
}

/** Puts the tensors of a file back. `used` counts them. @throws FileError for a tensor that is not there. */
export function withArrays(
  where: string,
  value: unknown,
  tensors: ReadonlyMap<string, SafeTensor>,
  used: Set<string>,
): unknown {
  if (Array.isArray(value)) return value.map((item) => withArrays(where, item, tensors, used));
  if (!(value instanceof Object)) return value;
  const { tensor: name } = value as Partial<Place>;
  if (typeof name === "string" && name.startsWith(prefix)) {
    const found = tensors.get(name);
    if (!found) throw new FileError(`${where}: holds no "${showValue(name)}", which its record names.`);
    used.add(name);
    return Float32Array.from(found.data);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withArrays(where, item, tensors, used)]));
}
