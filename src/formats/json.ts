/** JSON of untrusted files: parsing, checks of the kinds of values, and numbers that JSON cannot represent. */
import { ArgumentError, FileError, kindOf, ZoetropeError } from "../errors.js";

const maxDepth = 100;
const forbidden = ["__proto__", "constructor", "prototype"];

/**
 * The value of a JSON text, with the numbers that `toJson` wrote as objects, and those that Python writes as the words
 * NaN and Infinity.
 * @throws Error for what is not JSON, is nested deeper than 100 levels, or has keys that could change the prototypes of
 * objects.
 */
export function fromJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    value = JSON.parse(text.replace(textOrWord, (found) => (found[0] === '"' ? found : `{"number":"${found}"}`)));
  }
  return checkValue(value, 0);
}

/** A text in quotes, to its end or that of all, so that none is looked at twice; or one of Python's words. */
const textOrWord = /"(?:[^"\\]+|\\[^]?)*"?|-?Infinity|NaN/g;

/** The text in bytes, which may begin with a byte order mark. @throws Error for what is not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("its text is not UTF-8; save it with that encoding");
  }
}

/**
 * The JSON text of a value. Numbers that JSON cannot represent become `{ number: "Infinity" }`.
 * @param where what errors begin with.
 * @param make makes the value; of its errors those of other kinds than ours become ArgumentErrors too.
 * @throws ArgumentError for what `fromJson` would not read: cycles, nesting deeper than 100 levels, forbidden keys.
 */
export function toJson(where: string, make: () => unknown): string {
  try {
    const text = JSON.stringify(make(), (_, item: unknown) =>
      typeof item === "number" && !Number.isFinite(item) ? { number: String(item) } : item,
    );
    fromJson(text);
    return text;
  } catch (error) {
    if (error instanceof ZoetropeError) throw error;
    const reason = (error as Error).message.split("\n")[0];
    throw new ArgumentError(`${where}: holds something that no file can hold (${reason}).`, { cause: error });
  }
}

const notFinite = ["Infinity", "-Infinity", "NaN"];

function checkValue(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new Error(`nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item) => checkValue(item, depth + 1));
  if (!(value instanceof Object)) return value;
  const entries = Object.entries(value);
  const [[only, number] = []] = entries;
  if (entries.length === 1 && only === "number" && notFinite.includes(number as string)) return Number(number);
  for (const [key] of entries) {
    if (forbidden.includes(key)) throw new Error(`the key ${JSON.stringify(key)} is not allowed`);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, checkValue(item, depth + 1)]));
}

// ── kinds of values ──────────────────────────────────────────────────────────────────────────────────────────────────

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The keys of an object in the order in which Keras visits them. */
export const sortedKeys = (object: JsonObject): string[] => Object.keys(object).sort();

/** A value in an error message: its JSON, or its kind where it has none, such as a cycle; cut after 60 characters. */
export function showValue(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? "nothing";
  } catch {
    text = kindOf(value);
  }
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/** A word of a file in an error message: unquoted if it is a short name, otherwise as `showValue` gives it. */
export const showWord = (word: string): string => (/^[\w>.]{1,60}$/.test(word) ? word : showValue(word));

/** @throws FileError for what is not an object. */
export function asObject(what: string, value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw new FileError(`${what} is ${showValue(value)}; expected an object.`);
}

/** @throws FileError for what is not a list. */
export function asList(what: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new FileError(`${what} is ${showValue(value)}; expected a list.`);
}

/** @throws FileError for what is not a text, or an empty one. */
export function asName(what: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new FileError(`${what} is ${showValue(value)}; expected a name.`);
}

/** A shape [batch, ...] of whole numbers from 1, or null. @throws FileError for anything else. */
export function asShape(what: string, value: unknown): readonly (number | null)[] {
  const isSize = (size: unknown) => size === null || (Number.isSafeInteger(size) && (size as number) > 0);
  if (Array.isArray(value) && value.length > 0 && value.every(isSize)) return value as (number | null)[];
  throw new FileError(`${what} is ${showValue(value)}; expected a shape, whole numbers from 1 or null.`);
}

/**
 * A number, string, boolean or null, or a list of them; the values of a NumPy array.
 * @throws FileError for anything else.
 */
export function plainValue(what: string, value: unknown, depth = 0): unknown {
  if (Array.isArray(value) && depth < 4) return value.map((item) => plainValue(what, item, depth + 1));
  if (!(value instanceof Object)) return value;
  const { class_name, config } = value as JsonObject;
  if (["__numpy__", "__tensor__", "ndarray"].includes(class_name as string) && depth < 4) {
    return plainValue(what, (config as JsonObject | undefined)?.value, depth + 1);
  }
  throw new FileError(`${what} is ${showValue(value)}; expected a number, a name, or a list of them.`);
}
