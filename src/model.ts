/** Graphs of layers: Model, and Sequential as its simplest case. */
import { ArgumentError, checkOptions, disposed, kindOf, ShapeError, shapeText, unknownName } from "./errors.js";
import {
  callable,
  type ComputeOptions,
  Layer,
  type LayerCall,
  type LayerCallMany,
  type LayerNode,
  type LayerOptions,
  type OneOrMany,
  SymbolicTensor,
} from "./layer.js";
import { type Named, toPlainData } from "./named.js";
import { readGraph } from "./registry.js";
import { toList } from "./layer/lists.js";
import { withMasks } from "./layer/masks.js";
import { type LayerGraph, layerGraph } from "./model/graph.js";
import type { PartialShape } from "./shape.js";
import { needStreams } from "./streaming/code.js";
import type { Stream, StreamOptions } from "./streaming/stream.js";
import type { SummaryOptions } from "./summary.js";
import { disposeUnlessTaped, transaction, undoable } from "./scope.js";
import type { Tensor } from "./tensor.js";
import { type CompileOptions, Trainable } from "./training.js";
import { loadTraining, training } from "./training/code.js";

export type { SummaryOptions } from "./summary.js";

/** The options of `Model`. */
export interface ModelOptions extends LayerOptions {
  /**
   * The symbolic tensors where the network begins: an Input, a tensor at which a larger network is cut, or a list.
   * Required.
   */
  inputs: OneOrMany<SymbolicTensor>;
  /**
   * The symbolic tensors that the network computes: one or a list; with a list, calls and `predict` give lists.
   * Required.
   */
  outputs: OneOrMany<SymbolicTensor>;
}

/**
 * A model as plain data, as `getConfig` returns it. Symbolic tensors are numbered: first the inputs, then the outputs of
 * one call after the other.
 */
export interface GraphConfig extends Record<string, unknown> {
  /** All layers, in the order of `layers`. */
  layers: Named[];
  /** Shape and name of each input. Where the network was cut, the name is that of another layer than an InputLayer. */
  inputs: { shape: PartialShape; name: string }[];
  /** The calls, each after those that it depends on. In files `CallOptions.timeSteps` is called `steps`. */
  calls: { layer: string; inputs: number[]; takesList: boolean; options: { training?: boolean; steps?: number } }[];
  /** The numbers of the outputs. */
  outputs: number[];
  /** Whether a call of the model returns a list. */
  givesList: boolean;
}

/**
 * A network of layers from some symbolic tensors to others. A model is a layer itself. It holds memory until `dispose`, or
 * until the block of its `using` declaration ends.
 */
export class ModelLayer<Outputs extends OneOrMany<Tensor> = Tensor> extends Trainable<Outputs> {
  static override className: string = "Functional";
  /**
   * The name of the model. It can be set, as two models that were loaded from one file need two names to become layers of
   * one model: `second.name = "second"`.
   */
  declare name: string;
  /** Undefined once nothing holds the model. */
  #ready: LayerGraph | undefined;
  #givesList!: boolean;
  #isDisposed = false;

  /** @throws ArgumentError where an output depends on other tensors than the inputs. */
  constructor(given: ModelOptions) {
    const { inputs, outputs, ...options } = Object(given) as ModelOptions;
    super(options, ["inputs", "outputs"]); // named where an option is unknown
    this.connect(inputs, outputs);
    this.built = true;
    this.holders = 1; // by its user
  }

  /** @internal Replaces the graph by the one between these tensors. Throws as the constructor, and changes nothing then. */
  protected connect(inputs: OneOrMany<SymbolicTensor>, outputs: OneOrMany<SymbolicTensor>): void {
    const before = this.#ready?.layers ?? [];
    const { layers } = (this.#ready = layerGraph(this.label, toList(inputs), toList(outputs)));
    this.#givesList = Array.isArray(outputs);
    for (const layer of layers) layer.hold(1);
    for (const layer of before) layer.hold(-1);
  }

  get #graph(): LayerGraph {
    if (this.#ready) return this.#ready;
    throw disposed(this.label, "make it again");
  }

  /**
   * Gives the memory of the model back: weights and states of the layers that no other model holds, and the optimizer if
   * `compile` or a file made it. Any other use of the model is a DisposedError then; a second call does nothing.
   *
   * A layer is held by every model that it is in, until that is disposed. A model inside of another one stays usable as
   * long as one of both is not disposed; if it was given to a layer, as `TimeDistributed(model)`, or read from a file, it
   * is disposed together with the last model around it.
   * @example
   * using model = await loadModel("model.keras"); // disposed at the end of the block
   */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.ownOptimizer?.dispose();
    this.dropPlans();
    this.hold(-1, true);
  }

  /** Lets `using model = ...` dispose the model at the end of its block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  override hold(change: number, frees?: boolean): void {
    super.hold(change, frees);
    if (frees && this.holders < 1) this.#ready = undefined;
    if (frees && this.holders === 1 && this.isInside) this.dispose();
  }

  /** The symbolic tensors where the network begins. */
  get inputs(): readonly SymbolicTensor[] {
    return this.#graph.inputs;
  }

  /** The symbolic tensors that the network computes. */
  get outputs(): readonly SymbolicTensor[] {
    return this.#graph.outputs;
  }

  /** The first of `outputs`, whether or not the model was called. */
  override get output(): SymbolicTensor {
    return this.outputs[0];
  }

  /** The first of `inputs`, whether or not the model was called. */
  override get input(): SymbolicTensor {
    return this.inputs[0];
  }

  /** The calls between them, each after those that it depends on. */
  get graph(): readonly LayerNode[] {
    return this.#graph.calls;
  }

  /** The length of the longest path from each call (and Input) to an output, in calls. */
  get depths(): ReadonlyMap<LayerNode, number> {
    return this.#graph.depths;
  }

  /**
   * The layers in Keras's order, in which weights are listed: by depth, the deepest first, then in the order in which
   * a walk from the outputs to the inputs visits them.
   */
  get layers(): readonly Layer[] {
    return this.#graph.layers;
  }

  override get sublayers(): readonly Layer[] {
    return this.layers;
  }

  /** Finds a layer by its name, or by its index in `layers`. @throws ArgumentError where there is none. */
  getLayer(name: string | number): Layer {
    const found = typeof name === "number" ? this.layers.at(name) : this.layers.find((layer) => layer.name === name);
    if (found) return found;
    throw unknownName(this.label, "layer", name, this.layers.map((layer) => layer.name)); // prettier-ignore
  }

  /** @internal The model between other tensors of the graph, of the same layers; undefined where `call` is another. */
  override part(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): ModelLayer | undefined {
    return this.stepper() ? new ModelLayer({ name: this.name, inputs: [...inputs], outputs: [...outputs] }) : undefined;
  }

  /** The calls of the model; a stream computes each of them. */
  override stepper(): { readonly calls: readonly LayerNode[] } | false {
    return this.call === ModelLayer.prototype.call && this.#graph;
  }

  /**
   * Opens a stream, to which frames are given one at a time: `step` gives the outputs after each, which equal those of
   * `predict` for all frames up to it, but each frame is computed once, as the states of recurrent layers are kept.
   * A model can have several streams at once; they share its weights.
   *
   * The time axis may meet only recurrent layers that run forwards, TimeDistributed, and layers that compute each time
   * step alone, such as Dense or Masking; what comes after the last recurrent layer may be anything. An input is a
   * sequence where such a layer reads it as one; others are given anew at each step.
   * @throws ArgumentError where a layer needs more of the sequence than the step that comes, with its name and the
   * reason, and for states that are not those of such a stream; LoadError in a bundle that does not call the function
   * `stream`, which does the same.
   * @example
   * const live = model.stream();
   * for await (const frame of camera) show(await live.step(frame)); // frame: [height, width, channels]
   */
  stream(options: StreamOptions = {}): Stream<Outputs> {
    return needStreams(`${this.label}.stream`)(this, options);
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override givesList(): boolean {
    return this.#givesList;
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    this.#checkInputs(shapes);
    const known = this.#shapesInside(shapes);
    return this.outputs.map((x) => known.get(x)!);
  }

  /** Gives the shape of every symbolic tensor in the graph for inputs of these shapes. */
  #shapesInside(shapes: readonly PartialShape[]): Map<SymbolicTensor, PartialShape> {
    const known = new Map<SymbolicTensor, PartialShape>(this.inputs.map((x, i) => [x, shapes[i]]));
    for (const node of this.graph) {
      const given = node.inputs.map((x) => known.get(x)!);
      node.layer.outputShapes(given, node.options).forEach((shape, i) => known.set(node.outputs[i], shape));
    }
    return known;
  }

  override macs(inputs: PartialShape[]): number {
    return this.#eachCall(inputs, (layer, x, y) => layer.macs(x, y)).reduce((sum, n) => sum + n, 0);
  }

  override largestOutput(inputs: PartialShape[]): number {
    return Math.max(...this.#eachCall(inputs, (layer, x, y) => layer.largestOutput(x, y)));
  }

  /** Gives `measure` of every call in the graph, for inputs of these shapes. */
  #eachCall(
    shapes: PartialShape[],
    measure: (layer: Layer, inputs: PartialShape[], outputs: PartialShape[]) => number,
  ): number[] {
    const known = this.#shapesInside(shapes);
    return this.graph.map(({ layer, inputs, outputs }) => {
      const [given, made] = [inputs, outputs].map((list) => list.map((x) => known.get(x)!));
      return measure(layer, given, made);
    });
  }

  #checkInputs(shapes: readonly PartialShape[]): void {
    const fits = (given: PartialShape, wanted: PartialShape) =>
      given.length === wanted.length && given.every((n, i) => n === null || wanted[i] === null || n === wanted[i]);
    if (shapes.length !== this.inputs.length) {
      throw new ShapeError(`${this.label}: expected ${this.inputs.length} inputs, received ${shapes.length}.`);
    }
    shapes.forEach((given, i) => {
      const wanted = this.inputs[i].shape;
      if (fits(given, wanted)) return;
      throw new ShapeError(
        `${this.label}: expected ${shapeText(wanted)}, received ${shapeText(given)}; reshape the data (a batch comes first), or the Input.`,
      );
    });
  }

  override call(tensors: Tensor[], { masks, ...options }: ComputeOptions): Tensor[] {
    const given = withMasks(tensors, masks);
    const known = new Map<SymbolicTensor, Tensor>(this.inputs.map((input, i) => [input, given[i]]));
    const callers = new Set(given);
    for (const node of this.graph) {
      const inputs = node.inputs.map((input) => known.get(input)!);
      node.layer.compute(inputs, { ...options, ...node.options }).forEach((y, i) => known.set(node.outputs[i], y));
      for (const read of this.#graph.lastReads.get(node)!) {
        const value = known.get(read)!;
        known.delete(read);
        // A layer may return its input; then the tensor is still in use for another symbolic tensor.
        if (!callers.has(value) && ![...known.values()].includes(value)) disposeUnlessTaped(value);
      }
    }
    return this.outputs.map((output) => known.get(output)!);
  }

  /**
   * Gives the graph as plain data, see `GraphConfig`.
   * @throws ArgumentError for options that are user-defined functions.
   */
  override getConfig(): GraphConfig {
    const tensors = [...this.inputs, ...this.graph.flatMap(({ outputs }) => outputs)];
    const places = new Map(tensors.map((x, i) => [x, i]));
    const numbers = (xs: readonly SymbolicTensor[]) => xs.map((x) => places.get(x)!);
    const graph = {
      layers: this.#graph.layers,
      inputs: this.inputs.map(({ shape, node }) => ({ shape, name: node.layer.name })),
      calls: this.graph.map(({ layer, inputs, takesList, options }) => ({
        layer: layer.name,
        inputs: numbers(inputs),
        takesList,
        options: withStepsKey(options),
      })),
      outputs: numbers(this.outputs),
      givesList: this.#givesList,
    };
    return { ...super.getConfig(), ...(toPlainData(this.label, graph) as GraphConfig) };
  }

  /**
   * Makes a model with new weights from the result of `getConfig`.
   * @throws ArgumentError where `zoetrope/formats` is not loaded.
   */
  static override fromConfig(config: Record<string, unknown>): ModelLayer {
    return readGraph({ ...config, Class: this }) as ModelLayer;
  }

  /**
   * Prints a summary in Keras's layout, with multiply-adds, or passes it to `options.print`. In a bundle that is split
   * the code is loaded first; the returned promise is resolved when the text has been printed, and rejected with a
   * LoadError where import() fails; see `zoetrope/training`.
   * @throws ArgumentError for unknown options, and where the line is too short for the columns.
   */
  summary(options: SummaryOptions = {}): Promise<void> | undefined {
    const { print = (text) => console.log(text.trimEnd()) } = Object(options) as SummaryOptions;
    if (!training) return loadTraining(`${this.label}.summary`).then((code) => print(code.summaryText(this, options)));
    print(training.summaryText(this, options));
    return undefined;
  }
}

/**
 * Makes a model of the layers that lead from inputs to outputs. Layers that are shared with other models share their
 * weights.
 *
 * @throws ArgumentError where an output depends on other tensors than the inputs, or two layers have the same name.
 * @example
 * const x = Input({ shape: [28, 28, 1] });
 * const model = Model({ inputs: x, outputs: Dense({ units: 10 })(Flatten()(x)) });
 */
export const Model = callable(ModelLayer) as MakeModel;

/** The part of `ModelOptions` by which TypeScript knows that a model gives a list. */
export interface ListOfOutputs {
  /** The symbolic tensors that the network computes. Required. */
  outputs: SymbolicTensor[];
}

/** A function that makes a model; with a list of outputs, calls and `predict` give lists. */
export interface MakeModel {
  (options: ModelOptions & ListOfOutputs): ModelLayer<Tensor[]> & LayerCallMany;
  (options: ModelOptions): ModelLayer & LayerCall;
}

/** The options of `Sequential`. */
export interface SequentialOptions extends LayerOptions {
  /** An Input, then the layers in the order in which they are called; none by default. */
  layers?: readonly (Layer | SymbolicTensor)[];
}

/** The models that `Sequential` makes. */
export class SequentialModel extends ModelLayer {
  static override className = "Sequential";

  /** The layers in the order in which they are called, without the Input, as in Keras. */
  override get layers(): readonly Layer[] {
    return super.layers.slice(1);
  }

  /**
   * Adds a layer at the end; first of all an Input. Weights and the options of `compile` stay; an optimizer that was
   * named begins anew.
   *
   * @throws ArgumentError where the first element is no Input, for what is no layer, where the model is a layer of another
   * model already, and where the options of `compile` do not fit the new output; ShapeError for a layer that cannot take
   * the output of the last one. The model is unchanged then.
   * @example
   * const model = Sequential();
   * model.add(Input({ shape: [4] }));
   * model.add(Dense({ units: 1 }));
   */
  add(layer: Layer | SymbolicTensor): void {
    this.#checkUnused("add");
    const isInput = layer instanceof SymbolicTensor && layer.node.inputs.length === 0;
    const [last] = this.outputs;
    if (isInput !== !last) {
      throw new ArgumentError(
        `${this.label}: ${last ? "has an Input already; add layers to it." : "the first element must be an Input({ shape }), so that shapes are known."}`,
      );
    }
    if (this.outputs.length > 1) {
      throw new ArgumentError(
        `${this.label}.add: the last layer has ${this.outputs.length} outputs, of which the next would read one; use Model.`,
      );
    }
    if (isInput) return this.#reconnect(layer, layer);
    if (!(layer instanceof Layer)) {
      throw new ArgumentError(
        `${this.label}.add: expected a layer, as Dense({ units: 1 }), received ${kindOf(layer)}.`,
      );
    }
    transaction(() => this.#reconnect(this.inputs[0], (layer as Layer & LayerCall)(last)));
  }

  /** @internal Adds layers to an empty model, or none of them where one cannot be added. */
  addAll(layers: readonly (Layer | SymbolicTensor)[]): void {
    transaction(() => {
      undoable(() => (failed) => void (failed && this.connect([], []))); // it holds none of them
      for (const layer of layers) this.add(layer);
    });
  }

  /**
   * Removes the last layer and returns it.
   * @throws ArgumentError where there is no layer, and where the model is a layer of another model already.
   */
  pop(): Layer {
    this.#checkUnused("pop");
    const last = this.outputs[0]?.node;
    if (!last?.inputs.length) throw new ArgumentError(`${this.label}.pop: there is no layer to remove.`);
    this.#reconnect(this.inputs[0], last.inputs[0]);
    return last.layer;
  }

  /** Sets how to train, see `Trainable`. While the model is empty, the options are only kept; `add` checks them. */
  override compile(options: CompileOptions = {}): void {
    if (this.outputs.length === 0) this.compileOptions = options;
    else super.compile(options);
  }

  override needCompiled(where: string): ReturnType<Trainable["needCompiled"]> {
    if (this.outputs.length > 0) return super.needCompiled(where);
    throw new ArgumentError(`${where}: the model is empty; add an Input and layers first.`);
  }

  #reconnect(input: SymbolicTensor, output: SymbolicTensor): void {
    const { inputs, outputs } = this;
    this.connect(input, output);
    try {
      if (this.compileOptions) this.compile(this.compileOptions); // losses are those of the outputs
    } catch (error) {
      this.connect(inputs[0] ?? [], outputs.length === 1 ? outputs[0] : [...outputs]);
      throw error;
    }
  }

  #checkUnused(method: string): void {
    if (this.nodes.length === 0 && !this.isInside) return;
    throw new ArgumentError(
      `${this.label}.${method}: it is inside of another layer or model; change it before it is called or given.`,
    );
  }
}

/**
 * Makes a model of layers that are called one after the other; the first element is an Input. `add` adds further
 * layers.
 *
 * @throws ArgumentError where the first element is no Input, and for what is neither a list nor options.
 * @example
 * const model = Sequential([Input({ shape: [4] }), Dense({ units: 8, activation: "relu" }), Dense({ units: 1 })]);
 */
export function Sequential(
  options: SequentialOptions | readonly (Layer | SymbolicTensor)[] = [],
): SequentialModel & LayerCall {
  if (!isLayerList(options))
    checkOptions("Sequential", options, ["layers", "name", "trainable", "activityRegularizer"]);
  const { layers = [], ...rest } = isLayerList(options) ? { layers: options } : options;
  if (!Array.isArray(layers)) throw new ArgumentError(`Sequential: layers ${kindOf(layers)}; expected a list.`);
  const model = emptySequential({ ...rest, inputs: [], outputs: [] });
  model.addAll(layers);
  return model;
}

const emptySequential = /* @__PURE__ */ callable(SequentialModel);

const isLayerList = (options: object): options is readonly (Layer | SymbolicTensor)[] => Array.isArray(options);

/** Gives the options of a call under the names that they have in files. */
const withStepsKey = ({ timeSteps: steps, ...options }: LayerNode["options"]): object => ({ ...options, steps });
