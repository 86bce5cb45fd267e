/** Lists: the arguments and the results of the methods of layers. */
import { ArgumentError, kindsOf } from "../errors.js";

/** One value, or a list of them. */
export type OneOrMany<T> = T | T[];

/** Gives one value, or a list of them, as a list. */
export const toList = <T>(x: T | readonly T[]): T[] => (Array.isArray(x) ? (x as T[]) : [x as T]);

/**
 * Returns the list that a method of a layer returned, after a check.
 * @throws ArgumentError where it is no list of such items, as when a user-defined layer returns a bare tensor.
 */
export function listFrom<T>(
  label: string,
  method: string,
  made: T[],
  isItem: (item: unknown) => boolean,
  how: string,
): T[] {
  if (Array.isArray(made) && made.every(isItem)) return made;
  throw new ArgumentError(
    `${label}: ${method} returned ${kindsOf(made)}; expected a list, one for each output: return ${how}.`,
  );
}
