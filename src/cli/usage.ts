/** What words on the command line may be. */
import { InvalidArgumentError } from "commander";

/** The command line cannot be understood: one line for the user, exit code 2. */
export class UsageError extends Error {}

/** For an option that is a whole number, within bounds. */
export function wholeNumber(least: number, most = 2 ** 32 - 1) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

/** For an option that is a length of time or, from 0 on, a place in time. */
export function seconds({ from0 = false } = {}) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && (from0 || value > 0)) return value;
    throw new InvalidArgumentError("expected seconds, such as 2 or 1.5");
  };
}

/** For an option that is one of a few numbers. */
export function oneOf(numbers: readonly number[]) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && numbers.includes(value)) return value;
    throw new InvalidArgumentError(`expected one of ${numbers.join(", ")}`);
  };
}
