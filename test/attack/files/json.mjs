// Changes to the JSON of models that keep its grammar: names, numbers, references and nesting that no program writes.

/** @typedef {import("../support/chance.mjs").Chance} Chance */
/** @typedef {{ holder: any, key: string, value: unknown }} Slot */

/** Names and texts that must stay texts. */
export const oddTexts = [
  ...["", " ", "\0", "a\nb", "\x1b[31m", "\u202etxt.exe", "\ud800", "__proto__", "constructor", "toString", "hasOwnProperty"],
  ...["../../x", "/", "C:\\x", "a/b", "%s%n", "NaN", "Infinity", "1e999", "null", "undefined", "Lambda", "é".repeat(50)],
  ...["x".repeat(160_000), '"'.repeat(1000), "\\".repeat(1000), "[".repeat(5000), "${x}", "<script>alert(1)</script>"],
]; // prettier-ignore

/** Numbers at the ends of their ranges. */
export const oddNumbers = [
  ...[0, -0, -1, 1, 2, 0.5, 1.5, 127, 255, 256, 65_535, 65_536, 2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1],
  ...[2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 2 ** 64, 1e308, -1e308, 5e-324, -(2 ** 31), -(2 ** 53)],
]; // prettier-ignore

/** Every place of a value in a structure, also in one that is nested deeper than functions may be. @returns {Slot[]} */
export function slotsOf(/** @type {any} */ root) {
  /** @type {Slot[]} */
  const slots = [];
  for (const open = [root]; open.length > 0;) {
    const holder = open.pop();
    if (!(holder instanceof Object)) continue;
    for (const key of Object.keys(holder)) {
      slots.push({ holder, key, value: holder[key] });
      open.push(holder[key]);
    }
  }
  return slots;
}

const ofType = (/** @type {any} */ json, /** @type {string} */ type) =>
  slotsOf(json).filter(({ value }) => typeof value === type);

/** Puts a text in place of another wherever that stands, so that references stay whole. */
function renameEverywhere(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const texts = ofType(json, "string");
  if (texts.length === 0) return;
  const { value: from } = chance.of(texts);
  const to = chance.of(oddTexts);
  for (const { holder, key, value } of texts) if (value === from) holder[key] = to;
}

/** Lets a reference name something else of the same model: itself, what comes later, what is twice there. */
function redirect(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const texts = ofType(json, "string");
  if (texts.length === 0) return;
  const { holder, key } = chance.of(texts);
  holder[key] = chance.of(texts).value;
}

function oddNumber(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const numbers = ofType(json, "number");
  if (numbers.length === 0) return;
  const { holder, key } = chance.of(numbers);
  holder[key] = chance.of(oddNumbers);
}

function oddText(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const texts = ofType(json, "string");
  if (texts.length === 0) return;
  const { holder, key } = chance.of(texts);
  holder[key] = chance.of(oddTexts);
}

const isLayer = (/** @type {any} */ value) =>
  value instanceof Object && ("class_name" in value || "className" in value);

/** Wraps a layer into itself, many times: layers that hold layers. */
function nest(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const layers = slotsOf(json).filter(({ value }) => isLayer(value));
  if (layers.length === 0) return;
  const { holder, key, value } = chance.of(layers);
  const isKeras = "class_name" in /** @type {any} */ (value);
  const wrapper = chance.of(["TimeDistributed", "Bidirectional", "Sequential", "RNN"]);
  let inner = value;
  for (let left = chance.of([1, 2, 20, 300, 1000]); left > 0; left--) {
    const config = wrapper === "Sequential" ? { name: `n${left}`, layers: [inner] } : wrapper === "RNN" ? { cell: inner } : { layer: inner };
    inner = isKeras ? { class_name: wrapper, config } : { className: wrapper, config };
  } // prettier-ignore
  holder[key] = inner;
}

/** Repeats an item of a list, often. */
function multiply(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const lists = slotsOf(json).filter(({ value }) => Array.isArray(value) && value.length > 0);
  if (lists.length === 0) return;
  const list = /** @type {any[]} */ (chance.of(lists).value);
  const item = chance.of(list);
  const times = chance.of([1, 2, 100, 5000]);
  list.push(...Array.from({ length: isWritable(item, 4e6 / times) ? times : 1 }, () => item));
}

/** Another kind of value. */
function retype(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const slots = slotsOf(json);
  if (slots.length === 0) return;
  const { holder, key, value } = chance.of(slots);
  const plain = value instanceof Object ? "an object" : value; // one that says what its text is cannot be asked for it
  holder[key] = chance.of([
    ...[null, true, false, [], {}, [[]], [value], { value }, String(plain), Number(plain), [null], -1, "x"],
    ...[
      { length: 3 },
      { class_name: "Dense" },
      { className: "Dense" },
      { class_name: {}, config: [] },
      { toString: 1 },
    ],
  ]);
}

/** Adds what a closed table does not know, and keys that objects have of their own. */
function addKey(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const objects = slotsOf(json).filter(({ value }) => value instanceof Object && !Array.isArray(value));
  if (objects.length === 0) return;
  const target = /** @type {any} */ (chance.of(objects).value);
  const key = chance.of(oddTexts);
  Object.defineProperty(target, key, {
    value: chance.of([1, {}, [], "x", null]),
    enumerable: true,
    configurable: true,
  });
}

function removeKey(/** @type {any} */ json, /** @type {Chance} */ chance) {
  const slots = slotsOf(json);
  if (slots.length === 0) return;
  const { holder, key } = chance.of(slots);
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

const changes = [renameEverywhere, redirect, oddNumber, oddText, nest, multiply, retype, addKey, removeKey];

/** Changes to the text of JSON, which no writer of JSON would make. @type {((text: string, chance: Chance) => string)[]} */
const textChanges = [
  (text) => text.replace(/"(\w+)":/, '"$1":{},"$1":'),
  (text) => text.replace(/\{/, '{"__proto__":{"polluted":true},'),
  (text, chance) => text.replace(/:\s*\d+/, `:${chance.of(["1e999", "-0", "0.1e-999", "9".repeat(400), "01", "NaN"])}`),
  (text, chance) => {
    const depth = chance.of([100, 10_000, 200_000]);
    return text.replace(/:\s*(\d+|"[^"]*")/, `:${"[".repeat(depth)}${"]".repeat(depth)}`);
  },
  (text, chance) => text.slice(0, chance.below(text.length)),
  (text) => `\ufeff${text}`,
  (text) => `${text}{}`,
  (text) => text.replace(/"/, '"\\ud800'),
];

/** More letters than these are not written: changes multiply each other, and the harness needs its memory for the readers. */
const mostLetters = 2 ** 25;
/** `JSON.stringify` descends on the stack. Deeper texts are made by `textChanges`. */
const mostLevels = 4000;

/**
 * Whether JSON has so few letters and no more levels than can be written; parts that stand in several places count in
 * each of them.
 */
export function isWritable(/** @type {unknown} */ json, most = mostLetters) {
  let left = most;
  for (const open = [{ value: json, level: 0 }]; open.length > 0 && left > 0;) {
    const { value, level } = /** @type {{ value: unknown, level: number }} */ (open.pop());
    left -= typeof value === "string" ? value.length + 3 : 4;
    if (!(value instanceof Object)) continue;
    if (level > mostLevels) return false;
    for (const [key, item] of Object.entries(value)) {
      left -= key.length + 3;
      open.push({ value: item, level: level + 1 });
    }
  }
  return left > 0;
}

/** A changed copy of JSON, as text; `title` says how. */
export function oddJson(/** @type {unknown} */ json, /** @type {Chance} */ chance) {
  const root = { root: structuredClone(json) };
  const names = [];
  for (let left = chance.of([1, 1, 1, 2, 3]); left > 0; left--) {
    const change = chance.of(changes);
    change(root, chance);
    names.push(change.name);
  }
  if (!isWritable(root.root))
    return { text: JSON.stringify(json), title: `nothing, as ${names.join(", ")} is too much` };
  let text = JSON.stringify(root.root) ?? "null";
  if (chance.below(6) === 0) {
    const which = chance.below(textChanges.length);
    text = textChanges[which](text, chance);
    names.push(`text ${which}`);
  }
  return { text, title: names.join(", ") };
}
