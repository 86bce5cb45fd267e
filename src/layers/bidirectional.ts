import { layerFrom } from "../registry.js";
import { ArgumentError, shown } from "../errors.js";
import {
  callable,
  type ComputeOptions,
  Layer,
  type LayerCall,
  type LayerCallMany,
  type LayerOptions,
} from "../layer.js";
import type { Named } from "../named.js";
import { add, affine, concat, flip, multiply } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Cell } from "./cell.js";
import { RecurrentLayer, type RecurrentOptions } from "./recurrent.js";
import { RNNLayer } from "./rnn.js";
import { StackedRNNCellsLayer } from "./stackedRnnCells.js";

const merges = {
  concat: (a: Tensor, b: Tensor) => concat([a, b]),
  sum: add,
  mul: multiply,
  ave: (a: Tensor, b: Tensor) => affine(add(a, b), 0.5),
};
/** The name of the function that combines the results of both directions; null for a list of both. */
export type MergeMode = keyof typeof merges | null;

/** The options of `Bidirectional`. */
export interface BidirectionalOptions extends LayerOptions {
  /**
   * The combination of the results of both directions: "concat", "sum", "mul", "ave", or null for a list of both;
   * "concat" by default.
   */
  mergeMode?: MergeMode;
  /** The layer that reads the sequence from its end, with `goBackwards: true`; a copy of `layer` by default. */
  backwardLayer?: RecurrentLayer;
}

const sharedOptions = ["returnSequences", "returnState", "stateful"] as const;

/** The class of `Bidirectional` layers, for subclasses and `instanceof`. */
export class BidirectionalLayer extends Layer {
  static override className = "Bidirectional";
  /** The layer that reads the sequence from its beginning. */
  readonly forwardLayer: RecurrentLayer;
  /** The layer that reads the sequence from its end. */
  readonly backwardLayer: RecurrentLayer;
  /** The name of the function that combines the results of both directions; null for a list of both. */
  readonly mergeMode: MergeMode;

  /** @throws ArgumentError when a layer is not recurrent, the mode is unknown, or the two layers do not go together. */
  constructor(layer: RecurrentLayer, options: BidirectionalOptions = {}) {
    super({ ...options, layer } as LayerOptions, ["layer", "mergeMode", "backwardLayer"]);
    const { mergeMode = "concat", backwardLayer } = Object(options) as BidirectionalOptions;
    if (![layer, backwardLayer ?? layer].every((each) => each instanceof RecurrentLayer)) {
      throw new ArgumentError(`${this.label}: expected recurrent layers, as in Bidirectional(LSTM({ units: 8 })).`);
    }
    if (mergeMode !== null && (typeof mergeMode !== "string" || !Object.hasOwn(merges, mergeMode))) {
      const known = Object.keys(merges).map((mode) => `"${mode}"`);
      throw new ArgumentError(`${this.label}: mergeMode ${shown(mergeMode)}; expected ${known.join(", ")} or null.`);
    }
    this.mergeMode = mergeMode;
    this.forwardLayer = copyOf(layer, { name: addPrefix("forward_", layer.name) });
    this.backwardLayer =
      backwardLayer ?? copyOf(layer, { name: addPrefix("backward_", layer.name), goBackwards: true });
    this.#checkPair();
    for (const child of this.sublayers as RecurrentLayer[]) child.zeroOutputForMask = child.returnSequences;
  }

  #checkPair(): void {
    const { forwardLayer: a, backwardLayer: b } = this;
    if (a.goBackwards === b.goBackwards) {
      throw new ArgumentError(
        `${this.label}: both layers have goBackwards: ${a.goBackwards}; the backward one must have true, the other false.`,
      );
    }
    for (const option of sharedOptions) {
      if (a[option] === b[option]) continue;
      throw new ArgumentError(
        `${this.label}: ${option} is ${a[option]} forward and ${b[option]} backward; give both one.`,
      );
    }
  }

  static override fromConfig({ layer, backwardLayer, ...options }: Record<string, unknown>): BidirectionalLayer {
    const back = backwardLayer ? { backwardLayer: layerFrom(backwardLayer as Named) as RecurrentLayer } : {};
    return new this(layerFrom(layer as Named) as RecurrentLayer, { ...options, ...back });
  }

  /** True: the input is a sequence. */
  override readonly readsTime = true;

  override stepper(): string {
    return "it also reads the sequence from its end";
  }

  override get sublayers(): readonly Layer[] {
    return [this.forwardLayer, this.backwardLayer];
  }

  /** Discards the states of both directions. */
  resetStates(): void {
    this.forwardLayer.resetStates();
    this.backwardLayer.resetStates();
  }

  /** True: the initial states of both directions may be given after x. */
  override get takesSeveral(): boolean {
    return true;
  }

  override build([shape]: PartialShape[]): void {
    for (const child of this.sublayers) child.buildOnce([shape]);
  }

  override call([sequence, ...states]: Tensor[], options: ComputeOptions): Tensor[] {
    const half = states.length / 2;
    const run = (child: RecurrentLayer, given: Tensor[]) => child.compute([sequence, ...given], options);
    const [ahead, ...aheadStates] = run(this.forwardLayer, states.slice(0, half));
    const [back, ...backStates] = run(this.backwardLayer, states.slice(half));
    const inOrder = this.forwardLayer.returnSequences ? flip(back, 1) : back;
    const results = this.mergeMode ? [merges[this.mergeMode](ahead, inOrder)] : [ahead, inOrder];
    return [...results, ...aheadStates, ...backStates];
  }

  override computeMask(inputs: Tensor[], masks: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    const [own] = this.forwardLayer.computeMask(inputs, masks);
    return this.mergeMode ? [own] : [own, own];
  }

  override computeOutputShape([x, ...states]: PartialShape[]): PartialShape[] {
    const half = states.length / 2;
    const run = (child: RecurrentLayer, given: PartialShape[]) => child.computeOutputShape([x, ...given]);
    const [ahead, ...aheadStates] = run(this.forwardLayer, states.slice(0, half));
    const [back, ...backStates] = run(this.backwardLayer, states.slice(half));
    const joined = [...ahead.slice(0, -1), ahead.at(-1)! + back.at(-1)!];
    const results = this.mergeMode ? [this.mergeMode === "concat" ? joined : ahead] : [ahead, back];
    return [...results, ...aheadStates, ...backStates];
  }

  override macs(inputs: PartialShape[]): number {
    return this.forwardLayer.macs(inputs) + this.backwardLayer.macs(inputs);
  }
}

/** Makes a layer with the same options and new weights. */
function copyOf(layer: RecurrentLayer, changes: RecurrentOptions): RecurrentLayer {
  const options = { ...layer.config, ...changes };
  if (layer instanceof RNNLayer) return new RNNLayer(copyOfCell(layer.cell), withoutCell(options));
  return new (layer.constructor as new (options: object) => RecurrentLayer)(options);
}

/** Names are kept, as files know weights by them, and a layer that was read from a file is copied too. */
function copyOfCell(cell: Cell): Cell {
  const { name } = cell;
  if (cell instanceof StackedRNNCellsLayer) return new StackedRNNCellsLayer(cell.cells.map(copyOfCell), { name });
  return new (cell.constructor as new (options: object) => Cell)({ ...cell.config, name });
}

const withoutCell = ({ cell: _, ...options }: RecurrentOptions & { cell?: unknown }): RecurrentOptions => options;
const addPrefix = (prefix: string, name: string): string => (name.startsWith(prefix) ? name : prefix + name);

/**
 * Makes a layer that runs a recurrent layer in both directions: one copy of `layer` reads the sequence x [batch, time,
 * ...] from its beginning, another from its end, each with its own weights. The result is [batch, ..., 2 units], with
 * `returnSequences` [batch, time, ..., 2 units] with the time steps of both in the order of x; with `returnState` a
 * list [output, ...states forward, ...states backward]. User-defined cells are copied too: their constructors must take
 * the options object that they give to their base.
 *
 * @throws ArgumentError when a layer is not recurrent, the mode is unknown, or the two layers do not go together.
 * @example
 *     Bidirectional(ConvLSTM2D({ filters: 8, returnSequences: true }), { mergeMode: "sum" })(clip)
 */
export const Bidirectional = callable(BidirectionalLayer) as unknown as MakeBidirectional;

/** With `mergeMode: null`, or around a layer with `returnState: true`, a layer returns a list. */
interface MakeBidirectional {
  (layer: RecurrentLayer & LayerCallMany, options?: BidirectionalOptions): BidirectionalLayer & LayerCallMany;
  (layer: RecurrentLayer, options: BidirectionalOptions & { mergeMode: null }): BidirectionalLayer & LayerCallMany;
  (layer: RecurrentLayer, options?: BidirectionalOptions): BidirectionalLayer & LayerCall;
}
