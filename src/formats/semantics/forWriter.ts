/** Puts what a writer meant into the description of a model that it wrote: one walk through all calls, with their masks. */
import { FileError } from "../../errors.js";
import type { Named } from "../../named.js";
import { endsMask } from "../endsMask.js";
import type { GraphReference } from "../graph.js";
import type { Writer } from "./writers.js";

/** A mask that a tensor carries, by the layer where it comes from; undefined for none. */
type Mask = object | undefined;

/** How often a layer is called, and how often it is called once more for its mask alone, in one step of training. */
interface Runs {
  readonly calls: number;
  readonly forMasks: number;
  /** The calls that may still be visited: a short file of nested models could ask for an exponential number. */
  readonly limit: { left: number };
}
const maxCalls = 2 ** 16;

type Config = Record<string, unknown>;

interface Graph extends Config {
  readonly layers: readonly Named[];
  readonly calls: readonly { readonly layer: string; readonly inputs: readonly GraphReference[] }[];
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly GraphReference[];
}

/**
 * Changes the description of a model, as `fromKerasConfig` makes it, to what its writer meant: options that mean something
 * else, and `semantics` (see table.ts) of layers where these make a difference. Of masks, these are layers that one can reach.
 * @throws FileError where one call of the model comes to too many calls of layers.
 */
export function putIntoEffect(writer: Writer, model: Named): void {
  walk(writer, model, [], { calls: 1, forMasks: 0, limit: { left: maxCalls } });
}

/** Visits a call of a layer on tensors with these masks, and returns the mask of its result. */
function walk(writer: Writer, described: Named, masks: readonly Mask[], runs: Runs): Mask {
  if (--runs.limit.left < 0) throw new FileError(`one call comes to ${maxCalls} calls of layers, and more.`);
  const { className } = described;
  const config = described.config as Config;
  const visit = visits[className] as Visit | undefined;
  if (visit) return visit({ writer, config, masks, runs });
  return endsMask(className, config) ? undefined : masks[0];
}

interface Call {
  readonly writer: Writer;
  readonly config: Config;
  readonly masks: readonly Mask[];
  readonly runs: Runs;
}
type Visit = (call: Call) => Mask;

function mean(config: Config, name: string, value: unknown): void {
  config.semantics = { ...(config.semantics as object | undefined), [name]: value };
}

// ── layers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @param isPlain whether only the masks differ: tensors that have one mask in common then have it afterwards. */
const join =
  (isPlain: boolean): Visit =>
  ({ writer, config, masks }) => {
    const given = masks.filter((mask) => mask);
    if (given.length === 0) return undefined;
    if (writer.joinedMasks === "none") {
      mean(config, "joinedMasks", "none");
      return undefined;
    }
    const isOne = masks.every((mask) => mask === given[0]);
    if (writer.joinedMasks === "all" && !(isOne && isPlain)) mean(config, "joinedMasks", "all");
    if (isOne) return given[0];
    return writer.joinedMasks === "all" || given.length === masks.length ? {} : undefined;
  };

const concatenate: Visit = (call) =>
  join(true)(call) ?? (call.masks.some((mask) => mask) && call.writer.joinedMasks !== "none" ? {} : undefined);

const recur: Visit = ({ writer, config, masks: [mask] }) => {
  if (!mask || config.returnSequences !== true) return undefined;
  if (writer.recurrentMasks === "incoming") return mask;
  mean(config, "masks", "none");
  return undefined;
};

const gate: Visit = (call) => {
  if (!call.writer.resetAfter) call.config.resetAfter ??= false;
  return recur(call);
};

const both: Visit = ({ writer, config, masks, runs }) => {
  const inner = config.layer as Named;
  const { returnSequences } = inner.config as Config;
  for (const child of [inner, config.backwardLayer as Named | undefined]) {
    if (child) walk(writer, child, [], runs);
  }
  if (masks[0] && returnSequences === true && writer.bidirectionalOutputs === "repeated") {
    mean(config, "outputs", "repeated");
  }
  const own: Config = { returnSequences };
  const mask = recur({ writer, config: own, masks, runs });
  if (own.semantics) mean(config, "masks", "none");
  return mask;
};

const cells: Visit = ({ writer, config, masks, runs }) => {
  for (const cell of [config.cell, config.cells].flat() as (Named | undefined)[]) {
    if (cell) walk(writer, cell, [], runs);
  }
  return recur({ writer, config, masks, runs });
};

const distribute: Visit = ({ writer, config, masks: [mask], runs }) => {
  const { calls, forMasks, limit } = runs;
  if (writer.statistics === "clip") config.statistics = "clip";
  const inside = { calls, forMasks: writer.runsForMasks ? calls + forMasks : forMasks, limit };
  const inner = walk(writer, config.layer as Named, [mask], inside);
  if (writer.timeDistributedMasks === "incoming" || (!mask && !inner)) return mask;
  if (writer.timeDistributedMasks === "none") {
    if (mask) mean(config, "masks", "none");
    return undefined;
  }
  if (inner !== mask) mean(config, "masks", "inner");
  return inner ?? mask;
};

const normalize: Visit = ({ writer, config, masks: [mask], runs: { calls } }) => {
  if (writer.movingVariance !== "population") mean(config, "movingVariance", writer.movingVariance);
  if (mask && writer.normalizationMasks !== "used") mean(config, "masks", writer.normalizationMasks);
  if (calls > 1) mean(config, "updates", calls);
  return mask;
};

/** A model; runs for its mask run all of its layers. */
const graph: Visit = ({ writer, config, masks, runs: { calls, forMasks, limit } }) => {
  const { layers, inputs, outputs, calls: nodes } = config as Graph;
  const named = new Map(layers.map((layer) => [(layer.config as Config).name, layer]));
  const isLatest = writer.modelMasks === "latest";
  const given = inputs.map((_, i) => (isLatest ? undefined : masks[i]));
  const results: Mask[] = [];
  const at = (place: GraphReference) => (Array.isArray(place) ? results[place[0]] : given[place as number]);
  const runs = { calls: calls + forMasks, forMasks: 0, limit };
  let latest = isLatest && masks.some((mask) => mask);
  let isHanded = false;
  for (const { layer, inputs: read } of nodes) {
    const described = named.get(layer)!;
    const own = read.map(at);
    isHanded ||= latest && !own[0] && reads(described);
    latest ||= isLatest && own.some((mask) => mask);
    const isModel = visits[described.className] === graph;
    results.push(walk(writer, described, isModel && latest ? [own[0] ?? {}] : own, runs));
  }
  // In another order of calls the latest mask may come from a layer that comes later here.
  const isAnywhere = latest || results.some((mask) => mask);
  const isMissing = nodes.some(({ layer, inputs: read }) => !at(read[0]) && reads(named.get(layer)!));
  const ends = outputs.map(at);
  if (!isLatest) return ends.find((mask) => mask);
  if (isHanded || (isAnywhere && isMissing) || ends.some((mask) => mask)) mean(config, "masks", "latest");
  return undefined;
};

/** Whether a layer reads a mask that it is given although its input has none, or a layer inside it does. */
function reads({ className, config }: Named): boolean {
  const { layers, layer } = config as { layers?: readonly Named[]; layer?: Named };
  if (/RNN|LSTM|GRU|Bidirectional/.test(className)) return true;
  return layers?.some(reads) ?? (layer !== undefined && reads(layer));
}

const visits: Readonly<Record<string, Visit>> = {
  Functional: graph,
  Sequential: graph,
  Add: join(true),
  Subtract: join(true),
  Average: join(true),
  Multiply: join(false),
  Maximum: join(false),
  Minimum: join(false),
  Concatenate: concatenate,
  SimpleRNN: recur,
  LSTM: recur,
  GRU: gate,
  GRUCell: gate,
  ConvLSTM1D: recur,
  ConvLSTM2D: recur,
  ConvLSTM3D: recur,
  RNN: cells,
  StackedRNNCells: cells,
  Bidirectional: both,
  TimeDistributed: distribute,
  BatchNormalization: normalize,
  Masking: () => ({}),
  Embedding: ({ config: { maskZero } }) => (maskZero === true ? {} : undefined),
  GlobalAveragePooling1D({ writer, config, masks: [mask] }) {
    if (mask && writer.poolingMasks === "ignored") mean(config, "masks", "ignored");
    return undefined;
  },
  Rescaling({ writer, config, masks: [mask] }) {
    if (!mask || writer.rescalingMasks === "incoming") return mask;
    mean(config, "masks", "none");
    return undefined;
  },
  UpSampling2D({ writer, config }) {
    if (config.interpolation === "bilinear" && writer.bilinear === "corners") mean(config, "bilinear", "corners");
    return undefined;
  },
  Reshape({ writer, config }) {
    const { targetShape } = config;
    if (writer.nullSizes && Array.isArray(targetShape)) config.targetShape = targetShape.map((n: unknown) => n ?? -1);
    return undefined;
  },
};
