import { withoutSecrets } from "./address.js";
import { printable } from "./printable.js";

/**
 * Base class of the errors that Zoetrope throws. The message is one line: where, what was received, what was expected,
 * what to do. What it quotes may be other people's: control characters are written as their codes, of a message of more
 * than a thousand letters the middle is left out, and of addresses the passwords and queries.
 */
export class ZoetropeError extends Error {
  /** The name of the class. */
  override name = "ZoetropeError";

  constructor(message = "", options?: ErrorOptions) {
    super(printable(withoutSecrets(message), 1000, 400), options);
  }
}

/** Thrown for a shape that an op or layer cannot take. */
export class ShapeError extends ZoetropeError {
  /** The name of the class. */
  override name = "ShapeError";
}

/** Thrown for an option, name or value that is unknown or not allowed. */
export class ArgumentError extends ZoetropeError {
  /** The name of the class. */
  override name = "ArgumentError";
}

/** Thrown when a tensor or a model is used after it has been disposed. */
export class DisposedError extends ZoetropeError {
  /** The name of the class. */
  override name = "DisposedError";
}

/** Makes the error for what was used too late. */
export const disposed = (what: string, advice: string): DisposedError =>
  new DisposedError(`${what} was used after it had been disposed; ${advice}.`);

/** Thrown when a backend's memory is used up. The engine stays usable. */
export class OutOfMemoryError extends ZoetropeError {
  /** The name of the class. */
  override name = "OutOfMemoryError";
}

/** Thrown for a file that cannot be read, is broken, or is not of the expected format. */
export class FileError extends ZoetropeError {
  /** The name of the class. */
  override name = "FileError";
}

/** Thrown when a part of the package that is loaded on first use cannot be loaded. */
export class LoadError extends ZoetropeError {
  /** The name of the class. */
  override name = "LoadError";
}

/** Thrown when a worker thread ends in the midst of a computation. The engine stays usable, and starts new ones. */
export class ThreadError extends ZoetropeError {
  /** The name of the class. */
  override name = "ThreadError";
}

/** Gives a shape as text, such as "[2, 10, 64, 64, 3]"; "null" is a size that is not known yet. */
export function shapeText(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => String(size ?? null)).join(", ")}]`;
}

/**
 * Finds the candidate that differs from `word` by the fewest edits; undefined if these are more than a third of its
 * letters. Both may be those of a file, so that the work is bounded: for a word of more than 99 letters there is none,
 * and only the first thousand candidates are compared.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestEdits = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of word.length > 99 ? [] : candidates.slice(0, 1000)) {
    const edits = editDistance(fold(word), fold(candidate), bestEdits);
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Makes the error for an unknown name: `unknown loss "mse2"; did you mean "mse"?`, or the list of known names. */
export function unknownName(where: string, kind: string, name: unknown, known: readonly string[]): ArgumentError {
  const suggestion = typeof name === "string" && nearest(name, known);
  const advice = suggestion ? `did you mean "${suggestion}"?` : `known are ${known.join(", ")}.`;
  return new ArgumentError(`${where}: unknown ${kind} ${shown(name)}; ${advice}`);
}

/**
 * Checks the names of options.
 * @throws ArgumentError for the first key of `options` that is not in `known`, and for what is no object, as in `Dense(3)`.
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (Object(options) !== options || Array.isArray(options)) {
    throw new ArgumentError(`${where}: expected options, as { ${known[0]}: ... }, received ${kindOf(options)}.`);
  }
  for (const [key, value] of Object.entries<any>(options)) {
    if (!known.includes(key)) throw unknownName(where, "option", key, known);
    if (value == null) continue;
    if (/^on[A-Z]/.test(key)) checkFunction(`${where}: ${key}`, value);
    if (key === "signal" && !value.throwIfAborted) {
      throw new ArgumentError(`${where}: signal ${shown(value)}; expected an AbortSignal.`);
    }
  }
}

const fold = (word: string) => word.toLowerCase().replace(/_/g, "");

/** The Levenshtein distance, row by row; `limit` where the lengths alone differ by so much. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const letter of a) {
    let corner = row[0]++;
    for (let j = 0; j < b.length; j++) {
      const substitution = corner + (letter === b[j] ? 0 : 1);
      corner = row[j + 1];
      row[j + 1] = Math.min(substitution, corner + 1, row[j] + 1);
    }
  }
  return row[b.length];
}

/** The most items of a list that a message repeats. */
const mostItems = 16;

/**
 * Gives a value as text for messages: a number or a text itself, else its kind; of a list its first items, and of lists
 * in it too, to some depth. It takes whatever there is (a Proxy, an object without a prototype) and never throws.
 */
export function shown(x: unknown, depth = 3): string {
  try {
    if (depth > 0 && Array.isArray(x)) {
      const items = Array.from(x.slice(0, mostItems), (item) => shown(item, depth - 1)); // holes too
      return `[${items.join(", ")}]`;
    }
    const text = Object(x) === x ? (x as object).constructor.name : String(x);
    const cut = text.length > 99 ? `${text.slice(0, 99)}…` : text;
    return typeof x === "string" ? JSON.stringify(cut) : typeof x === "bigint" ? `${cut}n` : cut;
  } catch {
    return "object";
  }
}

/** Names the class of a value, or the value where it is no object, for errors that say what was received. */
export const kindOf = (x: unknown): string => shown(x, 0);

/** Names the kind of a value, or those of the items of a list: "[Tensor, Array]". */
export const kindsOf = (x: unknown): string => shown(x, 1);

// ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A kind of numbers; its words are the rule by which numbers are checked. */
export type NumberKind =
  | "a number" // also an infinite one, and NaN
  | "a finite number"
  | `a number ${"from 0" | "above 0" | "from 0 to 1" | "from 0, below 1" | "above 0, below 1"}`
  | `a whole number${"" | " from 0" | " from 1" | " from 2"}`;

/** Gives a value back if it is a number of a kind. @throws ArgumentError */
export function checkNumber(where: string, option: string, value: unknown, kind: NumberKind): number {
  // First, because ops check their numbers at every call.
  if (kind === "a number" && typeof value === "number") return value;
  const [low = -Infinity, high = Infinity] = (kind.match(/\d/g) ?? []).map(Number);
  const isOfKind = /whole/.test(kind) ? Number.isSafeInteger(value) : Number.isFinite(value);
  const x = value as number;
  const isBound = (/above/.test(kind) && x === low) || (/below/.test(kind) && x === high);
  if (isOfKind && x >= low && x <= high && !isBound) return x;
  throw new ArgumentError(`${where}: ${option} ${shown(value)}; expected ${kind}.`);
}

/** Checks that a value is a function. @throws ArgumentError */
export function checkFunction(where: string, value: unknown): void {
  if (typeof value !== "function") throw new ArgumentError(`${where}: ${shown(value)}; expected a function.`);
}

/** Checks those of some options that are given. @throws ArgumentError for one that is no number of the kind. */
export function checkNumbers(where: string, options: object, kind: NumberKind, names: readonly string[]): void {
  for (const name of names) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined) checkNumber(where, name, value, kind);
  }
}

/** Gives `count` numbers of a kind; one number stands for all of them. @throws ArgumentError */
export function checkList(where: string, option: string, value: unknown, count: number, kind: NumberKind): number[] {
  const all = typeof value === "number" ? new Array<unknown>(count).fill(value) : value;
  if (Array.isArray(all) && all.length === count) return all.map((n) => checkNumber(where, option, n, kind));
  throw new ArgumentError(`${where}: ${option} ${shown(value)}; expected ${kind}, or ${count} of them.`);
}

/** Gives the logs of a training back. @throws ArgumentError for what are none. */
export function checkLogs<Logs extends object>(where: string, logs: Logs): Logs {
  if (Object(logs) === logs) return logs;
  throw new ArgumentError(`${where}: logs ${shown(logs)}; expected an object of numbers.`);
}
