// Calls of every public function: plausible ones by its types, of which one place is changed.
import { tensor } from "zoetrope";
import * as engine from "zoetrope";
import { describePackage, entries } from "../arguments/types.mjs";
import { isAllowed, isLeftOut } from "../arguments/leftOut.mjs";
import { placesOf, Values } from "../arguments/values.mjs";
import { Finding, isTyped, judge, must } from "../finding.mjs";
import { oneIn } from "../support/chance.mjs";
import { batchOf, smallModel } from "../support/models.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */
/** @typedef {import("../arguments/types.mjs").Target} Target */

export async function prepare() {
  const { types, targets } = describePackage();
  /** @type {Record<string, any>} */
  const modules = {};
  for (const entry of Object.keys(entries)) modules[entry] = await import(entry);
  const witness = await smallModel();
  return {
    types,
    modules,
    targets: targets.filter(({ name }) => !isLeftOut(name)),
    witness,
    expected: await answerOf(witness),
  };
}

/** What a model that no case touches must always answer, bit for bit. */
async function answerOf(/** @type {any} */ model) {
  const y = await model.predict(batchOf(2)[0]);
  try {
    return Array.from(await y.data()).join();
  } finally {
    y.dispose();
  }
}

/** @returns {import("../areas.mjs").Case} */
export function makeCase(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  const target = /** @type {Target} */ (chance.of(shared.targets));
  return { title: `${target.entry}: ${target.name}`, run: () => run(target, chance, shared) };
}

async function run(/** @type {Target} */ target, /** @type {Chance} */ chance, /** @type {any} */ shared) {
  const { buffers } = engine.memory();
  const values = new Values(shared.types, chance);
  const { parameters, rest } = chance.of(target.signatures);
  const [owner, method] = target.name.replace(/^new /, "").split(".");
  let changed = "nothing";
  try {
    const self = method && selfOf(values, shared.modules[target.entry][owner], owner);
    const args = parameters.map(({ name, type }) => values.plausible(type, name));
    if (rest) args.push(...args.pop());
    if (!oneIn(chance, 5)) changed = change(args, values, chance);
    await call(target, self, args, changed, chance, shared);
    if (oneIn(chance, 10)) must((await answerOf(shared.witness)) === shared.expected, "lost", `${target.name} has changed the answers of a model that it was not given`);
  } catch (error) {
    for (const each of values.made.splice(0)) each.dispose();
    const left = engine.memory().buffers - buffers;
    if (left !== 0 && isTyped(error)) {
      throw new Finding("growth", `a refusal leaves ${left} buffers [changed: ${changed}]: ${error.message.slice(0, 200)}`, error); // prettier-ignore
    }
    throw error;
  } finally {
    for (const each of values.made) each.dispose();
  }
} // prettier-ignore

/** The object whose method is called. */
const selfOf = (/** @type {Values} */ values, /** @type {any} */ exported, /** @type {string} */ name) =>
  typeof exported === "function" ? values.instance(name) : exported;

/** Changes one place of the arguments; says which. */
function change(/** @type {any[]} */ args, /** @type {Values} */ values, /** @type {Chance} */ chance) {
  const places = placesOf(args);
  if (places.length === 0 || oneIn(chance, 12)) {
    args.push(values.odd(undefined));
    return "one argument more";
  }
  const { holder, key, path } = chance.of(places);
  const way = chance.below(8);
  if (way === 0) delete holder[key];
  else if (way === 1 && !Array.isArray(holder))
    holder[chance.of(["unknown", "__proto__ ", "x".repeat(2000), "Units"])] = holder[key]; // prettier-ignore
  else holder[key] = values.odd(holder[key]);
  return path;
}

/** Calls, and uses the result. */
async function call(
  /** @type {Target} */ { entry, name },
  /** @type {any} */ self,
  /** @type {any[]} */ args,
  /** @type {string} */ changed,
  /** @type {Chance} */ chance,
  /** @type {any} */ shared,
) {
  const [owner, method] = name.replace(/^new /, "").split(".");
  if (method && typeof self?.[method] !== "function") return;
  try {
    const f = shared.modules[entry][owner];
    const result = method ? self[method](...args) : name.startsWith("new ") ? new f(...args) : f(...args);
    await use(await settled(result), chance);
  } catch (error) {
    const { outcome, message } = judge(error);
    if (isAllowed(name, message)) return;
    if (outcome === "untyped") throw new Finding("untyped", `${message} [changed: ${changed}]`, error);
    throw error;
  }
}

/** The result of a promise, or the first values of an iterator. */
async function settled(/** @type {any} */ result) {
  const value = await result;
  if (!value?.[Symbol.asyncIterator]) return value;
  const iterator = value[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.return?.();
  return undefined;
}

/** Disposes what a call has made; a layer is called first. */
async function use(/** @type {any} */ result, /** @type {Chance} */ chance) {
  try {
    if (typeof result === "function" && result instanceof engine.Layer) await apply(result, chance);
  } finally {
    disposeAll(result);
  }
}

/** Calls a layer with a tensor of any rank. */
async function apply(/** @type {any} */ layer, /** @type {Chance} */ chance) {
  const shape = chance.of([[2, 3], [2, 4, 3], [1, 6, 6, 2], [1, 3, 6, 6, 2]]); // prettier-ignore
  const x = tensor(new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5), shape);
  try {
    disposeAll(await layer(x));
  } catch (error) {
    if (!isTyped(error)) throw error;
  } finally {
    x.dispose();
  }
}

/** Disposes tensors, and those of layers, in a result of any form. */
function disposeAll(/** @type {any} */ value, depth = 0) {
  if (!(value instanceof Object) || depth > 3) return;
  if (value instanceof engine.Tensor) return void (value.isDisposed || value.dispose());
  if (value instanceof engine.Layer) {
    value.optimizer?.dispose();
    value.resetStates?.();
    for (const weight of value.weights) weight.dispose();
    return undefined;
  }
  if (value instanceof engine.Optimizer) return value.dispose();
  if (ArrayBuffer.isView(value)) return undefined;
  for (const each of value instanceof Map ? value.values() : Object.values(value)) disposeAll(each, depth + 1);
}
