// What is wrong with an answer, and how errors and series of numbers are judged.
import { ZoetropeError } from "zoetrope";

/**
 * How a case ended. `survived`: it did what was asked; `typed`: it was refused in one line; the others are findings, but for
 * `skipped`.
 * @typedef {"survived" | "typed" | "untyped" | "hung" | "lost" | "growth" | "skipped"} Outcome
 * @typedef {{ outcome: Outcome, message: string, stack?: string }} Verdict
 */

/** The columns of the table. @type {readonly Outcome[]} */
export const outcomes = ["survived", "typed", "untyped", "hung", "lost", "growth", "skipped"];
/** The outcomes with which a run fails. @type {readonly Outcome[]} */
export const bad = ["untyped", "hung", "lost", "growth"];

/** Thrown by a case that has seen what must not be. */
export class Finding extends Error {
  /**
   * @param {Outcome} outcome
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(outcome, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.outcome = outcome;
  }
}

/** Thrown by a case that this machine cannot try. */
export class NotHere extends Error {}

/** @throws Finding where something does not hold. */
export function must(/** @type {unknown} */ holds, /** @type {Outcome} */ outcome, /** @type {string} */ message) {
  if (!holds) throw new Finding(outcome, message);
}

/** The names of the classes of src/errors.ts: the tests of the harness have other copies of them than the package. */
const typed = new Set([
  ...["ZoetropeError", "ShapeError", "ArgumentError", "DisposedError", "OutOfMemoryError", "FileError", "LoadError"],
]);

/** Whether an error is one of the package's own. */
export const isTyped = (/** @type {unknown} */ error) =>
  error instanceof ZoetropeError || (error instanceof Error && typed.has(error.name));

/** The longest message that is still a line for people. */
const longest = 2000;

/** Judges what a case has thrown. @returns {Verdict} */
export function judge(/** @type {unknown} */ error) {
  if (error instanceof Finding) {
    return { outcome: error.outcome, message: error.message, stack: stackOf(error.cause) };
  }
  if (error instanceof NotHere) return { outcome: "skipped", message: error.message };
  if (!isTyped(error)) return { outcome: "untyped", message: textOf(error), stack: stackOf(error) };
  const { message } = /** @type {Error} */ (error);
  const fault = faultOf(message);
  if (fault === undefined) return { outcome: "typed", message };
  return { outcome: "untyped", message: `${fault}: ${message.slice(0, 300)}`, stack: stackOf(error) };
}

/** What JavaScript says of mistakes in a program: as the reason why a file is broken, nobody can use it. */
const internals =
  /Cannot read propert|\b(is|are) not (a function|iterable|defined|a constructor)\b|Cannot (convert|access|destructure|set propert)|Invalid (typed )?array length|Maximum call stack/;

/** What is wrong with the text of a typed error; undefined where nothing is. */
export function faultOf(/** @type {string} */ message) {
  if (message.trim() === "") return "an empty message";
  if (/[\n\r\u2028\u2029]/.test(message)) return "a message of several lines";
  if (/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(message)) return "control characters in a message";
  if (message.length > longest) return `a message of ${message.length} characters`;
  if (internals.test(message)) return "an error of JavaScript in a message";
  return undefined;
}

const textOf = (/** @type {unknown} */ error) => {
  try {
    return String(error).slice(0, 1000);
  } catch {
    return "an error that has no text";
  }
};

const stackOf = (/** @type {unknown} */ error) =>
  error instanceof Error ? error.stack?.split("\n").slice(0, 12).join("\n") : undefined;

/** What differs between messages of a kind: texts, lists, what JavaScript calls no function, numbers. @type {[RegExp, string][]} */
const details = [
  [/^(\w*Error: ).* (is|are) not (?=a |an |iterable|defined)/, "$1_ is not "],
  [/"(?:[^"\\]|\\.)*"?|'[^']*'|`[^`]*`/g, "_"],
  [/\[[^\]]*\]?/g, "[_]"],
  [/#?<?\b\d[\w.+-]*|-?Infinity|\bNaN\b/g, "_"],
  [
    /^(a message of _ characters|a message of several lines|control characters in a message|an error of JavaScript in a message):.*/s,
    "$1",
  ],
];

/** The kind of a finding: its message without what differs from case to case. */
export const kindOf = (/** @type {string} */ message) =>
  details
    .reduce((text, [pattern, to]) => text.replace(pattern, to), message)
    .slice(0, 120)
    .trim();

/**
 * The milliseconds that a case may take: ten times what it is expected to take, but some seconds at least, and more on a machine
 * that is `slowdown` times slower than usual.
 */
export const deadlineOf = (/** @type {number} */ expectedSeconds, /** @type {number} */ slowdown) =>
  Math.max(10 * expectedSeconds, 10) * 1000 * Math.max(1, slowdown);

/**
 * The line through equidistant values: its slope and how far the true slope may be from it (95 %), each in a step.
 * @returns {{ slope: number, halfWidth: number }}
 */
export function trendOf(
  /** @type {readonly number[]} */ values,
  /** @type {readonly number[]} */ at = values.map((_, i) => i),
) {
  const n = values.length;
  const mean = (/** @type {readonly number[]} */ list) => list.reduce((sum, x) => sum + x, 0) / n;
  const [x0, y0] = [mean(at), mean(values)];
  const sxx = at.reduce((sum, x) => sum + (x - x0) ** 2, 0);
  if (n < 3 || sxx === 0) return { slope: 0, halfWidth: Infinity };
  const slope = at.reduce((sum, x, i) => sum + (x - x0) * (values[i] - y0), 0) / sxx;
  const left = values.map((y, i) => y - y0 - slope * (at[i] - x0));
  const residual = left.reduce((sum, e) => sum + e ** 2, 0);
  // Samples of memory follow each other: with a correlation of r there are only (1 - r) / (1 + r) as many of their own.
  const next = left.slice(1).reduce((sum, e, i) => sum + e * left[i], 0);
  const r = residual === 0 ? 0 : Math.min(0.95, Math.max(0, next / residual));
  const halfWidth = 1.96 * Math.sqrt(residual / (n - 2) / sxx) * Math.sqrt((1 + r) / (1 - r));
  return { slope, halfWidth };
}

/** The bytes of a whole process and those of its objects, when garbage was collected. @typedef {{ process: number, objects: number }} Bytes */

/** Enough samples to see growth. */
const leastSamples = 40;
/** The bytes that may come over a run: those of a process wander by megabytes, those of objects by what is compiled and cached. */
const slack = { process: 48 * 2 ** 20, objects: 4 * 2 ** 20 };

/**
 * The least value of each of some stretches, and the places of their middles: the garbage of threads, which nothing outside can
 * collect, comes and goes, and what is kept lies under it.
 * @returns {[values: number[], at: number[]]}
 */
function lowsOf(/** @type {readonly number[]} */ values) {
  const width = Math.max(1, Math.floor(values.length / 24));
  const starts = Array.from({ length: Math.floor(values.length / width) }, (_, i) => i * width);
  return [starts.map((i) => Math.min(...values.slice(i, i + width))), starts.map((i) => i + (width - 1) / 2)];
}

/** Judges the memory of a process after each of its cases; the first third is warm-up. @returns {Verdict | undefined} */
export function growthOf(/** @type {readonly Bytes[]} */ looks) {
  const warm = looks.slice(Math.floor(looks.length / 3));
  if (warm.length < leastSamples) return undefined;
  for (const what of /** @type {const} */ (["process", "objects"])) {
    const { slope, halfWidth } = trendOf(...lowsOf(warm.map((bytes) => bytes[what])));
    const sure = (slope - halfWidth) * warm.length;
    if (sure < slack[what]) continue;
    const kilobytes = (/** @type {number} */ x) => (x / 1024).toFixed(1);
    const who = what === "process" ? "the process grows" : "the objects of the process grow";
    const message = `${who} by ${kilobytes(slope)} KB a sample (± ${kilobytes(halfWidth)} KB), ${Math.round(sure / 2 ** 20)} MB or more over ${warm.length} samples`;
    return { outcome: "growth", message };
  }
  return undefined;
}
