/** Reading the untrusted JSON of Keras's files: the context of a read, and checks of the kinds of values. */
import { FileError } from "../../errors.js";
import type { Named } from "../../named.js";

/** What all readers of a file need to know besides the JSON itself. */
export interface ReadContext {
  /** What errors begin with. */
  readonly where: string;
  /** Whether the file uses the words of Keras 1, 2 or TensorFlow.js, some of which mean something else in Keras 3. */
  readonly isKeras2: boolean;
}

export interface LayerContext extends ReadContext {
  /** `readLayer`, for layers and models that have layers inside. */
  readonly layer: (reading: LayerContext, what: string, value: unknown) => Named;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The keys of an object in the order in which Keras visits them. */
export const sortedKeys = (object: JsonObject): string[] => Object.keys(object).sort();

/** A value in an error message: its JSON, cut after 60 characters. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/** A word of a file in an error message: unquoted if it is a short name, otherwise as `showValue` gives it. */
export const showWord = (word: string): string => (/^[\w>.]{1,60}$/.test(word) ? word : showValue(word));

/** @throws FileError for what is not an object. */
export function asObject({ where }: ReadContext, what: string, value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected an object.`);
}

/** @throws FileError for what is not a list. */
export function asList({ where }: ReadContext, what: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected a list.`);
}

/** @throws FileError for what is not a text, or an empty one. */
export function asName({ where }: ReadContext, what: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected a name.`);
}

/** A shape [batch, ...] of whole numbers from 1, or null. @throws FileError for anything else. */
export function asShape({ where }: ReadContext, what: string, value: unknown): readonly (number | null)[] {
  const isSize = (size: unknown) => size === null || (Number.isSafeInteger(size) && (size as number) > 0);
  if (Array.isArray(value) && value.length > 0 && value.every(isSize)) return value as (number | null)[];
  throw new FileError(`${where}: ${what} is ${showValue(value)}; expected a shape, whole numbers from 1 or null.`);
}

const maxDepth = 4;

/**
 * A number, string, boolean or null, or a list of them; the values of a NumPy array.
 * @throws FileError for anything else.
 */
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
