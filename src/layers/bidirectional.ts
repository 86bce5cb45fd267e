import { layerFrom } from "../config.js";
import { ArgumentError } from "../errors.js";
import {
  type CallOptions,
  isShapeList,
  Layer,
  type LayerCall,
  type LayerCallMany,
  type LayerOptions,
  type OneOrMany,
} from "../layer.js";
import type { Named } from "../named.js";
import { add, affine, concat, flip, multiply } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Parts, Tensor } from "../tensor.js";
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
export type MergeMode = keyof typeof merges | null;

export interface BidirectionalOptions extends LayerOptions {
  /** How the results of both directions become one: "concat" (the default), "sum", "mul", "ave", or null for both, as a list. */
  mergeMode?: MergeMode;
  /** What reads from the end to the beginning, where it is not a copy of `layer`; it has `goBackwards: true`. */
  backwardLayer?: RecurrentLayer;
}

const alike = ["returnSequences", "returnState", "stateful"] as const;

export class BidirectionalLayer extends Layer {
  static override className = "Bidirectional";
  readonly forwardLayer: RecurrentLayer;
  readonly backwardLayer: RecurrentLayer;
  readonly mergeMode: MergeMode;

  /** @throws ArgumentError for what is no recurrent layer, for an unknown mode, and for two layers that do not go together. */
  constructor(layer: RecurrentLayer, options: BidirectionalOptions = {}) {
    super({ ...options, layer } as LayerOptions, ["layer", "mergeMode", "backwardLayer"]);
    const { mergeMode = "concat", backwardLayer } = options;
    if (![layer, backwardLayer ?? layer].every((each) => each instanceof RecurrentLayer)) {
      throw new ArgumentError(`${this.label}: expected recurrent layers, as in Bidirectional(LSTM({ units: 8 })).`);
    }
    if (mergeMode !== null && !Object.hasOwn(merges, mergeMode)) {
      const known = Object.keys(merges).map((mode) => `"${mode}"`);
      throw new ArgumentError(
        `${this.label}: mergeMode ${JSON.stringify(mergeMode)}; expected ${known.join(", ")} or null.`,
      );
    }
    this.mergeMode = mergeMode;
    this.forwardLayer = copyOf(layer, { name: prefixed("forward_", layer.name) });
    this.backwardLayer = backwardLayer ?? copyOf(layer, { name: prefixed("backward_", layer.name), goBackwards: true });
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
    for (const option of alike) {
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

  override get sublayers(): readonly Layer[] {
    return [this.forwardLayer, this.backwardLayer];
  }

  /** The states of both directions are forgotten. */
  resetStates(): void {
    this.forwardLayer.resetStates();
    this.backwardLayer.resetStates();
  }

  override build(shape: PartialShape | PartialShape[]): void {
    for (const child of this.sublayers) child.buildOnce(isShapeList(shape) ? shape[0] : shape);
  }

  override call(x: OneOrMany<Tensor>, options: CallOptions): OneOrMany<Tensor> {
    return this.#both(x, options, false).next().value as OneOrMany<Tensor>;
  }

  override callInParts(x: OneOrMany<Tensor>, options: CallOptions): Parts<OneOrMany<Tensor>> {
    const isOwn = this.call === BidirectionalLayer.prototype.call;
    return isOwn ? this.#both(x, options, true) : super.callInParts(x, options);
  }

  *#both(x: OneOrMany<Tensor>, options: CallOptions, pauses: boolean): Parts<OneOrMany<Tensor>> {
    const [sequence, ...states] = [x].flat();
    const half = states.length / 2;
    const run = function* (child: RecurrentLayer, given: Tensor[]): Parts<Tensor[]> {
      const all = given.length > 0 ? [sequence, ...given] : sequence;
      return [pauses ? yield* child.computeInParts(all, options) : child.compute(all, options)].flat();
    };
    const [ahead, ...aheadStates] = yield* run(this.forwardLayer, states.slice(0, half));
    const [back, ...backStates] = yield* run(this.backwardLayer, states.slice(half));
    const inOrder = this.forwardLayer.returnSequences ? flip(back, 1) : back;
    const results = this.mergeMode ? [merges[this.mergeMode](ahead, inOrder)] : [ahead, inOrder];
    const all = [...results, ...aheadStates, ...backStates];
    return all.length === 1 ? all[0] : all;
  }

  override computeMask(x: OneOrMany<Tensor>, mask: CallOptions["mask"]): CallOptions["mask"] {
    const [own] = [this.forwardLayer.computeMask(x, mask)].flat();
    return this.mergeMode ? own : [own, own];
  }

  override computeOutputShape(shape: PartialShape | PartialShape[]): PartialShape | PartialShape[] {
    const [x, ...states] = isShapeList(shape) ? shape : [shape];
    const half = states.length / 2;
    const run = (child: RecurrentLayer, given: PartialShape[]) => {
      const y = child.computeOutputShape(given.length > 0 ? [x, ...given] : x);
      return isShapeList(y) ? y : [y];
    };
    const [ahead, ...aheadStates] = run(this.forwardLayer, states.slice(0, half));
    const [back, ...backStates] = run(this.backwardLayer, states.slice(half));
    const joined = [...ahead.slice(0, -1), ahead.at(-1)! + back.at(-1)!];
    const results = this.mergeMode ? [this.mergeMode === "concat" ? joined : ahead] : [ahead, back];
    const all = [...results, ...aheadStates, ...backStates];
    return all.length === 1 ? all[0] : all;
  }

  override macs(input: PartialShape | PartialShape[]): number {
    return this.forwardLayer.macs(input) + this.backwardLayer.macs(input);
  }
}

/** A layer with the same options and weights of its own. */
function copyOf(layer: RecurrentLayer, changes: RecurrentOptions): RecurrentLayer {
  const options = { ...layer.config, ...changes };
  if (layer instanceof RNNLayer) return new RNNLayer(copyOfCell(layer.cell), withoutCell(options));
  return new (layer.constructor as new (options: object) => RecurrentLayer)(options);
}

function copyOfCell(cell: Cell): Cell {
  if (cell instanceof StackedRNNCellsLayer) return new StackedRNNCellsLayer(cell.cells.map(copyOfCell));
  return new (cell.constructor as new (options: object) => Cell)(cell.config);
}

const withoutCell = ({ cell: _, ...options }: RecurrentOptions & { cell?: unknown }): RecurrentOptions => options;
const prefixed = (prefix: string, name: string): string => (name.startsWith(prefix) ? name : prefix + name);

/**
 * A recurrent layer in both directions: the sequence x [batch, time, ...] is read by a copy of `layer` from its beginning and by
 * another from its end, each with weights of its own. The result is [batch, ..., 2 units], with `returnSequences` [batch, time,
 * ..., 2 units] with the steps of both in the order of x; with `returnState` a list [output, ...states forward, ...states backward].
 * Cells of one's own are copied too: their constructors must take the options object that their base was given.
 *
 *     Bidirectional(ConvLSTM2D({ filters: 8, returnSequences: true }), { mergeMode: "sum" })(clip)
 */
export const Bidirectional = ((...args: ConstructorParameters<typeof BidirectionalLayer>) =>
  new BidirectionalLayer(...args)) as unknown as MakeBidirectional;

/** With `mergeMode: null`, or around a layer with `returnState: true`, a layer gives a list. */
interface MakeBidirectional {
  (layer: RecurrentLayer & LayerCallMany, options?: BidirectionalOptions): BidirectionalLayer & LayerCallMany;
  (layer: RecurrentLayer, options: BidirectionalOptions & { mergeMode: null }): BidirectionalLayer & LayerCallMany;
  (layer: RecurrentLayer, options?: BidirectionalOptions): BidirectionalLayer & LayerCall;
}
