/** Functions that options name, and how a config says them. */
import { ArgumentError, unknownName } from "./errors.js";

/** A function of a table as plain data: `{ className: "L2", config: { l2: 0.01 } }`. */
export interface Named {
  readonly className: string;
  readonly config?: object;
}

/** Makes a function say what it was made from, so that a config can hold it. (Its `name` is what minifiers make of it.) */
export const named = <F extends object>(work: F, className: string, config: object): F & Named =>
  Object.assign(work, { className, config });

/**
 * What a table has under a name or `{ className, config }`; names begin small, class names large.
 * @throws ArgumentError for an unknown name.
 */
export function lookUp<Entry>(
  where: string,
  kind: string,
  table: Readonly<Record<string, Entry>>,
  given: string | Named,
): { name: string; entry: Entry; config: never } {
  const { className, config = {} } = typeof given === "string" ? { className: given } : given;
  if (typeof className !== "string") {
    throw new ArgumentError(`${where}: expected a ${kind}: a name, { className, config } or a function.`);
  }
  const name = className.charAt(0).toLowerCase() + className.slice(1);
  if (!Object.hasOwn(table, name)) throw unknownName(where, kind, className, Object.keys(table));
  return { name, entry: table[name], config: config as never };
}

/** The function that an option stands for: itself, or made by its table. Undefined for none. @throws ArgumentError */
export function resolve<F extends (...args: never[]) => unknown>(
  where: string,
  kind: string,
  table: Readonly<Record<string, (config: never) => F>>,
  given: string | Named | F | null | undefined,
): F | undefined {
  if (given == null || typeof given === "function") return given ?? undefined;
  const { entry, config } = lookUp(where, kind, table, given);
  return entry(config);
}
