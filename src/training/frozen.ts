/**
 * `fit({ cacheFrozen: true })`: the layers before the first one that training changes are computed once for each sample, and
 * the rest of the model is trained on their outputs, as is usual where a head is trained on a network that was trained before.
 */
import { ArgumentError } from "../errors.js";
import type { Layer, LayerNode, SymbolicTensor } from "../layer.js";
import { ownClasses } from "../layer/classes.js";
import { isDrawing, isStateful, layersIn } from "../layer/tree.js";
import { transaction } from "../scope.js";
import type { Shape } from "../shape.js";
import { asTensor, type HostArray, type Tensor, type TypedArray } from "../tensor.js";
import { type DataList, hostSamples, pick, readyBatch, sampleBatches, type Samples, type Value } from "./data.js";
import type { Progress } from "./progress.js";
import type { ModelPart, TrainedModel } from "./trainedModel.js";

/** A model in two parts. The parts share its layers and weights. */
export interface FrozenSplit {
  /** The part that is trained. */
  readonly head: TrainedModel;
  /** Computes what the head reads for samples, batch by batch. */
  features(x: DataList, options: FeatureOptions): Promise<DataList>;
  /** @throws ArgumentError where what was frozen has changed, so that the outputs that are kept are no longer true. */
  check(): void;
  /** Ends the parts, and leaves the model as it was. */
  dispose(): void;
}

/** How `features` runs. */
export interface FeatureOptions {
  /** What the samples are for, in the line of progress. */
  readonly title: string;
  readonly batchSize: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly progress: Progress;
}

/**
 * Cuts a model behind the calls that training does not change.
 * @throws ArgumentError where no call of a layer with weights is before the first that it changes, or nothing is left to train.
 */
export function splitFrozen(where: string, model: TrainedModel): FrozenSplit {
  const calls = frozenCalls(model);
  const made = new Set(calls.flatMap(({ outputs }) => outputs));
  const rest = model.graph.filter((call) => !calls.includes(call));
  const isBefore = (x: SymbolicTensor) => made.has(x) || model.inputs.includes(x);
  const cut = [...new Set([...rest.flatMap(({ inputs }) => inputs), ...model.outputs].filter(isBefore))];
  const computed = cut.filter((x) => made.has(x));
  const isIdle = model.trainableWeights.length === 0;
  if (isIdle || computed.length === 0 || !calls.some(({ layer }) => layer.weights.length > 0)) {
    throw new ArgumentError(
      `${where}: cacheFrozen, but ${isIdle ? "no layer is left to train" : "no frozen layer comes before those that are trained"}; set layer.trainable = false on the layers to keep as they are, and on no others.`,
    );
  }
  const [body, head] = [partOf(where, model, model.inputs, computed), partOf(where, model, cut, model.outputs)];
  head.needCompiled = (place) => model.needCompiled(place);
  const versions = versionsOf(calls);
  return {
    head,
    async features(x, options) {
      const samples = await hostSamples(readyBatch(where, [x], model));
      refuseMasks(where, body, samples);
      const kept = await computeAll(body, samples, options);
      return cut.map((at) => (made.has(at) ? kept[computed.indexOf(at)] : samples.x[model.inputs.indexOf(at)]));
    },
    check() {
      const [now, before] = [versionsOf(frozenCalls(model)), versions];
      const changed = [...before.keys()].find((layer) => now.get(layer) !== before.get(layer));
      if (!changed) return;
      throw new ArgumentError(
        `${where}: ${changed.label} was changed while its outputs are cached; change it between two fits, or leave cacheFrozen out.`,
      );
    },
    dispose() {
      body.dispose();
      head.dispose();
    },
  };
}

/** The model between other tensors of its graph. @throws ArgumentError where it does not compute its graph. */
function partOf(
  where: string,
  model: TrainedModel,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): ModelPart {
  const part = model.part(inputs, outputs);
  if (part) return part;
  throw new ArgumentError(`${where}: cacheFrozen, but the model has a \`call\` of its own; leave it out.`);
}

// ── what is frozen ────────────────────────────────────────────────────────────────────────────────────────────────────

/** The calls that give the same in every step: they depend on inputs and on each other alone. */
function frozenCalls(model: TrainedModel): LayerNode[] {
  const fixed = new Set(model.inputs);
  return model.graph.filter(({ layer, inputs, outputs }) => {
    const isFixed = inputs.every((x) => fixed.has(x)) && isFrozen(layer);
    if (isFixed) for (const x of outputs) fixed.add(x);
    return isFixed;
  });
}

/**
 * Whether a layer computes the same in training as otherwise, each time, and training does not change it. Of a layer of a user
 * this is known only where it says `pure = true`.
 */
const isFrozen = (layer: Layer): boolean =>
  layersIn(layer).every((each) => {
    const inner = new Set(each.sublayers.flatMap(({ weights }) => weights));
    const hasOwnWeights = each.weights.some((weight) => !inner.has(weight));
    // Batch norm without scale and shift has moving statistics still.
    const isChanged = (hasOwnWeights && each.trainable) || isStateful(each);
    return (
      !isChanged && !isDrawing(each) && !each.activityRegularizer && (each.pure ?? ownClasses.has(each.constructor))
    );
  });

/** How often the weights of each layer have been written. */
const versionsOf = (calls: readonly LayerNode[]): Map<Layer, number> =>
  new Map(
    calls.map(({ layer }) => [layer, layer.weights.reduce((sum, { buffer }) => sum + buffer.root.version, 0)] as const),
  );

// ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** @throws ArgumentError where a mask would be lost. */
function refuseMasks(where: string, body: ModelPart, samples: Samples): void {
  transaction(() => {
    const masked = body.compute(pick(samples, 0, 1).x.map(asTensor)).findIndex(({ mask }) => mask);
    if (masked < 0) return;
    const { label } = body.outputs[masked].node.layer;
    throw new ArgumentError(`${where}: cacheFrozen, but ${label} gives a mask, which is not kept; leave it out.`);
  });
}

/** Computes the outputs of a model for all samples, layer by layer as training does, so that the numbers are the same. */
async function computeAll(body: ModelPart, samples: Samples, options: FeatureOptions): Promise<HostArray[]> {
  const { title, batchSize = 32, signal, progress } = options;
  progress.begin(title, Math.ceil(samples.size / batchSize));
  const kept: HostArray[] = [];
  let done = 0;
  for (const { x, size } of sampleBatches(samples, batchSize)) {
    const outputs = [await body.predict(x as Value[], { batchSize: size, plan: false, signal })].flat();
    try {
      const read = await Promise.all(outputs.map((y) => y.data()));
      for (const [i, values] of read.entries()) {
        const [, ...row] = outputs[i].shape;
        kept[i] ??= emptyList(values, samples.size / size, [samples.size, ...row]);
        (kept[i].data as Float32Array).set(values, (values.length / size) * done);
      }
    } finally {
      for (const y of outputs) (y as Tensor).dispose();
    }
    done += size;
    progress.update(Math.ceil(done / batchSize), { samples: done });
  }
  progress.end({ samples: done });
  return kept;
}

/** A list for `times` as many elements as `values` has, of their kind. */
function emptyList(values: TypedArray, times: number, shape: Shape): HostArray {
  const List = values instanceof Float64Array ? Float64Array : Float32Array;
  return { data: new List(values.length * times), shape };
}
