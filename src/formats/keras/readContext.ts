/** JSON of a file by Keras, which nobody vouches for: what kind of value stands where. */
import { FileError } from "../../errors.js";
import type { Named } from "../../named.js";

/** What reading needs to know beside the JSON at hand. */
export interface ReadContext {
  /** What errors begin with. */
  readonly where: string;
  /** Whether words mean what they meant in Keras 1 and 2 (and TensorFlow.js). */
  readonly isKeras2: boolean;
}

export interface LayerContext extends ReadContext {
  /** `readLayer`, for what has layers inside. */
  readonly layer: (reading: LayerContext, what: string, value: unknown) => Named;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Keras takes the parts of an object in the order of their names. */
export const sortedKeys = (object: JsonObject): string[] => Object.keys(object).sort();

/** The value in one line for a message, cut after 60 characters. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/** A word of a file in a message: itself if it is a short name, else as `shown`. */
export const showWord = (word: string): string => (/^[\w>.]{1,60}$/.test(word) ? word : showValue(word));

export function asObject({ where }: ReadContext, what: string, value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected an object.`);
}

export function asList({ where }: ReadContext, what: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected a list.`);
}

export function asName({ where }: ReadContext, what: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected a name.`);
}

/** [batch, ...]: whole numbers from 1, or null. */
export function asShape({ where }: ReadContext, what: string, value: unknown): readonly (number | null)[] {
  const isSize = (size: unknown) => size === null || (Number.isSafeInteger(size) && (size as number) > 0);
  if (Array.isArray(value) && value.length > 0 && value.every(isSize)) return value as (number | null)[];
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected a shape, whole numbers from 1 or null.`);
}

const maxDepth = 4;

/** Numbers, strings, booleans, null, and lists of them; arrays of NumPy's are taken by their values. @throws FileError */
export function plainValue(reading: ReadContext, what: string, value: unknown, depth = 0): unknown {
  if (Array.isArray(value) && depth < maxDepth) return value.map((item) => plainValue(reading, what, item, depth + 1));
  if (!(value instanceof Object)) return value;
  const { class_name, config } = value as JsonObject;
  if (["__numpy__", "__tensor__", "ndarray"].includes(class_name as string) && depth < maxDepth) {
    return plainValue(reading, what, (config as JsonObject | undefined)?.value, depth + 1);
  }
  throw new FileError(
    `${reading.where}: ${what} is ${showValue(value)}; expected a number, a name, or a list of them.`,
  );
}
