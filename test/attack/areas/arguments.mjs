// Calls of every public function: plausible ones by its types, of which one place is changed.
import * as engine from "zoetrope";
import { describePackage, entries } from "../arguments/types.mjs";
import { hintFor, makeFiles } from "../arguments/hints.mjs";
import { isAllowed, isLeftOut } from "../arguments/leftOut.mjs";
import { disposeAll, inputTensors } from "../arguments/objects.mjs";
import { recordCalls } from "../arguments/recordedCalls.mjs";
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
  await recordCalls();
  await makeFiles();
  const witness = await smallModel();
  return {
    types,
    modules,
    targets: byWeight(targetsOf(modules, targets)),
    makers: new Map(targets.filter(({ kind }) => kind === "function").map((target) => [`${target.entry}: ${target.owner}`, target])),
    witness,
    expected: await answerOf(witness),
  };
} // prettier-ignore

/** Targets as often as they are to be tried: methods that many classes have are tried less often in each. @returns {Target[]} */
function byWeight(/** @type {Target[]} */ targets) {
  /** @type {Record<string, number>} */
  const owners = {};
  const kindOf = (/** @type {Target} */ { kind, member, name }) => (member ? `${kind} ${member}` : name);
  for (const target of targets) owners[kindOf(target)] = (owners[kindOf(target)] ?? 0) + 1;
  return targets.flatMap((target) => Array(Math.ceil(12 / Math.min(12, owners[kindOf(target)]))).fill(target));
}

/** What is called. */
const targetsOf = (/** @type {Record<string, any>} */ modules, /** @type {Target[]} */ targets) =>
  targets.filter(({ entry, owner, name }) => owner in modules[entry] && !isLeftOut(name));

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
  return { title: titleOf(target), run: () => run(target, chance, shared) };
}

const titleOf = (/** @type {Target} */ { entry, name }) => `${entry}: ${name}`;

/** The titles of all cases. */
export async function titles() {
  const { targets } = describePackage();
  /** @type {Record<string, any>} */
  const modules = {};
  for (const entry of Object.keys(entries)) modules[entry] = await import(entry);
  return targetsOf(modules, targets).map(titleOf);
}

async function run(/** @type {Target} */ target, /** @type {Chance} */ chance, /** @type {any} */ shared) {
  const { buffers } = engine.memory();
  const values = new Values(shared.types, chance);
  const signature = chance.of(target.signatures);
  let changed = "nothing";
  try {
    const self = await selfOf(target, values, shared);
    const args = argsOf(signature, values, await hintFor(target, values, self));
    if (!oneIn(chance, 5)) changed = change(args, values, chance);
    await call(target, self, args, changed, chance, shared);
    if (oneIn(chance, 10)) must((await answerOf(shared.witness)) === shared.expected, "lost", `${target.name} has changed the answers of a model that it was not given`);
  } catch (error) {
    values.end();
    if (isAllowed(target.name, judge(error).message)) throw new Finding("typed", judge(error).message);
    const left = engine.memory().buffers - buffers;
    if (left !== 0 && isTyped(error)) {
      throw new Finding("growth", `a refusal leaves ${left} buffers [changed: ${changed}]: ${error.message.slice(0, 200)}`, error); // prettier-ignore
    }
    throw error;
  } finally {
    values.end();
  }
} // prettier-ignore

/** Arguments by their types, after those that are given. */
function argsOf(
  /** @type {Target["signatures"][0]} */ { parameters, rest },
  /** @type {Values} */ values,
  /** @type {any[]} */ given = [],
) {
  const args = parameters.map(({ name, type }, i) => (i < given.length ? given[i] : values.plausible(type, name)));
  if (rest && given.length < parameters.length) args.push(...args.pop());
  return args;
}

/** The object whose method is called; undefined where the export itself is called. */
async function selfOf(/** @type {Target} */ { entry, owner, kind }, /** @type {Values} */ values, /** @type {any} */ shared) {
  if (kind === "function" || kind === "new") return undefined;
  const exported = shared.modules[entry][owner];
  if (kind === "result") {
    const isLayer = `${owner}Layer` in shared.modules[entry];
    const maker = shared.makers.get(`${entry}: ${owner}`);
    const self = isLayer ? values.instance(`${owner}Layer`) : await exported(...argsOf(values.chance.of(maker.signatures), values, await hintFor(maker, values, undefined)));
    if (owner === "Sequential" || owner === "Model") return values.instance("ModelLayer");
    if (!isLayer) values.made.push({ dispose: () => disposeAll(self) });
    if (self && "onEpochEnd" in self && values.chance.below(4) > 0) self.model = values.instance("ModelLayer");
    return self;
  }
  return typeof exported === "function" ? values.instance(owner) : exported;
} // prettier-ignore

/** Changes one place of the arguments; says which. */
function change(/** @type {any[]} */ args, /** @type {Values} */ values, /** @type {Chance} */ chance) {
  const places = placesOf(args);
  if (places.length === 0 || oneIn(chance, 12)) {
    args.push(values.odd(undefined));
    return "one argument more";
  }
  const { holder, key, path } = chance.of(places);
  const way = chance.below(8);
  // Some lists are frozen, as shapes of tensors: those stay.
  if (way === 0) Reflect.deleteProperty(holder, key);
  else if (way === 1 && !Array.isArray(holder))
    Reflect.set(holder, chance.of(["unknown", "__proto__ ", "x".repeat(2000), "Units"]), holder[key]); // prettier-ignore
  else Reflect.set(holder, key, values.odd(holder[key]));
  return path;
}

/** Calls, and uses the result. */
async function call(
  /** @type {Target} */ { entry, owner, name, kind, member },
  /** @type {any} */ self,
  /** @type {any[]} */ args,
  /** @type {string} */ changed,
  /** @type {Chance} */ chance,
  /** @type {any} */ shared,
) {
  try {
    const f = shared.modules[entry][owner];
    if (kind === "setter") Object(self)[/** @type {string} */ (member)] = args[0];
    else if (kind === "new") await use(new f(...args), chance);
    else if (kind === "function") await use(await settled(f(...args)), chance);
    else {
      const work = member === undefined ? self : self?.[member];
      if (typeof work !== "function") throw new Finding("typed", "this one does not have it");
      await use(await settled(member === undefined ? self(...args) : self[member](...args)), chance);
    }
  } catch (error) {
    const { outcome, message } = judge(error);
    if (isAllowed(name, message)) throw new Finding("typed", message);
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

/** Calls a layer with what it takes, or with a tensor of any rank. */
async function apply(/** @type {any} */ layer, /** @type {Chance} */ chance) {
  const xs = inputTensors(layer, chance.of([[2, 3], [2, 4, 3], [1, 6, 6, 2], [1, 3, 6, 6, 2]])); // prettier-ignore
  try {
    disposeAll(await layer(xs.length === 1 ? xs[0] : xs));
  } catch (error) {
    if (!isTyped(error)) throw error;
  } finally {
    disposeAll(xs);
  }
}
