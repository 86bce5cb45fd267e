/** Building models from plain data, as `getConfig` returns it. */
import { layerFrom } from "../registry.js";
import { ArgumentError } from "../errors.js";
import type { Layer, SymbolicTensor } from "../layer.js";
import { showValue } from "./json.js";
import { adoptSemantics, tellSemantics } from "./semantics/adopt.js";
import { Input, InputLayer } from "../layers/input.js";
import { type GraphConfig, ModelLayer } from "../model.js";

/**
 * A tensor by its number (see `getConfig`), or as [call, output index], which needs no knowledge of how many outputs
 * the calls before it have.
 */
export type GraphReference = number | readonly [call: number, result: number];

type GraphOptions = { -readonly [Key in keyof GraphConfig]: GraphConfig[Key] } & { Class: typeof ModelLayer };

/** Makes the layers of a model and repeats their calls. @throws ArgumentError for whatever does not fit together. */
export function readGraph(config: Record<string, unknown>): ModelLayer {
  const { layers, inputs, calls, outputs, givesList, Class, semantics, ...rest } = checkedParts(config);
  const made = new Map<string, Layer>();
  try {
    for (const described of layers) {
      const layer = layerFrom(described);
      if (made.has(layer.name)) throw new ArgumentError(`fromConfig: two layers are named "${layer.name}".`);
      made.set(layer.name, layer);
      layer.isInside = true; // nobody else holds it
    }
    checkCalls(calls, made);
    const tensors = inputs.map((input) => inputTensor(input, made));
    const results: SymbolicTensor[][] = [];
    const pick = (references: readonly GraphReference[]) =>
      references.map((at) =>
        known(Array.isArray(at) ? results[at[0]]?.[at[1]] : tensors[at as number], `tensor ${at}`),
      );
    for (const call of calls) {
      const layer = known(made.get(call.layer), `layer "${call.layer}"`);
      const given = pick(call.inputs);
      const result = [layer.apply(call.takesList ? given : given[0], callOptions(call.options))].flat();
      results.push(result as SymbolicTensor[]);
      tensors.push(...(result as SymbolicTensor[]));
    }
    const given = pick(outputs);
    const options = { ...rest, inputs: tensors.slice(0, inputs.length), outputs: givesList ? given : given[0] };
    const model = new Class(options);
    return tellSemantics(semantics === undefined ? model : adoptSemantics(model, semantics));
  } catch (error) {
    for (const layer of made.values()) for (const weight of layer.weights) weight.dispose();
    throw error;
  }
}

/** @throws ArgumentError where a part is not of the kind that `getConfig` gives. */
function checkedParts(config: Record<string, unknown>): GraphOptions {
  const { layers, inputs, calls, outputs } = config;
  for (const [name, list] of Object.entries({ layers, inputs, calls, outputs })) {
    for (const item of checkList(name, list))
      checkKind(`one of the ${name}`, item, name === "outputs" || item instanceof Object, "an object"); // prettier-ignore
  }
  for (const { config: given } of layers as { config?: { name?: unknown } }[]) checkKind("the name of a layer", given?.name, ["string", "undefined"].includes(typeof given?.name), "a text"); // prettier-ignore
  for (const { shape } of inputs as GraphConfig["inputs"]) checkList("the shape of an input", shape);
  for (const call of calls as GraphConfig["calls"]) {
    checkList("the inputs of a call", call.inputs);
    checkKind("the options of a call", call.options, call.options === undefined || (call.options as unknown) instanceof Object, "an object"); // prettier-ignore
  }
  return config as GraphOptions;
}

function checkKind(what: string, value: unknown, isRight: boolean, expected: string): void {
  if (!isRight) throw new ArgumentError(`fromConfig: ${what}: ${showValue(value)}; expected ${expected}.`);
}

function checkList(what: string, value: unknown): unknown[] {
  checkKind(what, value, Array.isArray(value), "a list");
  return value as unknown[];
}

/**
 * A short file of nested models, each of which calls the next one twice, could ask for an exponential number of calls.
 */
export const maxCalls = 2 ** 16;

/** How many calls of layers one call of a layer makes, itself and those inside it. `counted`: what is known already. */
export function numCalls(layer: Layer, counted = new Map<Layer, number>()): number {
  const known = counted.get(layer);
  if (known !== undefined) return known;
  const inside = layer instanceof ModelLayer ? layer.graph.map((call) => call.layer) : layer.sublayers;
  const own = layer instanceof ModelLayer ? 0 : 1;
  const count = inside.reduce((sum, each) => sum + numCalls(each, counted), own);
  counted.set(layer, count);
  return count;
}

/** @throws ArgumentError for a model whose file `readGraph` would refuse. */
export function checkCallsToWrite(where: string, model: ModelLayer): void {
  const total = numCalls(model);
  if (total <= maxCalls) return;
  throw new ArgumentError(`${where}: one call comes to ${total} calls of layers; a file may have ${maxCalls}.`);
}

function checkCalls(calls: GraphConfig["calls"], made: ReadonlyMap<string, Layer>): void {
  const counted = new Map<Layer, number>();
  const count = ({ layer }: GraphConfig["calls"][number]) =>
    numCalls(known(made.get(layer), `layer "${layer}"`), counted);
  const total = calls.reduce((sum, call) => sum + count(call), 0);
  if (total <= maxCalls) return;
  throw new ArgumentError(`fromConfig: one call comes to ${total} calls of layers; at most ${maxCalls} are read.`);
}

/** The tensor of an Input among the layers; a new Input where the network was cut. */
function inputTensor({ shape, name }: GraphConfig["inputs"][number], made: ReadonlyMap<string, Layer>): SymbolicTensor {
  const layer = made.get(name);
  if (layer instanceof InputLayer) return layer.output;
  const [batchSize, ...sample] = shape;
  return Input(layer ? { shape: sample, batchSize } : { shape: sample, batchSize, name });
}

/** The kinds of the options of calls, under the names that they have in files. */
const callOptionKinds: Readonly<Record<string, string>> = {
  training: "boolean",
  steps: "number",
  useCausalMask: "boolean",
  returnAttentionScores: "boolean",
  attentionMask: "boolean",
  reverse: "boolean",
};

function callOptions(options: GraphConfig["calls"][number]["options"] = {}) {
  const own = Object.keys(callOptionKinds).slice(2);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [key, value] of given) {
    if (typeof value === (Object.hasOwn(callOptionKinds, key) && callOptionKinds[key])) continue;
    throw new ArgumentError(
      `fromConfig: call option ${key} is ${showValue(value)}; only training and steps are kept, and ${own.join(", ")}.`,
    );
  }
  const { steps, ...rest } = Object.fromEntries(given) as { steps?: number };
  return steps === undefined ? rest : { ...rest, timeSteps: steps };
}

function known<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new ArgumentError(`fromConfig: a call or output names ${what}, which does not exist.`);
}
