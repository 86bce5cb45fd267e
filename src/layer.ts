/**
 * The base of all layers. A layer has weights, computes outputs from inputs and output shapes from input shapes, and is
 * called like a function, on tensors or on symbolic tensors. A caller passes one tensor or a list, and gets one tensor
 * or a list. Only `Layer.apply` distinguishes the two; all methods inside a layer take lists and return lists.
 */
import { ArgumentError, checkOptions, kindsOf, ShapeError, shapeText } from "./errors.js";
import { getConstraint } from "./constraints.js";
import { getInitializer, type Initializer } from "./initializers.js";
import { Callable } from "./layer/callable.js";
import { listFrom, type OneOrMany, toList } from "./layer/lists.js";
import { givenMasks, isMask } from "./layer/masks.js";
import { callableClass, ownClasses } from "./layer/classes.js";
import { nameFor } from "./layer/names.js";
import { readyWeights } from "./layer/readyWeights.js";
import type { AddWeightOptions, AroundCall, CallOptionsOf, ComputeOptions, LayerOptions } from "./layer/options.js";
import type { Stepper } from "./layer/stepping.js";
import { toPlainData } from "./named.js";
import { affine } from "./ops/index.js";
import { penalties } from "./penalties.js";
import { getRegularizer, type RegularizerFunction } from "./regularizers.js";
import { elements, type PartialShape, type Shape } from "./shape.js";
import { inLayer } from "./launch.js";
import { keep, scope, transaction, undoable, undoably } from "./scope.js";
import { consoleText, type HostArray, Tensor, type Variable } from "./tensor.js";
import { makeWeight } from "./weightFactory.js";

export type { OneOrMany } from "./layer/lists.js";
export type { AddWeightOptions, CallOptionsOf, ComputeOptions, LayerOptions } from "./layer/options.js";
export type { Stepper } from "./layer/stepping.js";

/**
 * A tensor in a graph of layers. It has no values, only a shape and the call that it is an output of. `Input` makes the
 * first symbolic tensor of a graph.
 */
export class SymbolicTensor {
  constructor(
    /** The shape, with null for sizes that are not known. */
    readonly shape: PartialShape,
    /** The call that it is an output of. */
    readonly node: LayerNode,
    /** The index of this tensor among the outputs of the call. */
    readonly index: number,
  ) {}

  /** The type of the elements: "float32", or "string". */
  get dtype(): "float32" | "string" {
    return this.node.layer.outputDtype ?? "float32";
  }

  /** Gives the shape and the layer as text. */
  toString(): string {
    return `SymbolicTensor ${shapeText(this.shape)} of "${this.node.layer.name}"`;
  }

  /** @internal What `console.log(x)` shows in Node. */
  [consoleText](): string {
    return this.toString();
  }
}

/** One call of a layer on symbolic tensors. */
export interface LayerNode {
  /** The layer that was called. */
  readonly layer: Layer;
  /** The inputs of the call; empty for an Input. */
  readonly inputs: readonly SymbolicTensor[];
  /** The outputs of the call. */
  readonly outputs: readonly SymbolicTensor[];
  /** Whether the call was given a list; model files keep it. */
  readonly takesList: boolean;
  /** The options of the call; every call of the model uses them again. */
  readonly options: Partial<ComputeOptions>;
}

/** The options of a call: `layer(x, options)`. */
export type CallOptions = CallOptionsOf<SymbolicTensor>;

/** A layer as a function: tensors give tensors, symbolic tensors give symbolic tensors and build a graph. */
export interface LayerCall {
  (x: Tensor, options?: CallOptions): Tensor;
  (x: Tensor[], options?: CallOptions): Tensor;
  (x: SymbolicTensor, options?: CallOptions): SymbolicTensor;
  (x: SymbolicTensor[], options?: CallOptions): SymbolicTensor;
}

/** A layer with several outputs as a function: it gives a list. */
export interface LayerCallMany {
  (x: OneOrMany<Tensor>, options?: CallOptions): Tensor[];
  (x: OneOrMany<SymbolicTensor>, options?: CallOptions): SymbolicTensor[];
}

/**
 * The base of all layers. A user-defined layer has `call` and `computeOutputShape`, and `build` if it has weights;
 * these are given lists and return lists. A layer of several inputs also has `takesSeveral`.
 *
 * @example
 * class ScaleLayer extends Layer {
 *   static override className = "Scale";
 *   scale!: Variable;
 *   override build([shape]: PartialShape[]) { this.scale = this.addWeight("scale", [shape.at(-1)!], "ones"); }
 *   override call([x]: Tensor[]) { return [multiply(x, this.scale)]; }
 *   override computeOutputShape(shapes: PartialShape[]) { return shapes; }
 * }
 * export const Scale = callable(ScaleLayer);
 */
export abstract class Layer extends Callable {
  /** The name that users write and files contain. It is a field, because minifiers rename classes. */
  static className = "Layer";

  /** The name of the layer, unique in a model. */
  readonly name: string;
  /** The options that the layer was made with. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether the weights have been made. */
  built = false;
  /** @internal Whether it was given to a layer that is no model, such as TimeDistributed, or read with a model around it. */
  isInside = false;
  /** @internal How often models hold it, see `hold`. */
  holders = 0;
  /** The calls on symbolic tensors, in order. */
  readonly nodes: LayerNode[] = [];
  /** What it does as its file means it, and not as Keras 3. */ declare readonly semantics?: readonly string[];
  /**
   * Whether calls on inputs of one shape run the same kernels with the same arguments, true by default. False for a layer
   * that does something else in a later call, which need not show in the first two: `predict` then calls its model each time.
   */ declare readonly pure?: boolean;
  /** Whether the first input is a sequence, `[batch, time, ...]`; see `stepper`. */ declare readonly readsTime?: boolean;
  /** @internal What runs in place of a call; see recompute.ts. */ declare around?: AroundCall;
  /** @internal The type of the elements of its results. */ declare readonly outputDtype?: "string" | undefined;
  #trainable: boolean;
  /** The penalty on the outputs, if there is one. */
  readonly activityRegularizer: RegularizerFunction | undefined;
  /** The layer's own weights: trainable ones, others. */
  readonly #own: readonly Variable[][] = [[], []];

  /**
   * @param options may be left out where the layer has no options of its own.
   * @param known the names of the layer's own options; its config contains all options.
   * @throws ArgumentError for an option that is not among them.
   */
  constructor(options?: LayerOptions, known?: readonly string[]);
  constructor(options: LayerOptions, known: readonly string[] = []) {
    super();
    if (known.length === 0) options ??= {};
    checkOptions(this.className, options, [...known, "name", "trainable", "activityRegularizer"]);
    this.config = { ...options };
    this.name = nameFor(this.className, options.name);
    this.#trainable = options.trainable ?? true;
    this.activityRegularizer = getRegularizer(this.label, options.activityRegularizer);
  }

  /** The name of the class. */
  get className(): string {
    return (this.constructor as typeof Layer).className;
  }

  /** The class and the name, with which error messages begin: `ConvLSTM2D "encoder"`. */
  get label(): string {
    return `${this.className} "${this.name}"`;
  }

  /** Gives the class and the name as text, such as `Dense "dense_1"`. */
  override toString(): string {
    return this.label;
  }

  /** @internal What `console.log(layer)` shows in Node. */
  [consoleText](): string {
    return this.label;
  }

  /**
   * Gives the options of this layer as plain data, from which `fromConfig` makes a layer like it. Layers inside,
   * initializers and the like are names or `{ className, config }`.
   * @throws ArgumentError for an option that is a user-defined function.
   */
  getConfig(): Record<string, unknown> {
    const { label, name, trainable } = this;
    return { ...(toPlainData(`${label}: options`, this.config) as object), name, trainable };
  }

  /** Makes a layer with new weights from the result of `getConfig`. */
  static fromConfig(config: Record<string, unknown>): Layer {
    return new (this as unknown as new (options: object) => Layer)(config);
  }

  // ── what a layer defines ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Makes the weights for inputs of these shapes, with `addWeight`; called once, before the first call. */
  build(_shapes: PartialShape[]): void {}

  /** Computes the outputs from the inputs. */
  abstract call(inputs: Tensor[], options: ComputeOptions): Tensor[];

  /**
   * Gives the shapes of the outputs for inputs of these shapes, with null for sizes that are not known, and refuses
   * shapes that the layer cannot take.
   * @param options those of the call, for layers whose outputs depend on them.
   * @throws ShapeError for shapes that the layer cannot take.
   */
  abstract computeOutputShape(shapes: PartialShape[], options?: Partial<ComputeOptions>): PartialShape[];

  /** Whether the layer may be given several tensors; false by default, and then a list of them is an error. */
  get takesSeveral(): boolean {
    return false;
  }

  /** The names of the options that a call takes. */
  get callOptions(): readonly string[] {
    return ["training", "mask", "initialState", "timeSteps"];
  }

  /** Whether the caller gets these outputs as a list; by default if there are several. */
  givesList(outputs: readonly unknown[]): boolean {
    return outputs.length > 1;
  }

  /** Counts the multiply-adds of a call for each sample of the batch: 0 by default, NaN while a size is unknown. */
  macs(_inputs: PartialShape[], _outputs: PartialShape[]): number {
    return 0;
  }

  /** Counts the elements, for each sample, of the largest tensor that a call makes; NaN while a size is unknown. */
  largestOutput(_inputs: PartialShape[], outputs: PartialShape[]): number {
    return Math.max(...outputs.map((shape) => elements(shape.slice(1))));
  }

  /** Whether the output has the mask of the input; false by default, as for convolutions, Flatten and Reshape. */
  get supportsMasking(): boolean {
    return false;
  }

  /** Gives the masks of the outputs for those of the inputs. Outputs beyond the end of the list have none. */
  computeMask(_inputs: Tensor[], [mask]: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return this.supportsMasking ? [mask] : [];
  }

  /**
   * Says how `model.stream()` computes this layer where its inputs have a time axis and come one step at a time,
   * `[batch, 1, ...]`. True: each step of the outputs depends on the same step of the inputs alone, so that `call` may be
   * given one step. A `Stepper`: with states that the stream keeps. False (by default) or a text that says why: neither,
   * and a stream refuses the model. A model gives its calls.
   */
  stepper(_inputs: PartialShape[]): boolean | string | Stepper | { readonly calls: readonly LayerNode[] } {
    return false;
  }

  /** The layers inside this one; none by default. */
  get sublayers(): readonly Layer[] {
    return [];
  }

  // ── calling ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Calls the layer: `layer(x)` is `layer.apply(x)`. Only this method distinguishes one tensor from a list, as argument
   * and as result.
   * @throws ShapeError for a shape that the layer cannot take.
   * @throws ArgumentError for what is no tensor, and for options that are not those of `CallOptions`.
   */
  apply(given: OneOrMany<Tensor> | OneOrMany<SymbolicTensor>, callOptions: CallOptions = {}): unknown {
    checkOptions(this.label, callOptions, this.callOptions);
    const { mask, initialState, ...options } = callOptions;
    const list: unknown[] = [...toList<unknown>(given), ...toList<unknown>(initialState ?? [])];
    const inner = { ...options, masks: mask ? givenMasks(this.label, mask) : undefined } as Partial<ComputeOptions>;
    let outputs: unknown[];
    if (list.length > 0 && list.every((item) => item instanceof SymbolicTensor)) {
      outputs = this.#connect(list, Array.isArray(given) || list.length > 1, inner);
    } else if (list.length > 0 && list.every((item) => item instanceof Tensor)) {
      outputs = this.compute(list, inner);
    } else {
      throw new ArgumentError(
        `${this.label}: expected tensors (or symbolic tensors, from Input), received ${kindsOf(list)}; make one with tensor(values, shape).`,
      );
    }
    return this.oneOrList(outputs);
  }

  /** @internal Gives the result for the caller, one tensor or a list; see `givesList`. */
  oneOrList<T>(outputs: T[]): OneOrMany<T> {
    return this.givesList(outputs) ? outputs : outputs[0];
  }

  /** Calls the layer on tensors, and makes its weights first if it has none yet. Disposes intermediate tensors. */
  compute(inputs: Tensor[], options: Partial<ComputeOptions> = {}): Tensor[] {
    const work = () => {
      const complete = this.#ready(inputs, options);
      const outputs = this.#masked(this.#called(inputs, complete), inputs, complete);
      if (penalties && this.activityRegularizer) for (const y of outputs) this.#penalize(y, complete);
      return outputs;
    };
    return inLayer(this.name, () => transaction(work));
  }

  /**
   * Calls `computeOutputShape` and checks its argument and its result; for layers that contain other layers.
   * @throws ShapeError for shapes that the layer cannot take.
   * @throws ArgumentError where its result is no list.
   */
  outputShapes(shapes: PartialShape[], options?: Partial<ComputeOptions>): PartialShape[] {
    if (shapes.length > 1 && !this.takesSeveral) {
      throw new ShapeError(`${this.label}: expected one tensor, received a list of ${shapes.length}.`);
    }
    return listFrom(
      this.label,
      "computeOutputShape",
      this.computeOutputShape?.(shapes, options),
      Array.isArray,
      "[shape]",
    );
  }

  #called(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    const call = () => listFrom(this.label, "call", this.call?.(inputs, options), (y) => y instanceof Tensor, "[y]");
    return this.around?.(call, inputs, options) ?? call();
  }

  #ready(inputs: Tensor[], given: Partial<ComputeOptions>): ComputeOptions {
    const shapes = shapesOf(inputs);
    this.outputShapes(shapes, given);
    this.buildOnce(shapes);
    const { training = false, timeSteps = 1, frames = 1, masks = inputs.map((x) => x.mask), ...own } = given;
    return { ...own, training, timeSteps, frames, masks };
  }

  #masked(outputs: Tensor[], inputs: Tensor[], { masks }: ComputeOptions): Tensor[] {
    const given = listFrom(this.label, "computeMask", this.computeMask(inputs, masks), isMask, "[mask]");
    // A layer that returns its input returns the mask of the input with it; one that is disposed throws here.
    outputs.forEach((y, i) => given[i] && (y.mask ??= y.buffer && given[i].as(given[i].shape)));
    return outputs;
  }

  /** As in Keras, the penalty of frames of clips is divided, for each time step, by the number of clips. */
  #penalize(y: Tensor, { timeSteps }: ComputeOptions): void {
    // Kept, because it is read after the scopes around it end; the backward pass does not read the result of a scaling.
    penalties!.push(keep(scope(() => affine(this.activityRegularizer!(y), timeSteps / (y.shape[0] ?? timeSteps)))));
  }

  /** Makes the weights for inputs of these shapes, if they are not made yet. */
  buildOnce(shapes: PartialShape[]): void {
    if (this.built) return;
    undoably(() => {
      const counts = this.#own.map((list) => list.length);
      undoable(() => (failed) => {
        if (!failed) return;
        this.built = false;
        this.#own.forEach((list, i) => list.splice(counts[i]).forEach((weight) => weight.dispose()));
      });
      this.build(shapes);
      this.built = true;
    });
  }

  #connect(inputs: SymbolicTensor[], takesList: boolean, options: Partial<ComputeOptions>): SymbolicTensor[] {
    const shapes = shapesOf(inputs);
    const outputShapes = this.outputShapes(shapes, options);
    this.buildOnce(shapes);
    const outputs: SymbolicTensor[] = [];
    const node: LayerNode = { layer: this, inputs, outputs, takesList, options };
    outputShapes.forEach((shape, i) => outputs.push(new SymbolicTensor(shape, node, i)));
    this.nodes.push(node);
    undoable(() => (failed) => void (failed && this.nodes.pop()));
    return outputs;
  }

  #onlyNode(): LayerNode {
    if (this.nodes.length === 1) return this.nodes[0];
    throw new ArgumentError(
      `${this.label}: was called ${this.nodes.length} times on symbolic tensors; use nodes[i].outputs to say which call.`,
    );
  }

  /**
   * The output of the layer's only symbolic call. A network can be cut there.
   * @throws ArgumentError where the layer was not called once.
   */
  get output(): SymbolicTensor {
    return this.#onlyNode().outputs[0];
  }

  /**
   * The input of the layer's only symbolic call.
   * @throws ArgumentError where the layer was not called once.
   */
  get input(): SymbolicTensor {
    return this.#onlyNode().inputs[0];
  }

  // ── weights ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Makes a weight of this layer, named "layer/name", with its first values. To be called in `build`.
   * @param rules its initializer, or more: `{ initializer: "ones", regularizer: "l1" }`.
   * @throws ArgumentError for unknown names, and for other arguments than these.
   */
  protected addWeight(
    name: string,
    shape: Shape,
    rules: Initializer | AddWeightOptions,
    ...more: readonly never[]
  ): Variable {
    if (more.length > 0 || typeof name !== "string") {
      throw new ArgumentError(
        `${this.label}: addWeight received ${kindsOf([name, shape, rules, ...more])}; expected (name, shape, initializer or { initializer, trainable }).`,
      );
    }
    const options = rules instanceof Object && "initializer" in rules ? rules : { initializer: rules };
    const regularizer = getRegularizer(this.label, options.regularizer);
    const constraint = getConstraint(this.label, options.constraint);
    const weight = makeWeight(`${this.name}/${name}`, shape, options.trainable ?? true, () =>
      getInitializer(this.label, options.initializer)(shape),
    );
    Object.assign(weight, { regularizer, constraint });
    this.#own[weight.trainable ? 0 : 1].push(weight);
    return weight;
  }

  /** Whether training changes the weights. Set on a layer, it is set on all layers inside. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    this.#trainable = value;
    for (const layer of this.sublayers) layer.trainable = value;
  }

  /** All weights, in Keras's order: the layer's own, trainable ones first, then those of the layers inside. */
  get weights(): Variable[] {
    return unique([...this.#own.flat(), ...this.sublayers.flatMap((layer) => layer.weights)]);
  }

  /** The weights that training changes. */
  get trainableWeights(): Variable[] {
    if (!this.#trainable) return [];
    return unique([...this.#own[0], ...this.sublayers.flatMap((layer) => layer.trainableWeights)]);
  }

  /** The weights that training does not change. */
  get nonTrainableWeights(): Variable[] {
    const trained = new Set(this.trainableWeights);
    return this.weights.filter((weight) => !trained.has(weight));
  }

  /** The penalties of the weights as they are now, those of layers inside included. Frozen weights have none. */
  get losses(): Tensor[] {
    return this.trainableWeights.flatMap((weight) => weight.regularizer?.(weight) ?? []);
  }

  /**
   * @internal Counts a holder more or less (-1) of this layer and of those inside. With `frees`, layers that have no holder
   * any more give back their weights and states.
   */
  hold(change: number, frees?: boolean): void {
    this.holders += change;
    for (const layer of this.sublayers) layer.hold(change, frees);
    if (!frees || this.holders > 0) return;
    for (const weight of this.#own.flat()) weight.dispose();
    (this as { resetStates?(): void }).resetStates?.();
  }

  /** Counts the elements of all weights. */
  countParams(): number {
    return this.weights.reduce((sum, weight) => sum + weight.size, 0);
  }

  /** Gives copies of all weights, in the order of `weights`. */
  async getWeights(): Promise<HostArray[]> {
    return Promise.all(this.weights.map(async (weight) => ({ data: await weight.data(), shape: weight.shape })));
  }

  /**
   * Replaces all weights, in the order of `weights`.
   * @throws ShapeError where one does not fit; then none is changed.
   */
  setWeights(values: readonly (HostArray | Tensor)[]): void {
    const { weights } = this;
    readyWeights(this.label, this.built ? weights : undefined, values).forEach((x, i) => weights[i].assign(x));
  }
}

/**
 * Makes a class of layers callable without `new`; called with `new`, the result does the same.
 *
 * @example
 * export const Scale = callable(ScaleLayer);
 * const y = Scale({ name: "scale" })(x);
 */
export const userCallable: <Args extends unknown[], L extends Layer>(
  Class: new (...args: Args) => L,
) => (...args: Args) => L & LayerCall = callableClass as never;

/** @internal `callable` for the classes of this package; that of users is the one above. */
export const callable: typeof userCallable = (Class) => {
  ownClasses.add(Class);
  return callableClass(Class) as never;
};

const shapesOf = (list: readonly { readonly shape: PartialShape }[]): PartialShape[] => list.map((x) => x.shape);
const unique = <T>(items: T[]): T[] => [...new Set(items)];
