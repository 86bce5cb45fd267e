/** Functions that options name, and how they become plain data in a config. */
import { ArgumentError, unknownName } from "./errors.js";

/** A function of a table, or a layer, as plain data: `{ className: "L2", config: { l2: 0.01 } }`. */
export interface Named {
  /** The name of the function in its table, or of the class of the layer. */
  readonly className: string;
  /** The options that it is made from; none by default. */
  readonly config?: object;
}

/**
 * Sets on a function the name of the table's entry that made it and its options, so that a config can contain it. Its
 * own `name` cannot be used, since minifiers change it.
 */
export const named = <F extends object>(work: F, className: string, config: object): F & Named =>
  Object.assign(work, { className, config });

/**
 * Finds the entry of a table for a name or `{ className, config }`; the first letter of the name may be a capital.
 * @throws ArgumentError for an unknown name.
 */
export function lookUp<Entry>(
  where: string,
  kind: string,
  table: Readonly<Record<string, Entry>>,
  given: string | Named,
): { name: string; entry: Entry; config: never } {
  const { className, config = {} } = typeof given === "string" ? { className: given } : (Object(given) as Named);
  if (typeof className !== "string") {
    throw new ArgumentError(`${where}: expected a ${kind}: a name, { className, config } or a function.`);
  }
  const name = className.charAt(0).toLowerCase() + className.slice(1);
  if (!Object.hasOwn(table, name)) throw unknownName(where, kind, className, Object.keys(table));
  return { name, entry: table[name], config: config as never };
}

/**
 * Gives the function that an option names: the option itself, or a function that its table makes. Undefined for none.
 * @throws ArgumentError for an unknown name.
 */
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

/** An object that is written as its class name and config: a layer, or a function of a table. */
type Describable = Partial<Named> & { getConfig?(): object };

/**
 * Gives an option as plain data; layers and functions of a table become `{ className, config }`.
 * @param where the beginning of an error message.
 * @throws ArgumentError for other functions and objects.
 */
export function toPlainData(where: string, value: unknown): unknown {
  if (!(value instanceof Object)) return value;
  if (Array.isArray(value)) return value.map((item) => toPlainData(where, item));
  const { className, config } = value as Describable;
  if (className) return { className, config: (value as Describable).getConfig?.() ?? toPlainData(where, config) };
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    throw new ArgumentError(`${where} has no config; give a name, or a registered layer.`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlainData(`${where}.${key}`, item)]));
}
