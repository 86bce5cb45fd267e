/** JSON of untrusted files, and numbers that JSON cannot represent. */

const maxDepth = 100;
const forbidden = ["__proto__", "constructor", "prototype"];

/**
 * The value of a JSON text, with the numbers that `toJson` wrote as objects.
 * @throws Error for what is not JSON, is nested deeper than 100 levels, or has keys that could change the prototypes of
 * objects.
 */
export const fromJson = (text: string): unknown => checkValue(JSON.parse(text), 0);

/** The JSON text of a value. Numbers that JSON cannot represent become `{ number: "Infinity" }`. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === "number" && !Number.isFinite(item) ? { number: String(item) } : item,
  );

function checkValue(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new Error(`nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item) => checkValue(item, depth + 1));
  if (!(value instanceof Object)) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === "number") return Number(entries[0][1]);
  for (const [key] of entries) {
    if (forbidden.includes(key)) throw new Error(`the key ${JSON.stringify(key)} is not allowed`);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, checkValue(item, depth + 1)]));
}
