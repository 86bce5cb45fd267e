/** Reads the values of options on the command line. */
import { InvalidArgumentError } from "commander";

/** An error of the command line: one line for the user, exit code 2. */
export class UsageError extends Error {}

/** Makes a reader of whole numbers within bounds. */
export function wholeNumber(least: number, most = 2 ** 32 - 1) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

/** More seconds than the longest film has, and fewer than the shortest. */
const [mostSeconds, leastSeconds] = [1e6, 0.001];

/** Makes a reader of seconds: above 0, or from 0 on. */
export function seconds({ from0 = false } = {}) {
  return (text: string): number => {
    const value = Number(text);
    const isLong = from0 || value >= leastSeconds;
    if (/^\d+(\.\d+)?$/.test(text) && isLong && value <= mostSeconds) return value;
    throw new InvalidArgumentError("expected seconds, such as 2 or 1.5");
  };
}

/** Makes a reader of numbers out of a few. */
export function oneOf(numbers: readonly number[]) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && numbers.includes(value)) return value;
    throw new InvalidArgumentError(`expected one of ${numbers.join(", ")}`);
  };
}
