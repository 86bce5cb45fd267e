/** Recurrent layers: a cell, repeated over time. */
import { ShapeError, shapeText } from "../errors.js";
import {
  type CallOptions,
  isShapeList,
  Layer,
  type LayerCall,
  type LayerCallMany,
  type LayerOptions,
  type OneOrMany,
} from "../layer.js";
import { affine, concat, flip, slice } from "../ops/index.js";
import { recurrence, type RecurrenceResult } from "../ops/recurrence.js";
import { batchMajor, timeMajor } from "../ops/timeMajor.js";
import { type PartialShape, sameShape } from "../shape.js";
import { type Resumable, scope } from "../scope.js";
import { type Tensor, Variable } from "../tensor.js";
import { Cell } from "./cell.js";

export interface RecurrentOptions extends LayerOptions {
  /** Whether the result holds the output of every step or only of the last. */
  returnSequences?: boolean;
  /** Whether the result is a list: [output, ...states after the last step]. */
  returnState?: boolean;
  /** Whether the last step of x comes first. Outputs stand in the order in which they were computed. */
  goBackwards?: boolean;
  /** Whether a call begins with the states that the last one ended with; see `resetStates`. */
  stateful?: boolean;
  /** Whether the output of a masked step is zeros, and not the output before it. */
  zeroOutputForMask?: boolean;
  /** Taken because Keras takes it; results are the same. */
  unroll?: boolean;
}

export const recurrentOptions: readonly (keyof RecurrentOptions)[] = [
  ...(["returnSequences", "returnState", "goBackwards", "stateful", "zeroOutputForMask", "unroll"] as const),
];

/**
 * Steps that `predict` does not pause within have so many multiply-adds, some 90 ms; but two are together at least. Each part reads the
 * kernel anew: for 256 filters over MobileNet, whose kernel has 38 MB, parts of 7 steps cost 4 %, of 3 steps 9 %, of 2 steps 17 %.
 */
const partMacs = 2 ** 31;

/** With `returnState: true` a layer gives a list. */
export interface MakeRecurrent<Options, L> {
  (options: Options & { returnState: true }): L & LayerCallMany;
  (options: Options): L & LayerCall;
}

/** What all recurrent layers are: LSTM, GRU, ConvLSTM2D, and RNN of any cell. */
export abstract class RecurrentLayer<C extends Cell = Cell> extends Layer {
  readonly cell: C;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  /** Bidirectional sets it. */
  zeroOutputForMask: boolean;
  /** Where `stateful`, what the last call ended with. No weights: they are neither trained nor saved. */
  states: Variable[] | undefined;

  /** @param makeCell gives the cell of this layer. */
  constructor(makeCell: (owner: Layer) => C, options: RecurrentOptions, known: readonly string[] = []) {
    super(options, [...recurrentOptions, ...known]);
    this.cell = makeCell(this);
    this.returnSequences = options.returnSequences ?? false;
    this.returnState = options.returnState ?? false;
    this.goBackwards = options.goBackwards ?? false;
    this.stateful = options.stateful ?? false;
    this.zeroOutputForMask = options.zeroOutputForMask ?? false;
  }

  override get sublayers(): readonly Layer[] {
    return [this.cell];
  }

  /** The states are forgotten: the next call begins anew, with any size of batch. */
  resetStates(): void {
    for (const state of this.states ?? []) state.dispose();
    this.states = undefined;
  }

  override build(shape: PartialShape | PartialShape[]): void {
    this.cell.buildOnce(stepOf(shape));
  }

  override call(x: OneOrMany<Tensor>, options: CallOptions): OneOrMany<Tensor> {
    const [sequence, ...given] = [x].flat();
    const [mask] = [options.mask].flat();
    if (mask && !sameShape(mask.shape, sequence.shape.slice(0, 2))) {
      throw new ShapeError(
        `${this.label}: expected a mask [batch, time], received ${shapeText(mask.shape)} for ${shapeText(sequence.shape)}.`,
      );
    }
    // Copies, as the states change before the way back reads them.
    const initial = given.length > 0 ? given : this.states?.map((state) => affine(state, 1));
    const inOrder = (whole: Tensor) => (this.goBackwards ? flip(whole, 1) : whole);
    const { outputs, output, states } = this.#run(inOrder(sequence), mask && inOrder(mask), initial, options);
    if (this.stateful) this.#remember(states);
    const result = outputs ?? output;
    return this.returnState ? [result, ...states] : result;
  }

  /** A few steps at a time, where nobody would see the difference. */
  override *callInParts(x: OneOrMany<Tensor>, options: CallOptions): Resumable<OneOrMany<Tensor>> {
    const [sequence, ...given] = [x].flat();
    const [batch, steps, ...rest] = sequence.shape;
    const stepMacs = this.macs([batch, 1, ...rest]) * batch;
    const atOnce = Math.max(2, Math.floor(partMacs / stepMacs));
    const isUsual = this.call === RecurrentLayer.prototype.call && this.cell.fused !== Cell.prototype.fused;
    if (!(isUsual && atOnce < steps) || this.stateful || [options.mask].flat()[0])
      return yield* super.callInParts(x, options);
    const ordered = this.goBackwards ? flip(sequence, 1) : sequence;
    const sequences: Tensor[] = [];
    let initial = given.length > 0 ? given : undefined;
    for (let t = 0; ; t += atOnce) {
      const count = Math.min(atOnce, steps - t);
      const { outputs, output, states } = scope(() =>
        this.#run(slice(ordered, [0, t], [batch, count]), undefined, initial, options),
      );
      if (outputs) sequences.push(outputs);
      initial = states;
      yield stepMacs * count;
      if (t + count < steps) continue;
      const result = this.returnSequences ? concat(sequences, 1) : output;
      return this.returnState ? [result, ...states] : result;
    }
  }

  #run(x: Tensor, mask: Tensor | undefined, initial: Tensor[] | undefined, options: CallOptions): RecurrenceResult {
    const { cell, returnSequences: sequences, zeroOutputForMask } = this;
    const fused = mask ? undefined : cell.fused(x, sequences, initial, options);
    if (fused) return fused;
    const step = [x.shape[0], ...x.shape.slice(2)];
    const run = cell.begin(step, options);
    const result = recurrence(
      run.project(timeMajor(x)),
      initial ?? cell.getInitialState(step[0], step),
      (z, states) => run.step(z, states),
      { sequences, mask: mask && timeMajor(mask), zeroOutputForMask },
    );
    return { ...result, outputs: result.outputs && batchMajor(result.outputs) };
  }

  #remember(states: readonly Tensor[]): void {
    this.states ??= states.map((state) => new Variable(`${this.name}/rnn_state`, state.shape, false, state.backend));
    this.states.forEach((variable, i) => variable.assign(states[i]));
  }

  /** The mask goes on where the result still has steps. */
  override computeMask(_x: OneOrMany<Tensor>, mask: CallOptions["mask"]): CallOptions["mask"] {
    return this.returnSequences ? [mask].flat()[0] : undefined;
  }

  override computeOutputShape(shape: PartialShape | PartialShape[]): PartialShape | PartialShape[] {
    const [x, ...given] = isShapeList(shape) ? shape : [shape];
    this.cell.checkSequence(x);
    const step = stepOf(x);
    const states = this.cell.stateShapes(step);
    this.#checkStates(x[0], states, given.length > 0 ? given : this.states?.map((state) => state.shape));
    const [batch, ...output] = this.cell.computeOutputShape(step);
    const result = this.returnSequences ? [batch, x[1], ...output] : [batch, ...output];
    return this.returnState ? [result, ...states] : result;
  }

  /** Whether the states that a call begins with, if any, are those of the cell; an unknown batch fits any. @throws ShapeError */
  #checkStates(batch: number | null, expected: PartialShape[], given: readonly PartialShape[] = expected): void {
    const text = (shapes: readonly PartialShape[]) =>
      shapes.map(([rows, ...size]) => shapeText([batch && (rows ?? batch), ...size])).join(" and ");
    if (text(given) === text(expected)) return;
    throw new ShapeError(
      `${this.label}: expected states ${text(expected)}, received ${text(given)}; resetStates() forgets those of the last call.`,
    );
  }

  override macs(input: PartialShape | PartialShape[]): number {
    const [, steps] = isShapeList(input) ? input[0] : input;
    const step = stepOf(input);
    return (steps ?? NaN) * this.cell.macs(step, this.cell.computeOutputShape(step));
  }
}

/** One step [batch, ...] of a sequence [batch, time, ...], alone or first in a list. */
const stepOf = (shape: PartialShape | PartialShape[]): PartialShape => {
  const [batch, , ...rest] = isShapeList(shape) ? shape[0] : shape;
  return [batch, ...rest];
};
