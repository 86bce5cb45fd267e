/**
 * Exporting models to ONNX (https://onnx.ai), which other runtimes read: onnxruntime, OpenVINO, and by converters Core
 * ML, TensorRT.
 */
import { ArgumentError, checkOptions, shown } from "../../errors.js";
import { type ComputeOptions, Layer, type SymbolicTensor } from "../../layer.js";
import { withoutChannels } from "../../layers/channelsFirst.js";
import {
  BidirectionalLayer,
  RecurrentLayer,
  SpectralNormalizationLayer,
  TimeDistributedLayer,
  UpSampling2DLayer,
} from "../../layers/index.js";
import { ModelLayer } from "../../model.js";
import type { PartialShape } from "../../shape.js";
import { addAttention, isAttention } from "./attention.js";
import { GraphBuilder, type Value } from "./builder.js";
import { type ExportContext, refuse, LayerWriters } from "./context.js";
import { addConvolutions } from "./convolutions.js";
import { fold } from "./fold.js";
import { addFrames } from "./frames.js";
import { encodeModel, type Port } from "./proto.js";
import { addJoins } from "./joins.js";
import { addNormalizations } from "./normalizations.js";
import { addApplicationLayers } from "./applicationLayers.js";
import { addOperations } from "./operations.js";
import { addPooling } from "./pooling.js";
import { addResizing } from "./resizing.js";
import { addShapeLayers } from "./shapes.js";
import { addRecurrentLayers } from "./recurrent.js";
import { addSimpleLayers } from "./simple.js";
import { meaningsOf, valueOf } from "../semantics/adopt.js";

/** Options of `exportOnnx`. */
export interface OnnxOptions {
  /** The version of ONNX's set of operations, 13 to 22, 17 by default. */
  opset?: number;
  /** The size of the batch, or null for any size; by default the one of the inputs, which is mostly null. */
  batch?: number | null;
  /**
   * Whether the graph computes one time step, false by default. Its inputs are then one step [batch, ...] and, for each
   * recurrent layer, the states `NAME_h` and `NAME_c`; its outputs are the prediction and the states after the step,
   * `NAME_h_next` and `NAME_c_next`.
   */
  step?: boolean;
}

/**
 * Exports a model for predictions as an ONNX file with its weights as 32-bit floats, and returns the bytes. Inputs,
 * outputs and states have the names and shapes of their layers, channels last, and are 32-bit floats, the indices of an
 * Embedding too. Batch normalization after a convolution is folded into its weights; the time axis under
 * TimeDistributed is merged into the batch; ConvLSTM is unrolled over its time steps, with one convolution for the
 * input of all of them; layers that only act in training, such as dropout, are left out.
 * @throws ArgumentError when a layer or activation cannot be exported, which is named, or an option is invalid;
 * FileError when the package pbf is not installed.
 * @example
 * await writeFile("model.onnx", await exportOnnx(model, { opset: 17 }));
 */
export async function exportOnnx(model: ModelLayer, options: OnnxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("exportOnnx", options, ["opset", "batch", "step"]);
  if (!(model instanceof ModelLayer)) throw new ArgumentError("exportOnnx: expected a model.");
  const { opset = 17, batch, step = false } = options;
  if (!Number.isInteger(opset) || opset < 13 || opset > 22) {
    throw new ArgumentError(`exportOnnx: opset ${shown(opset)}; expected 13 to 22.`);
  }
  if (batch != null && !(Number.isInteger(batch) && batch > 0)) {
    throw new ArgumentError(`exportOnnx: batch ${shown(batch)}; expected a whole number from 1, or null.`);
  }
  if (step && model.inputs.length > 1) refuse(model, "a graph for one time step has one input besides the states");
  // All reads begin now, before the model can be trained further.
  const reads = model.weights.map(async (weight) => [weight, await weight.data()] as const);
  const values = new Map(await Promise.all(reads));
  const graph = new Exporter(new GraphBuilder(opset, values), step);
  return encodeModel(graph.write(model, batch), opset);
}

const table = new LayerWriters();
addSimpleLayers(table);
addShapeLayers(table);
addResizing(table);
addNormalizations(table);
addAttention(table);
addJoins(table);
addOperations(table);
addApplicationLayers(table);
addConvolutions(table);
addPooling(table);
addFrames(table);
addRecurrentLayers(table);

class Exporter implements ExportContext {
  readonly inputs: Port[] = [];
  readonly #results: { name: string; value: Value }[] = [];
  #path = "";

  constructor(
    readonly graph: GraphBuilder,
    readonly step: boolean,
  ) {}

  write(model: ModelLayer, batch: number | null | undefined) {
    const given = model.inputs.map((input) => this.#input(input, batch));
    checkSemantics(model, given);
    const outputs = this.run(model, given);
    const states = this.#results.splice(0);
    outputs.forEach((value, i) => this.#results.push({ name: nameOf(model.outputs[i]), value: this.#result(value) }));
    this.#results.push(...states);
    const { graph } = this;
    const last = this.#results.map(({ value }) => graph.channelsLast(value));
    fold(graph, last.map(({ name }) => name)); // prettier-ignore
    const outputPorts = last.map((value, i) => this.#output(value, this.#results[i].name));
    const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
    const constants = new Map([...graph.constants].filter(([name]) => used.has(name)));
    return { name: model.name, nodes: graph.nodes, constants, inputs: this.inputs, outputs: outputPorts };
  }

  /** An input of the graph. In a graph for one time step it is [batch, ...], here a sequence of length 1. */
  #input(input: SymbolicTensor, batch: number | null | undefined): Value {
    const [usual, ...sample] = input.shape;
    const rows = batch === undefined ? usual : batch;
    const name = this.graph.unique(nameOf(input));
    if (!this.step) return this.#port(name, [rows, ...sample]);
    if (sample.length === 0) throw new ArgumentError(`exportOnnx: Input "${name}" has no time axis.`);
    const frame = this.#port(name, [rows, ...sample.slice(1)]);
    this.graph.layer = name;
    return { ...this.graph.value(this.graph.unsqueeze(name, 1), [rows, 1, ...frame.shape.slice(1)]), isSequence: true };
  }

  #port(name: string, shape: PartialShape): Value {
    this.inputs.push({ name, shape });
    return this.graph.value(name, shape);
  }

  state(name: string, shape: PartialShape): Value {
    return this.#port(this.graph.unique(name), shape);
  }

  nextState(name: string, value: Value): void {
    this.#results.push({ name, value });
  }

  /** In a graph for one time step: a sequence of length 1 as the step that it contains. */
  #result(value: Value): Value {
    if (!value.isSequence) return value;
    const x = this.graph.channelsLast(value);
    return this.graph.value(this.graph.squeeze(x.name, 1), [x.shape[0], ...x.shape.slice(2)]);
  }

  /** A tensor under the name of an output. */
  #output(value: Value, wanted: string): Port {
    const name = this.graph.unique(wanted);
    const ends = { inputs: [value.name], outputs: [name] };
    this.graph.nodes.push({ type: "Identity", name: `${name}/Identity`, ...ends, attributes: {} });
    return { name, shape: value.shape };
  }

  /** Adds the operations of all calls in a model's graph. */
  run(model: ModelLayer, inputs: readonly Value[]): Value[] {
    const known = new Map(model.inputs.map((input, i) => [input, inputs[i]]));
    for (const node of model.graph) {
      const results = this.call(node.layer, node.inputs.map((input) => known.get(input)!), node.options); // prettier-ignore
      results.forEach((value, i) => known.set(node.outputs[i], value));
    }
    return model.outputs.map((output) => known.get(output)!);
  }

  readonly call = (layer: Layer, inputs: readonly Value[], options: Partial<ComputeOptions> = {}): Value[] => {
    checkSemantics(layer, inputs);
    const outer = this.#path;
    this.graph.layer = this.#path = outer ? `${outer}/${layer.name}` : layer.name;
    const results = layer instanceof ModelLayer ? this.run(layer, inputs) : this.#write(layer, inputs, options);
    this.graph.layer = this.#path = outer;
    return results;
  };

  #write(layer: Layer, inputs: readonly Value[], options: Partial<ComputeOptions>): Value[] {
    const { write, isPerStep } = table.find(layer);
    const sequence = inputs.find((input) => input.isSequence);
    if (sequence && !isPerStep(layer, sequence.shape.length)) {
      refuse(layer, "it reads several time steps, and the graph has one");
    }
    const shapes = inputs.map(({ shape }) => shape);
    const results = [write(this, layer, inputs, layer.computeOutputShape(shapes, options), options)].flat();
    const inner = withoutChannels(layer);
    const ends = inner instanceof RecurrentLayer && !inner.returnSequences;
    const isUsual = inner.computeMask === Layer.prototype.computeMask && !(inner instanceof SpectralNormalizationLayer);
    // A value that was made from x as `{ ...x, name }` has the mask of x only where the layer passes it on.
    const maskOf = (value: Value) =>
      isUsual && value.mask === inputs[0].mask && value.name !== inputs[0].name ? undefined : value.mask;
    return results.map((value, i) => ({
      ...value,
      mask: maskOf(value) ?? (i > 0 && isAttention(layer) ? undefined : this.#mask(inner, inputs)),
      // States are not sequences.
      isSequence: !!sequence && !ends && !(inner instanceof RecurrentLayer && i > 0),
    }));
  }

  /** The mask of the results: that of the input, if the layer passes it on. */
  #mask(layer: Layer, [{ mask }]: readonly Value[]): Value["mask"] {
    const passesOn =
      layer instanceof BidirectionalLayer
        ? layer.forwardLayer.returnSequences
        : layer instanceof RecurrentLayer
          ? layer.returnSequences
          : layer.supportsMasking;
    return passesOn ? mask : undefined;
  }
}

/**
 * What a layer does otherwise than in Keras 3 concerns masks, but for UpSampling2D, and without them it is as here.
 * @throws ArgumentError
 */
function checkSemantics(layer: Layer, inputs: readonly Value[]): void {
  const [meaning] = meaningsOf(layer, "predictions");
  if (!meaning || layer instanceof UpSampling2DLayer) return;
  if (layer instanceof BidirectionalLayer && valueOf(layer, "masks") === undefined) return;
  const makesMasks = layer instanceof ModelLayer || layer instanceof TimeDistributedLayer;
  if (makesMasks || inputs.some(({ mask }) => mask)) refuse(layer, `it ${meaning.says}`);
}

const nameOf = (x: SymbolicTensor): string => x.node.layer.name;
