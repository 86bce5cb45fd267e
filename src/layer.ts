/** What every layer is: weights, a rule for shapes, a rule for tensors, and a way to be called. */
import { ArgumentError, checkOptions, ShapeError, shapeText } from "./errors.js";
import { plain } from "./config.js";
import { type Constraint, getConstraint } from "./constraints.js";
import { getInitializer, type Initializer, type InitializerFunction } from "./initializers.js";
import { affine, reshape } from "./ops/index.js";
import { penalties } from "./penalties.js";
import { getRegularizer, type Regularizer, type RegularizerFunction } from "./regularizers.js";
import { elements, type PartialShape, sameShape, type Shape, sizeOf } from "./shape.js";
import { keep, type Resumable, scope, resumableScope } from "./scope.js";
import { type HostArray, Tensor, Variable } from "./tensor.js";

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
  /** Whether the call was given, and gave, a list. */
  readonly takesList: boolean;
  readonly givesList: boolean;
  readonly options: CallOptions;
}

export interface LayerOptions {
  /** By default the class's name in snake case, with a number from the second on: dense, dense_1. */
  name?: string;
  /** Whether training changes the weights. */
  trainable?: boolean;
  /** A penalty on what the layer gives, divided by the size of the batch; part of the loss in training and evaluation. */
  activityRegularizer?: Regularizer | null;
}

export interface CallOptions {
  /** Batch normalization and dropout behave differently in training; false unless given. */
  training?: boolean;
  /**
   * Rows of the batch are frames of clips, this many to a clip, [batch * steps, ...]: TimeDistributed says so to the layers
   * inside it. What looks across the batch (batch normalization in training) keeps the steps apart.
   */
  steps?: number;
  /**
   * Which steps of x count: [batch, time] of 1 and 0, for a list of inputs a list. By default what hangs on x (`x.mask`). It is
   * handed on to what the layer gives, as the layer's `computeMask` says.
   */
  mask?: OneOrMany<Tensor | undefined> | undefined;
  /** Of recurrent layers: the states before the first step. Symbolic ones become inputs of the layer. */
  initialState?: readonly (Tensor | SymbolicTensor)[] | undefined;
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
 * The base of all layers. A layer of one's own gives `call` and `computeOutputShape`, and `build` if it has weights:
 *
 *     class ScaleLayer extends Layer {
 *       static override className = "Scale";
 *       scale!: Variable;
 *       override build(shape: PartialShape) { this.scale = this.addWeight("scale", [shape.at(-1)!], "ones"); }
 *       override call(x: Tensor) { return multiply(x, this.scale); }
 *       override computeOutputShape(shape: PartialShape) { return shape; }
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

  /** Makes the weights; called once, before the first call. */
  build(_shape: PartialShape | PartialShape[]): void {}

  /**
   * Computes on real tensors: `call(x, options: CallOptions)` gives a tensor or a list of them. (Cells take their states besides, see
   * `Cell`; hence no types here.)
   */
  abstract call(x: OneOrMany<Tensor>, ...options: any[]): any;

  /** The shapes of what `call` gives. Also the place to refuse shapes. @throws ShapeError */
  abstract computeOutputShape(shape: PartialShape | PartialShape[]): PartialShape | PartialShape[];

  /** Multiply-adds of one call for each sample of the batch; 0 where there are none to speak of, NaN while a size is unknown. */
  macs(_input: PartialShape | PartialShape[], _output: PartialShape | PartialShape[]): number {
    return 0;
  }

  /** Elements of the largest tensor that a call makes for each sample of the batch; NaN while a size is unknown. */
  largestOutput(_input: PartialShape | PartialShape[], output: PartialShape | PartialShape[]): number {
    return Math.max(...(isShapeList(output) ? output : [output]).map((shape) => elements(shape.slice(1))));
  }

  /** Whether the mask of x goes on to what the layer gives. Elsewhere masks end: at convolutions, Flatten, Reshape. */
  get supportsMasking(): boolean {
    return false;
  }

  /** The masks of what `call` gives, from those of x. Of a list of outputs, those left out have none. */
  computeMask(_x: OneOrMany<Tensor>, mask: CallOptions["mask"]): CallOptions["mask"] {
    return this.supportsMasking ? [mask].flat()[0] : undefined;
  }

  /** Layers inside this one. */
  get sublayers(): readonly Layer[] {
    return [];
  }

  // ── calling ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What a call of the layer does. @throws ShapeError for a shape that it cannot take. */
  apply(given: OneOrMany<Tensor> | OneOrMany<SymbolicTensor>, { initialState, ...options }: CallOptions = {}): unknown {
    const x = initialState ? [given, initialState].flat() : given;
    const list: readonly (Tensor | SymbolicTensor)[] = Array.isArray(x) ? x : [x];
    if (list.length > 0 && list.every((item) => item instanceof SymbolicTensor)) {
      return this.#connect(x as OneOrMany<SymbolicTensor>, options);
    }
    if (list.length > 0 && list.every((item) => item instanceof Tensor)) {
      return this.compute(x as OneOrMany<Tensor>, options);
    }
    throw new ArgumentError(
      `${this.label}: expected tensors (or symbolic tensors, from Input), received ${describe(list)}; make one with tensor(values, shape).`,
    );
  }

  /** `call` on real tensors, built first if need be; what it makes on the way is given back. */
  compute(x: OneOrMany<Tensor>, options: CallOptions): OneOrMany<Tensor> {
    const given = this.#ready(x, options);
    const y = scope(() => this.#masked(this.call(x, given), x, given));
    for (const part of penalties && this.activityRegularizer ? [y].flat() : []) this.#penalize(part, options);
    return y;
  }

  /** @internal `compute` for `predict`, which may let others run between two parts. */
  *computeInParts(x: OneOrMany<Tensor>, options: CallOptions): Resumable<OneOrMany<Tensor>> {
    const given = this.#ready(x, options);
    return yield* resumableScope(this.callInParts(x, given), (y) => this.#masked(y, x, given));
  }

  /** @internal What `call` does, in parts: one, unless a layer knows how to pause. */
  *callInParts(x: OneOrMany<Tensor>, options: CallOptions): Resumable<OneOrMany<Tensor>> {
    const y: OneOrMany<Tensor> = this.call(x, options);
    yield this.macs(shapesOf(x), shapesOf(y)) * [x].flat()[0].shape[0];
    return y;
  }

  #ready(x: OneOrMany<Tensor>, options: CallOptions): CallOptions {
    const shape = shapesOf(x);
    this.computeOutputShape(shape);
    this.buildOnce(shape);
    return { ...options, mask: options.mask ?? masksOf(x) };
  }

  #masked(y: OneOrMany<Tensor>, x: OneOrMany<Tensor>, { mask }: CallOptions): OneOrMany<Tensor> {
    const masks = [this.computeMask(x, mask)].flat();
    // A layer that hands its input on hands its mask on with it.
    [y].flat().forEach((part, i) => (part.mask ??= masks[i]?.as(masks[i].shape)));
    return y;
  }

  /** Frames of clips count as Keras counts them: for each step of time the penalty is divided by the number of clips. */
  #penalize(y: Tensor, { steps = 1 }: CallOptions): void {
    // It outlives the scopes around it, and nothing on the way back reads the result of a scaling.
    penalties!.push(keep(scope(() => affine(this.activityRegularizer!(y), steps / (y.shape[0] ?? steps)))));
  }

  buildOnce(shape: PartialShape | PartialShape[]): void {
    if (this.built) return;
    this.build(shape);
    this.built = true;
  }

  #connect(x: OneOrMany<SymbolicTensor>, options: CallOptions): OneOrMany<SymbolicTensor> {
    const takesList = Array.isArray(x);
    const inputs = takesList ? x : [x];
    const shape = shapesOf(x);
    const outputShape = this.computeOutputShape(shape);
    this.buildOnce(shape);
    const givesList = isShapeList(outputShape);
    const outputs: SymbolicTensor[] = [];
    const node: LayerNode = { layer: this, inputs, outputs, takesList, givesList, options };
    (givesList ? outputShape : [outputShape]).forEach((s, i) => outputs.push(new SymbolicTensor(s, node, i)));
    this.nodes.push(node);
    return givesList ? outputs : outputs[0];
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

const masksOf = (x: OneOrMany<Tensor>): CallOptions["mask"] => (Array.isArray(x) ? x.map((item) => item.mask) : x.mask);

/** Tensors with these masks; those that have them already are left as they are. */
export const withMasks = (xs: Tensor[], masks: readonly (Tensor | undefined)[]): Tensor[] =>
  xs.map((x, i) => {
    const mask = masks[i];
    if (!mask || x.mask === mask) return x;
    const y = reshape(x, x.shape);
    y.mask = mask.as(mask.shape);
    return y;
  });

export const shapesOf = (x: OneOrMany<Tensor> | OneOrMany<SymbolicTensor>): PartialShape | PartialShape[] =>
  Array.isArray(x) ? x.map((item) => item.shape) : x.shape;

export const isShapeList = (shape: PartialShape | PartialShape[]): shape is PartialShape[] => Array.isArray(shape[0]);

const unique = <T>(items: T[]): T[] => [...new Set(items)];

function describe(list: readonly unknown[]): string {
  const kinds = list.map((item) => (item instanceof Object ? item.constructor.name : String(item)));
  return kinds.length ? [...new Set(kinds)].join(" and ") : "an empty list";
}
