// One docstring that breaks each rule of docstrings.mjs, and some that break none: test/docs/docstrings.test.ts reads them.

/** Adds one. The options of {@link Options} are ignored. */
export function good(x: number): number {
  return x + 1;
}

export const bare = 1;

/** it begins without a capital letter. */
export const small = 1;

/** y = 2 x, a formula. */
export const formula = 2;

/** Ends without a period */
export const open = 1;

/** The same for zero. */
export const same = 0;

/** Throws for zero. */
export function throwing(x: number): number {
  if (x === 0) throw new RangeError("x is 0; expected another number.");
  return 1 / x;
}

/**
 * Throws for zero, with a tag that names the error.
 * @throws RangeError if x is 0.
 */
export function honest(x: number): number {
  if (x === 0) throw new RangeError("x is 0; expected another number.");
  return 1 / x;
}

/** Options. */
export interface Options {
  /** How fast, 1 by default. */
  speed?: number;
  /** How many. */
  count?: number;
  /** Called at the end. */
  onEnd?: () => void;
  size?: number;
  /** Not public. @internal */
  secret?: number;
}

/** A thing. */
export class Thing {
  undocumented(): void {}
}
