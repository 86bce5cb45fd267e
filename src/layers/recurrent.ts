/**
 * The base of all recurrent layers, which run a cell over time. `call` prepares the states and the order of the time
 * steps; `#run` computes the whole sequence by one op where the cell has one (`CellRun.steps`), otherwise by `repeat`,
 * the loop over time.
 * Next file: cell.ts, one time step.
 */
import { ShapeError, shapeText } from "../errors.js";
import {
  type ComputeOptions,
  Layer,
  type LayerCall,
  type LayerCallMany,
  type LayerOptions,
  type Stepper,
} from "../layer.js";
import { where } from "../ops/where.js";
import { add, affine, concat, flip, reshape, slice, stack } from "../ops/index.js";
import { batchMajor, timeMajor } from "../ops/timeMajor.js";
import { type PartialShape, sameShape } from "../shape.js";
import { layersIn } from "../layer/tree.js";
import { scope, undoable } from "../scope.js";
import { constantTensor, type Tensor, Variable } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import type { Cell, CellRun, SequenceResult } from "./cell.js";
import type { Projections } from "./projections.js";

/** The options of all recurrent layers. */
export interface RecurrentOptions extends LayerOptions {
  /** Whether the result contains the output of every time step, or only that of the last; false by default. */
  returnSequences?: boolean;
  /** Whether the result is a list: [output, ...states after the last step]; false by default. */
  returnState?: boolean;
  /**
   * Whether the sequence is read from its last time step to its first; outputs are in the order in which they are
   * computed. False by default.
   */
  goBackwards?: boolean;
  /** Whether a call begins with the states after the last call, see `resetStates`; false by default. */
  stateful?: boolean;
  /** Whether the output at a masked time step is zeros instead of the previous output; false by default. */
  zeroOutputForMask?: boolean;
  /** This option has no effect; it is accepted as in Keras. False by default. */
  unroll?: boolean;
}

export const recurrentOptions: readonly (keyof RecurrentOptions)[] = [
  ...(["returnSequences", "returnState", "goBackwards", "stateful", "zeroOutputForMask", "unroll"] as const),
];

/**
 * The base of all recurrent layers: LSTM, GRU, ConvLSTM2D, and RNN of any cell. x: [batch, time, ...]; the result is
 * the last output [batch, ...], with `returnSequences` all outputs [batch, time, ...], with `returnState` a list
 * [output, ...states].
 */
export abstract class RecurrentLayer<C extends Cell = Cell> extends Layer {
  /** The cell that is repeated over time. */
  readonly cell: C;
  /** Whether the result contains the output of every time step. */
  readonly returnSequences: boolean;
  /** Whether the result is a list, `[output, ...states]`. */
  readonly returnState: boolean;
  /** Whether the sequence is read from its last time step to its first. */
  readonly goBackwards: boolean;
  /** Whether a call begins with the states after the last call. */
  readonly stateful: boolean;
  /** Whether the output of a masked step is zeros; set by Bidirectional. */
  zeroOutputForMask: boolean;
  /** True: the first input is a sequence. */
  override readonly readsTime = true;
  /** The states after the last call, with `stateful`. They are not weights: they are neither trained nor saved. */
  states: Variable[] | undefined;

  /**
   * @param makeCell makes the cell of this layer; `known`: the names of the options beside those of all recurrent
   * layers.
   */
  constructor(makeCell: (owner: Layer) => C, options: RecurrentOptions, known: readonly string[] = []) {
    super(options, [...known, ...recurrentOptions]);
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

  // ── computing ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Computes the result for a sequence and its initial states. @throws ShapeError for a mask that is not `[batch,
   * time]`.
   */
  override call([sequence, ...given]: Tensor[], options: ComputeOptions): Tensor[] {
    const [mask] = options.masks;
    if (mask && !sameShape(mask.shape, sequence.shape.slice(0, 2))) {
      throw new ShapeError(
        `${this.label}: expected a mask [batch, time], received ${shapeText(mask.shape)} for ${shapeText(sequence.shape)}.`,
      );
    }
    // Copies, because the states are replaced before the backward pass reads the old ones.
    const initial = given.length > 0 ? given : this.states?.map((state) => affine(state, 1));
    const readingOrder = (whole: Tensor) => (this.goBackwards ? flip(whole, 1) : whole);
    const result = this.#run(readingOrder(sequence), mask && readingOrder(mask), initial, options);
    if (this.stateful) this.#remember(result.states);
    return this.#toList(result);
  }

  /** Computes a sequence x [batch, time, ...] with its mask [batch, time], both in the order in which they are read. */
  #run(x: Tensor, mask: Tensor | undefined, initial: Tensor[] | undefined, options: ComputeOptions): SequenceResult {
    const { cell, returnSequences } = this;
    const watch = options.watch?.begin(this, x.shape[1], options.masks[0]);
    const stepShape = [x.shape[0], ...x.shape.slice(2)];
    const run = watch ? cell.begin(stepShape, { ...options, training: false }, watch) : cell.begin(stepShape, options);
    // Zeros in place of masked time steps: the gradient of a weight is a product with the input, and NaN times 0 is NaN.
    const z = run.project(timeMajor(mask ? where(mask, x) : x));
    const steps = mask && timeMajor(mask);
    let result: SequenceResult;
    if (run.steps && !watch) {
      result = run.steps(z, returnSequences, initial, steps);
      // Outputs are the states, but zeros at masked steps with `zeroOutputForMask`, otherwise before the first used one.
      const shown = steps && (this.zeroOutputForMask ? steps : initial && fromFirst(steps));
      if (shown) {
        const { outputs, states } = result;
        const output = where(stepAt(shown, x.shape[1] - 1), states[0]);
        result = { outputs: outputs && where(shown, outputs), output, states };
      }
    } else result = repeat(run, z, initial ?? cell.getInitialState(stepShape[0], stepShape), this, steps, watch);
    return { ...result, outputs: result.outputs && batchMajor(result.outputs) };
  }

  #toList({ outputs, output, states }: SequenceResult): Tensor[] {
    const result = outputs ?? output ?? shareMemory(states[0]);
    return this.returnState ? [result, ...states] : [result];
  }

  /** Keeps the last output and the states, as `returnState` lists them; `states` of the layer stays as it is. */
  override stepper([x, ...given]: PartialShape[]): string | boolean | Stepper {
    if (this.call !== RecurrentLayer.prototype.call) return false;
    if (this.goBackwards) return "goBackwards: true reads the last time step first";
    if (given.length > 0) return "it begins with states of another layer, which differ from step to step";
    const [output, ...states] = this.cell.computeOutputShape([[null, ...x.slice(2)]]);
    return {
      timed: [this.returnSequences, ...states.map(() => false)],
      stateShapes: [output, ...states],
      step: ([sequence], before, options) => this.#step(sequence, before, options),
    };
  }

  #step(x: Tensor, [last, ...before]: readonly Tensor[], options: ComputeOptions) {
    const [mask] = options.masks;
    this.cell.checkSequence(x.shape);
    const { output, states } = this.#run(x, mask, last && before, options);
    let y = shareMemory(output ?? states[0]);
    // A masked step shows the last output again, which may be one of a step before this.
    if (mask && !this.zeroOutputForMask) y = where(stepAt(timeMajor(mask), 0), y, last);
    const result = this.returnSequences ? reshape(y, [y.shape[0], 1, ...y.shape.slice(1)]) : shareMemory(y);
    if (this.returnSequences) result.mask = mask?.as(mask.shape);
    return { outputs: this.#toList({ outputs: result, states: states.map(shareMemory) }), states: [y, ...states] };
  }

  // ── states ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** True: the initial states may be given after x. */
  override get takesSeveral(): boolean {
    return true;
  }

  /** Discards the states: the next call begins with zeros, and may have another batch size. */
  resetStates(): void {
    for (const state of this.states ?? []) state.dispose();
    this.states = undefined;
  }

  #remember(states: readonly Tensor[]): void {
    const isFirst = this.states === undefined;
    undoable(() => (failed) => void (failed && isFirst && this.resetStates()));
    this.states ??= states.map((state) => new Variable(`${this.name}/rnn_state`, state.shape, false, state.backend));
    this.states.forEach((variable, i) => variable.assign(states[i]));
  }

  /**
   * Checks the shapes of the initial states, if there are any; an unknown batch size fits any.
   * @throws ShapeError for states that are not those of the cell.
   */
  #checkStates(batch: number | null, expected: PartialShape[], given: readonly PartialShape[] = expected): void {
    const text = (shapes: readonly PartialShape[]) =>
      shapes.map(([rows, ...size]) => shapeText([batch && (rows ?? batch), ...size])).join(" and ");
    if (text(given) === text(expected)) return;
    throw new ShapeError(
      `${this.label}: expected states ${text(expected)}, received ${text(given)}; resetStates() forgets those of the last call.`,
    );
  }

  // ── shapes, masks and costs ─────────────────────────────────────────────────────────────────────────────────────────

  override build([shape]: PartialShape[]): void {
    this.cell.buildOnce([stepShapeOf(shape)]);
  }

  override computeOutputShape([x, ...given]: PartialShape[]): PartialShape[] {
    this.cell.checkSequence(x);
    if (x[1] === 0) {
      throw new ShapeError(`${this.label}: expected at least one step, received ${shapeText(x)}.`);
    }
    const step = stepShapeOf(x);
    const states = this.cell.stateShapes(step);
    this.#checkStates(x[0], states, given.length > 0 ? given : this.states?.map((state) => state.shape));
    const [[batch, ...output]] = this.cell.computeOutputShape([step]);
    const result = this.returnSequences ? [batch, x[1], ...output] : [batch, ...output];
    return this.returnState ? [result, ...states] : [result];
  }

  override givesList(): boolean {
    return this.returnState;
  }

  /** Passes the mask on where the result still has a time axis. */
  override computeMask(_inputs: Tensor[], [mask]: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return this.returnSequences ? [mask] : [];
  }

  override macs([x]: PartialShape[]): number {
    const step = [stepShapeOf(x)];
    return (x[1] ?? NaN) * this.cell.macs(step, this.cell.computeOutputShape(step));
  }

  // ── the cell's weights ──────────────────────────────────────────────────────────────────────────────────────────────

  /** The weights of the input, with the parts of all gates along the last axis; undefined for a user-defined cell. */
  get kernel(): FromCell<C, Variable> {
    return this.cell.projections?.kernel as Variable;
  }

  /** The weights of the state, with the parts of all gates along the last axis; undefined for a user-defined cell. */
  get recurrentKernel(): FromCell<C, Variable> {
    return this.cell.projections?.recurrentKernel as Variable;
  }

  /** The bias of all gates; undefined without `useBias` and for a user-defined cell. */
  get bias(): Variable | undefined {
    return this.cell.projections?.bias;
  }

  /**
   * Gives copies of the weights gate by gate: `layer.gates().f.kernel`. They have the names that `trace` of
   * `zoetrope/inspect` uses: `i f g o` for LSTM and ConvLSTM (g is the candidate, which Keras calls c), `z r g` for GRU,
   * `h` for SimpleRNN. The biases of a GRU with `resetAfter` are [2, units]. Undefined for a user-defined cell.
   */
  gates(): GatesOf<C> {
    return this.cell.projections?.gates() as GatesOf<C>;
  }
}

/** Gives the shape of one step [batch, ...] of a sequence [batch, time, ...]. */
const stepShapeOf = ([batch, , ...rest]: PartialShape): PartialShape => [batch, ...rest];

// ── the loop over time ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Runs a cell on z: [time, batch, ...], one time step after the other; each receives the states that the previous one
 * returned. Where the mask [time, batch] is 0, the states do not change and the output is the previous one (zeros at the
 * first time step, or with `zeroOutputForMask`).
 */
function repeat(
  run: CellRun,
  z: Tensor,
  initial: readonly Tensor[],
  { returnSequences, zeroOutputForMask }: { returnSequences: boolean; zeroOutputForMask: boolean },
  mask: Tensor | undefined,
  watch: SequenceWatch | undefined,
): SequenceResult {
  return scope(() => {
    const outputs: Tensor[] = [];
    let states = [...initial];
    let output: Tensor | undefined;
    for (let t = 0; t < z.shape[0]; t++) {
      watch?.begin(t);
      const before = zeroOutputForMask ? undefined : output;
      [output, states] = scope(() => {
        const [y, next] = run.step(stepAt(z, t), states);
        if (!mask) return [y, next];
        const isUsed = stepAt(mask, t);
        return [where(isUsed, y, before), next.map((state, i) => where(isUsed, state, states[i]))];
      });
      if (returnSequences) outputs.push(output);
    }
    // A cell may return a state as its output, or a state that it was given.
    return {
      outputs: returnSequences ? stack(outputs) : undefined,
      output: shareMemory(output!),
      states: states.map(shareMemory),
    };
  });
}

/** Makes a second tensor that shares the memory of x, so that each can be disposed without the other. */
const shareMemory = (x: Tensor): Tensor => reshape(x, x.shape);

/** Marks the time steps from the first used one on, by counts of the used ones of the mask [time, batch] up to each. */
function fromFirst(mask: Tensor): Tensor {
  const [time] = mask.shape;
  let marks = where(mask, constantTensor(mask.shape, 1, mask.backend));
  for (let by = 1; by < time; by *= 2) {
    const later = add(slice(marks, [by], [time - by]), slice(marks, [0], [time - by]));
    marks = concat([slice(marks, [0], [by]), later], 0);
  }
  return marks;
}

const stepAt = (x: Tensor, t: number): Tensor => reshape(slice(x, [t], [1]), x.shape.slice(1));

// ── types ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The type of a value of `cell.projections`; may be undefined where the cell may be a user-defined one. */
type FromCell<C, Value> = C extends { readonly projections: Projections } ? Value : Value | undefined;
type GatesOf<C> = C extends { readonly projections: Projections<infer Part> }
  ? ReturnType<Projections<Part>["gates"]>
  : ReturnType<Projections["gates"]> | undefined;

/** A function that makes a recurrent layer; with `returnState: true` the layer returns a list. */
export interface MakeRecurrent<Options, L> {
  (options: Options & { returnState: true }): L & LayerCallMany;
  (options: Options): L & LayerCall;
}

/** The layers in a layer, it included, that keep states from call to call. */
export const statefulLayers = (root: Layer): RecurrentLayer[] =>
  layersIn(root).filter((layer) => layer instanceof RecurrentLayer && layer.stateful) as RecurrentLayer[];
