/** What every layer is: weights, a rule for shapes, a rule for tensors, and a way to be called. */
import { ArgumentError, checkOptions, ShapeError, shapeText } from "./errors.js";
import { plain } from "./config.js";
import { type Constraint, getConstraint } from "./constraints.js";
import { getInitializer, type Initializer, type InitializerFunction } from "./initializers.js";
import { affine, reshape } from "./ops/index.js";
import { penalties } from "./penalties.js";
import { getRegularizer, type Regularizer, type RegularizerFunction } from "./regularizers.js";
import { elements, type PartialShape, sameShape, type Shape, sizeOf } from "./shape.js";
import { type HostArray, keep, type Parts, scope, scopeInParts, Tensor, Variable } from "./tensor.js";
import type { Watcher } from "./watch.js";

/** A place in a graph of layers: a shape, and the call that it comes from. */
export class SymbolicTensor {
  constructor(
    readonly shape: PartialShape,
    readonly node: LayerNode,
    /** Which of the call's outputs this is. */
    readonly index: number,
  ) {}

  get dtype(): "float32" {
    return "float32";
  }

  toString(): string {
    return `SymbolicTensor ${shapeText(this.shape)} of "${this.node.layer.name}"`;
  }
}

/** One call of a layer on symbolic tensors. */
export interface LayerNode {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** Whether the call was given a list; files say so. */
  readonly takesList: boolean;
  readonly options: Partial<ComputeOptions>;
}

export interface LayerOptions {
  /** By default the class's name in snake case, with a number from the second on: dense, dense_1. */
  name?: string;
  /** Whether training changes the weights. */
  trainable?: boolean;
  /** A penalty on what the layer gives, divided by the size of the batch; part of the loss in training and evaluation. */
  activityRegularizer?: Regularizer | null;
}

/** What a layer is called with: `layer(x, options)`. */
export interface CallOptions {
  /** Whether the call is part of training, in which batch normalization and dropout behave differently; false by default. */
  training?: boolean;
  /**
   * Rows of the batch are frames of clips, this many to a clip, [batch * timeSteps, ...]: TimeDistributed says so to the layers
   * inside it. What looks across the batch (batch normalization in training) keeps the time steps apart. 1 by default.
   */
  timeSteps?: number;
  /**
   * Which time steps of x count: [batch, time] of 1 and 0, for a list of inputs a list. By default the mask of x itself (`x.mask`).
   * It is handed on to what the layer gives, as the layer's `computeMask` says.
   */
  mask?: OneOrMany<Tensor | undefined> | undefined;
  /** Of recurrent layers: the states before the first step. Symbolic ones become inputs of the layer. */
  initialState?: readonly (Tensor | SymbolicTensor)[] | undefined;
}

/** What a layer's `call` sees of the options, complete and with one mask, or none, for each input. */
export interface ComputeOptions {
  readonly training: boolean;
  /** See `CallOptions`. */
  readonly timeSteps: number;
  /** [batch, time] of 1 and 0 for each input that has a mask. */
  readonly masks: readonly (Tensor | undefined)[];
  /** @internal Looks on while recurrent layers inside compute, see `zoetrope/inspect`; nobody by default. */
  readonly watch?: Watcher | undefined;
}

export type OneOrMany<T> = T | T[];

/** What a layer is as a function. Real tensors in, real tensors out; symbolic ones build a graph. */
export interface LayerCall {
  (x: Tensor, options?: CallOptions): Tensor;
  (x: Tensor[], options?: CallOptions): Tensor;
  (x: SymbolicTensor, options?: CallOptions): SymbolicTensor;
  (x: SymbolicTensor[], options?: CallOptions): SymbolicTensor;
}

/** The same for layers that give several tensors. */
export interface LayerCallMany {
  (x: OneOrMany<Tensor>, options?: CallOptions): Tensor[];
  (x: OneOrMany<SymbolicTensor>, options?: CallOptions): SymbolicTensor[];
}

/** Instances are functions: calling one calls its `apply`. */
class Callable {
  constructor() {
    const self = (...args: Parameters<Layer["apply"]>): unknown => (self as unknown as Layer).apply(...args);
    // A function's own `name` and `length` would hide those of the class.
    delete (self as { name?: string }).name;
    delete (self as { length?: number }).length;
    return Object.setPrototypeOf(self, new.target.prototype);
  }
}

const nameCounts = new Map<string, number>();

/** dense, dense_1, dense_2 ...; ConvLSTM2D becomes conv_lstm2d and ReLU re_lu, as in Keras. */
function automaticName(className: string): string {
  const base = className
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  const count = nameCounts.get(base) ?? 0;
  nameCounts.set(base, count + 1);
  return count === 0 ? base : `${base}_${count}`;
}

/** Automatic names start anew. */
export const clearNames = (): void => nameCounts.clear();

/**
 * The base of all layers. A user-defined layer has `call` and `computeOutputShape`, and `build` if it has weights. Whoever calls a
 * layer gives it one tensor or several and gets one or several; these methods are given lists and return lists.
 *
 *     class ScaleLayer extends Layer {
 *       static override className = "Scale";
 *       scale!: Variable;
 *       override build([shape]: PartialShape[]) { this.scale = this.addWeight("scale", [shape.at(-1)!], "ones"); }
 *       override call([x]: Tensor[]) { return [multiply(x, this.scale)]; }
 *       override computeOutputShape(shapes: PartialShape[]) { return shapes; }
 *     }
 *     export const Scale = callable(ScaleLayer);
 */
export abstract class Layer extends Callable {
  /** The name that users write. A field, as minifiers rename classes. */
  static className = "Layer";
  /** @internal While set, it gives the first values of all weights: readers of files see sizes before memory is taken for them. */
  static firstValues: InitializerFunction | undefined;
  /** @internal While set, all weights that are made are entered: those of layers that never become part of a model have no other end. */
  static newWeights: Variable[] | undefined;

  readonly name: string;
  /** The options that the layer was made with. */
  readonly config: Readonly<Record<string, unknown>>;
  built = false;
  /** Its calls on symbolic tensors, in order. */
  readonly nodes: LayerNode[] = [];
  #trainable: boolean;
  readonly activityRegularizer: RegularizerFunction | undefined;
  readonly #trainableOwn: Variable[] = [];
  readonly #nonTrainableOwn: Variable[] = [];

  /** @throws ArgumentError for an option that is not in `known`. */
  constructor(options: LayerOptions = {}, known: readonly string[] = []) {
    super();
    checkOptions(this.className, options, [...known, "name", "trainable", "activityRegularizer"]);
    this.config = { ...options };
    this.name = options.name ?? automaticName(this.className);
    this.#trainable = options.trainable ?? true;
    this.activityRegularizer = getRegularizer(this.label, options.activityRegularizer);
  }

  get className(): string {
    return (this.constructor as typeof Layer).className;
  }

  /** `ConvLSTM2D "encoder"`, as errors begin. */
  get label(): string {
    return `${this.className} "${this.name}"`;
  }

  /**
   * The options that make a layer like this one, as plain data: layers inside, initializers and the like by name or as
   * `{ className, config }`. @throws ArgumentError for an option that is a function of one's own.
   */
  getConfig(): Record<string, unknown> {
    const { label, name, trainable } = this;
    return { name, ...(plain(`${label}: options`, this.config) as object), trainable };
  }

  /** A layer from what `getConfig` gave, with new weights. */
  static fromConfig(config: Record<string, unknown>): Layer {
    return new (this as unknown as new (options: object) => Layer)(config);
  }

  // ── to be given by a layer ────────────────────────────────────────────────────────────────────────────────────────────

  /** Makes the weights for inputs of these shapes; called once, before the first call. */
  build(_shapes: PartialShape[]): void {}

  /** Computes the outputs on real tensors. */
  abstract call(inputs: Tensor[], options: ComputeOptions): Tensor[];

  /** The shapes of what `call` returns. Also the place to refuse shapes. @throws ShapeError */
  abstract computeOutputShape(shapes: PartialShape[]): PartialShape[];

  /** Whether the layer may be given several tensors; where not, a list of them is an error. */
  get takesSeveral(): boolean {
    return false;
  }

  /** Whether its caller gets these outputs as a list: by default where there are several. */
  givesList(outputs: readonly unknown[]): boolean {
    return outputs.length > 1;
  }

  /** Multiply-adds of one call for each sample of the batch; 0 where there are none to speak of, NaN while a size is unknown. */
  macs(_inputs: PartialShape[], _outputs: PartialShape[]): number {
    return 0;
  }

  /** Elements of the largest tensor that a call makes for each sample of the batch; NaN while a size is unknown. */
  largestOutput(_inputs: PartialShape[], outputs: PartialShape[]): number {
    return Math.max(...outputs.map((shape) => elements(shape.slice(1))));
  }

  /** Whether the mask of x goes on to what the layer gives. Elsewhere masks end: at convolutions, Flatten, Reshape. */
  get supportsMasking(): boolean {
    return false;
  }

  /** The masks of what `call` returns, from those of the inputs. Outputs for which the list is too short have none. */
  computeMask(_inputs: Tensor[], [mask]: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return this.supportsMasking ? [mask] : [];
  }

  /** Layers inside this one. */
  get sublayers(): readonly Layer[] {
    return [];
  }

  // ── calling ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * What a call of the layer does. Here alone it is decided whether one tensor or a list is given and returned.
   * @throws ShapeError for a shape that it cannot take.
   */
  apply(
    given: OneOrMany<Tensor> | OneOrMany<SymbolicTensor>,
    { mask, initialState, ...options }: CallOptions = {},
  ): unknown {
    const list: unknown[] = [...toList<unknown>(given), ...(initialState ?? [])];
    const inner = mask === undefined ? options : { ...options, masks: toList(mask) };
    let outputs: unknown[];
    if (list.length > 0 && list.every((item) => item instanceof SymbolicTensor)) {
      outputs = this.#connect(list, Array.isArray(given) || list.length > 1, inner);
    } else if (list.length > 0 && list.every((item) => item instanceof Tensor)) {
      outputs = this.compute(list, inner);
    } else {
      throw new ArgumentError(
        `${this.label}: expected tensors (or symbolic tensors, from Input), received ${describe(list)}; make one with tensor(values, shape).`,
      );
    }
    return this.oneOrList(outputs);
  }

  /** @internal What the caller gets for these outputs; see `givesList`. */
  oneOrList<T>(outputs: T[]): OneOrMany<T> {
    return this.givesList(outputs) ? outputs : outputs[0];
  }

  /** `call` on real tensors, built first if need be; what it makes on the way is disposed. */
  compute(inputs: Tensor[], options: Partial<ComputeOptions> = {}): Tensor[] {
    const complete = this.#ready(inputs, options);
    const outputs = scope(() => this.#masked(this.#called(inputs, complete), inputs, complete));
    if (penalties && this.activityRegularizer) for (const y of outputs) this.#penalize(y, complete);
    return outputs;
  }

  /** @internal `compute` for `predict`, which may let others run between two parts. */
  *computeInParts(inputs: Tensor[], options: Partial<ComputeOptions> = {}): Parts<Tensor[]> {
    const complete = this.#ready(inputs, options);
    return yield* scopeInParts(this.callInParts(inputs, complete), (y) => this.#masked(y, inputs, complete));
  }

  /** @internal What `call` does, in parts: one, unless a layer knows how to pause. */
  *callInParts(inputs: Tensor[], options: ComputeOptions): Parts<Tensor[]> {
    const outputs = this.#called(inputs, options);
    yield this.macs(shapesOf(inputs), shapesOf(outputs)) * inputs[0].shape[0];
    return outputs;
  }

  /** `computeOutputShape`, with what it is given and returns checked. @throws ShapeError, ArgumentError */
  outputShapes(shapes: PartialShape[]): PartialShape[] {
    if (shapes.length > 1 && !this.takesSeveral) {
      throw new ShapeError(`${this.label}: expected one tensor, received a list of ${shapes.length}; call it on each.`);
    }
    return listFrom(this.label, "computeOutputShape", this.computeOutputShape(shapes), Array.isArray, "[shape]");
  }

  #called(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    return listFrom(this.label, "call", this.call(inputs, options), (y) => y instanceof Tensor, "[y]");
  }

  #ready(inputs: Tensor[], { training = false, timeSteps = 1, masks, watch }: Partial<ComputeOptions>): ComputeOptions {
    const shapes = shapesOf(inputs);
    this.outputShapes(shapes);
    this.buildOnce(shapes);
    return { training, timeSteps, masks: masks ?? inputs.map((x) => x.mask), watch };
  }

  #masked(outputs: Tensor[], inputs: Tensor[], { masks }: ComputeOptions): Tensor[] {
    const given = listFrom(this.label, "computeMask", this.computeMask(inputs, masks), isMask, "[mask]");
    // A layer that hands its input on hands its mask on with it.
    outputs.forEach((y, i) => (y.mask ??= given[i]?.as(given[i].shape)));
    return outputs;
  }

  /** Frames of clips count as Keras counts them: for each time step the penalty is divided by the number of clips. */
  #penalize(y: Tensor, { timeSteps }: ComputeOptions): void {
    // It outlives the scopes around it, and nothing in the backward pass reads the result of a scaling.
    penalties!.push(keep(scope(() => affine(this.activityRegularizer!(y), timeSteps / (y.shape[0] ?? timeSteps)))));
  }

  buildOnce(shapes: PartialShape[]): void {
    if (this.built) return;
    this.build(shapes);
    this.built = true;
  }

  #connect(inputs: SymbolicTensor[], takesList: boolean, options: Partial<ComputeOptions>): SymbolicTensor[] {
    const shapes = shapesOf(inputs);
    const outputShapes = this.outputShapes(shapes);
    this.buildOnce(shapes);
    const outputs: SymbolicTensor[] = [];
    const node: LayerNode = { layer: this, inputs, outputs, takesList, options };
    outputShapes.forEach((shape, i) => outputs.push(new SymbolicTensor(shape, node, i)));
    this.nodes.push(node);
    return outputs;
  }

  #onlyNode(): LayerNode {
    if (this.nodes.length === 1) return this.nodes[0];
    throw new ArgumentError(
      `${this.label}: was called ${this.nodes.length} times on symbolic tensors; use nodes[i].outputs to say which call.`,
    );
  }

  /** The symbolic tensor that its one call gave (or was given): where a network is cut. */
  get output(): SymbolicTensor {
    return this.#onlyNode().outputs[0];
  }

  get input(): SymbolicTensor {
    return this.#onlyNode().inputs[0];
  }

  // ── weights ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A weight of this layer with its first values. `trainable: false` for what only the layer itself changes. */
  protected addWeight(
    name: string,
    shape: Shape,
    initializer: Initializer,
    options: { trainable?: boolean; regularizer?: Regularizer | null; constraint?: Constraint | null } = {},
  ): Variable {
    const values = (Layer.firstValues ?? getInitializer(this.label, initializer))(shape);
    const weight = new Variable(`${this.name}/${name}`, shape, options.trainable ?? true).assign(values);
    Layer.newWeights?.push(weight);
    weight.regularizer = getRegularizer(this.label, options.regularizer);
    weight.constraint = getConstraint(this.label, options.constraint);
    (weight.trainable ? this.#trainableOwn : this.#nonTrainableOwn).push(weight);
    return weight;
  }

  get trainable(): boolean {
    return this.#trainable;
  }

  /** Set on a layer, it is set on all layers inside. */
  set trainable(value: boolean) {
    this.#trainable = value;
    for (const layer of this.sublayers) layer.trainable = value;
  }

  /** All weights: its own, trainable ones first, then those of the layers inside, layer by layer (Keras's order). */
  get weights(): Variable[] {
    return unique([
      ...this.#trainableOwn,
      ...this.#nonTrainableOwn,
      ...this.sublayers.flatMap((layer) => layer.weights),
    ]);
  }

  /** Those that training changes. */
  get trainableWeights(): Variable[] {
    if (!this.#trainable) return [];
    return unique([...this.#trainableOwn, ...this.sublayers.flatMap((layer) => layer.trainableWeights)]);
  }

  get nonTrainableWeights(): Variable[] {
    const trained = new Set(this.trainableWeights);
    return this.weights.filter((weight) => !trained.has(weight));
  }

  /** The penalties of its weights, those inside included, as they stand. Frozen weights have none. */
  get losses(): Tensor[] {
    return this.trainableWeights.flatMap((weight) => weight.regularizer?.(weight) ?? []);
  }

  /** Number of elements in all weights. */
  countParams(): number {
    return this.weights.reduce((sum, weight) => sum + weight.size, 0);
  }

  /** Copies of all weights, in the order of `weights`. */
  async getWeights(): Promise<HostArray[]> {
    return Promise.all(this.weights.map(async (weight) => ({ data: await weight.data(), shape: weight.shape })));
  }

  /** Replaces all weights, in the order of `weights`. @throws ShapeError where one does not fit; none is changed then. */
  setWeights(values: readonly (HostArray | Tensor)[]): void {
    const { weights } = this;
    if (!this.built || values.length !== weights.length) {
      const has = this.built ? `has ${weights.length} weights` : "has no weights yet";
      throw new ShapeError(`${this.label}: received ${values.length} weights but ${has}; call it, or give as many.`);
    }
    weights.forEach((weight, i) => {
      if (!sameShape(weight.shape, values[i].shape) || sizeOf(weight.shape) !== sizeOf(values[i].shape)) {
        throw new ShapeError(
          `${this.label}: weight ${i} "${weight.name}" is ${shapeText(weight.shape)}, received ${shapeText(values[i].shape)}.`,
        );
      }
    });
    weights.forEach((weight, i) => {
      const value = values[i];
      weight.assign(value instanceof Tensor ? value : value.data);
    });
  }
}

/** Makes a class callable without `new`: `export const Dense = callable(DenseLayer)`, then `Dense({ units: 10 })(x)`. */
export const callable =
  <Args extends unknown[], L extends Layer>(Class: new (...args: Args) => L): ((...args: Args) => L & LayerCall) =>
  (...args) =>
    new Class(...args) as L & LayerCall;

/** Tensors with these masks; those that have them already are left as they are. */
export const withMasks = (xs: Tensor[], masks: readonly (Tensor | undefined)[]): Tensor[] =>
  xs.map((x, i) => {
    const mask = masks[i];
    if (!mask || x.mask === mask) return x;
    const y = reshape(x, x.shape);
    y.mask = mask.as(mask.shape);
    return y;
  });

/** One or several as a list. */
export const toList = <T>(x: T | readonly T[]): T[] => (Array.isArray(x) ? (x as T[]) : [x as T]);

const shapesOf = (list: readonly { readonly shape: PartialShape }[]): PartialShape[] => list.map((x) => x.shape);

const isMask = (mask: unknown): boolean => mask === undefined || mask instanceof Tensor;

const unique = <T>(items: T[]): T[] => [...new Set(items)];

function describe(list: readonly unknown[]): string {
  const kinds = list.map((item) => (item instanceof Object ? item.constructor.name : String(item)));
  return kinds.length ? [...new Set(kinds)].join(" and ") : "an empty list";
}

/**
 * The list that a method of a layer returned.
 * @throws ArgumentError where it is none, as when a user-defined layer returns a bare tensor.
 */
function listFrom<T>(label: string, method: string, made: T[], isItem: (item: unknown) => boolean, how: string): T[] {
  if (Array.isArray(made) && made.every(isItem)) return made;
  const received = Array.isArray(made) ? `[${made.map((item) => describe([item])).join(", ")}]` : describe([made]);
  throw new ArgumentError(
    `${label}: ${method} returned ${received}; expected a list, one for each output: return ${how}.`,
  );
}
