// Calls of ops as the tests of their gradients make them: plausible ones, which shapes by chance never are.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as engine from "zoetrope";
import * as ops from "../../../dist/ops/index.js";
import { buildFolder, importTypeScript } from "../support/typescript.mjs";

/** How many calls of an op are kept. */
const most = 12;

/** The arguments of calls, with descriptions in place of tensors. @type {Map<string, any[][]>} */
const calls = new Map();

/** Stands for a tensor in a recorded call. */
class Described {
  constructor(/** @type {readonly number[]} */ shape) {
    this.shape = shape;
  }
}

/** A copy of arguments in which `change` has replaced values; undefined leaves them. */
function copied(/** @type {any} */ value, /** @type {(value: any) => any} */ change) {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value)) return value.map((item) => copied(item, change));
  if (Object(value) !== value || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item, change)]));
}

function record(/** @type {string} */ name, /** @type {any[]} */ args) {
  const known = calls.get(name) ?? [];
  calls.set(name, known);
  if (known.length < most) known.push(copied(args, (x) => (x instanceof engine.Tensor ? new Described(x.shape) : undefined)));
} // prettier-ignore

/** The ops, each of which first notes how it is called. */
function writeRecorder() {
  const names = Object.keys(ops).filter((name) => typeof (/** @type {any} */ (ops)[name]) === "function");
  const from = new URL("../../../dist/ops/index.js", import.meta.url).href;
  const line = (/** @type {string} */ name) =>
    `export const ${name} = (...args) => (globalThis.recordOp?.("${name}", args), ops.${name}(...args));`;
  mkdirSync(buildFolder, { recursive: true });
  const file = join(buildFolder, "recordedOps.mjs");
  writeFileSync(file, `import * as ops from ${JSON.stringify(from)};\n${names.map(line).join("\n")}\n`);
  return pathToFileURL(file).href;
}

/** Runs the cases of the gradients once, and notes the calls in them. */
export async function recordCalls() {
  const cases = await importTypeScript("test/support/cases/gradients.ts", { "ops/index.js": writeRecorder() });
  Object.assign(globalThis, { recordOp: record });
  try {
    for (const row of Object.values({ ...cases.gradientRows, ...cases.noGradient }).flat()) {
      engine.scope(() => {
        row.f(...row.inputs.map((/** @type {any} */ { shape, low }) => engine.full(shape, Math.max(low ?? 0, 0.5))));
      });
    }
  } finally {
    Object.assign(globalThis, { recordOp: undefined });
  }
}

/**
 * Arguments of a call of an op; undefined where none is known.
 * @param {string} name
 * @param {import("../support/chance.mjs").Chance} chance
 * @param {(shape: readonly number[]) => any} makeTensor
 * @returns {any[] | undefined}
 */
export function recordedCall(name, chance, makeTensor) {
  const known = calls.get(name);
  return known && copied(chance.of(known), (x) => (x instanceof Described ? makeTensor(x.shape) : undefined));
}
