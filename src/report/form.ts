/** What a report is made of, and the check that everything in it is of its kind. */
import { ArgumentError, shown } from "../errors.js";

/** The kind of a value: a word, a list of one kind, or an object with a kind for each key; "key?" may be absent. */
type Form = keyof typeof words | readonly [Form] | { readonly [key: string]: Form };

const words = {
  "a text": (x: unknown) => typeof x === "string",
  "a number": (x: unknown) => typeof x === "number",
  "a whole number": Number.isSafeInteger,
  "true or false": (x: unknown) => typeof x === "boolean",
  "an array of numbers": (x: unknown) => ArrayBuffer.isView(x) && !(x instanceof DataView),
};

const text = "a text";
const numbers = ["a number"] as const;
const labels = [{ label: text, score: "a number" }] as const;
const curve = [
  { epoch: "a number", loss: "a number", accuracy: "a number", "valLoss?": "a number", "valAccuracy?": "a number" },
] as const;

/** Of every key of an object. */
const each = "*";

export const clipForm: Form = {
  name: text,
  size: "a whole number",
  frames: "an array of numbers",
  times: numbers,
  "labels?": [labels],
  "truth?": text,
  "prediction?": labels,
  "layer?": text,
  "cell?": {
    kind: text,
    activation: text,
    "recurrentActivation?": text,
    useBias: "true or false",
    "resetAfter?": "true or false",
    goBackwards: "true or false",
  },
  gates: { [each]: { data: "an array of numbers", shape: ["a whole number"] } },
  "saturation?": { [each]: { low: numbers, high: numbers } },
  "gradient?": { h: numbers, "c?": numbers, of: text },
};

export const reportForm: Form = {
  title: text,
  "summary?": text,
  facts: [[text]],
  notes: [text],
  "curve?": curve,
  "baselineCurve?": curve,
  "confusion?": { classes: [text], counts: [numbers], "baselineCounts?": [numbers] },
  clips: [clipForm],
  "skipped?": [{ path: text, reason: text }],
};

export const profileForm: Form = {
  title: text,
  "summary?": text,
  facts: [[text]],
  notes: [text],
  rows: [{ kernel: text, layers: [text], sizes: text, ms: "a number", gflops: "a number", "ofPeak?": "a number" }],
};

/** The names of the values that an object must have. */
const keysOf = (form: object) => Object.keys(form).filter((key) => !key.endsWith("?"));

/**
 * Checks a value and all that is in it.
 * @param path where it lies, as "clips[0].times".
 * @throws ArgumentError for what is of another kind than its form.
 */
export function checkForm(where: string, value: unknown, form: Form, path = ""): void {
  const refuse = (expected: string): never => {
    throw new ArgumentError(`${where}: received ${shown(value, 0)}${path && ` as ${path}`}; expected ${expected}.`);
  };
  if (typeof form === "string") return void (words[form](value) || refuse(form));
  if (Array.isArray(form)) {
    if (!Array.isArray(value)) return refuse("a list");
    return Array.from<unknown>(value).forEach((item, i) =>
      checkForm(where, item, (form as [Form])[0], `${path}[${i}]`),
    );
  }
  if (Object(value) !== value) return refuse(`{ ${keysOf(form).join(", ")} }`);
  const given = value as Readonly<Record<string, unknown>>;
  for (const [key, inner] of Object.entries(form)) {
    for (const name of key === each ? Object.keys(given) : [key.replace("?", "")]) {
      if (given[name] === undefined && key.endsWith("?")) continue;
      checkForm(where, given[name], inner, path ? `${path}.${name}` : name);
    }
  }
}
