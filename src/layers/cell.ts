/**
 * The base of all cells. A cell computes one time step, which a recurrent layer repeats. `begin` prepares what all time
 * steps of a sequence share and returns the functions that the loop calls. Next file: projections.ts, the weights of the
 * built-in cells.
 */
import { ArgumentError, kindsOf, ShapeError, shapeText, shown } from "../errors.js";
import { callable, type CallOptions, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import type { PartialShape, Shape } from "../shape.js";
import { transaction } from "../scope.js";
import { Tensor, zeros } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import type { Projections } from "./projections.js";

/** The result of a cell for one time step: its output `[batch, ...]`, and its states after the step. */
export type CellResult = [output: Tensor, states: Tensor[]];

/** The result of a recurrent layer for a sequence. */
export interface SequenceResult {
  /** All outputs, `[batch, time, ...]`, or `[time, batch, ...]` of a `CellRun`; undefined where they are not requested. */
  outputs: Tensor | undefined;
  /** The last output; undefined where it is the first state. */
  output?: Tensor;
  /** The states after the last time step. */
  states: Tensor[];
}

/** The computation of a cell for one sequence. */
export interface CellRun {
  /** Computes the part that does not depend on the states, for any number of time steps at once: [..., batch, ...]. */
  project(x: Tensor): Tensor;
  /** Computes one time step from one step of the result of `project`, [batch, ...]. */
  step(z: Tensor, states: Tensor[]): CellResult;
  /**
   * Computes all time steps of z: [time, batch, ...] by one op, from zeros without `initial`. Where mask: [time, batch] is
   * 0, the states stay as they were. The result has all first states as `outputs`, [time, batch, ...], with `sequences`.
   * Undefined where no op does what this cell does.
   */
  steps?: ((z: Tensor, sequences: boolean, initial?: readonly Tensor[], mask?: Tensor) => SequenceResult) | undefined;
}

export interface Cell {
  /** The last size of the output; by default the output has the shape of the first state. */
  readonly outputSize?: number;
  /** The weights of the cells of this package; undefined for a user-defined cell, which stores its weights itself. */
  readonly projections?: Projections;
}

/**
 * The base of all cells. A user-defined cell has `stateSize`, the sizes of its states, and `call`, which computes one
 * time step; it makes its weights in `build`. `RNN(cell, options)` runs it over time. Like the methods of a layer, its
 * methods take lists and return lists: `call` takes the input and the states, and returns the output and the new states.
 *
 *     class LeakyCellLayer extends Cell {
 *       static override className = "LeakyCell";
 *       kernel!: Variable;
 *       readonly stateSize: number;
 *       constructor(options: { units: number } & LayerOptions) {
 *         super(options, ["units"]); // the names of its own options, which getConfig returns
 *         this.stateSize = options.units;
 *       }
 *       override build([shape]: PartialShape[]) {
 *         this.kernel = this.addWeight("kernel", [shape.at(-1)!, this.stateSize], "glorotUniform");
 *       }
 *       override call([x, h]: Tensor[]) {
 *         const next = add(affine(h, 0.9), affine(tanh(dense(x, this.kernel)), 0.1));
 *         return [next, next]; // the output, and the state
 *       }
 *     }
 *     export const LeakyCell = callableCell(LeakyCellLayer);
 *
 *     RNN(LeakyCell({ units: 8 }), { returnSequences: true })(x);
 */
export abstract class Cell extends Layer {
  static override className = "Cell";
  /** The last size of each state, or the shape of each state without the batch. */
  abstract readonly stateSize: number | readonly (number | Shape)[];
  /** The layer that this cell belongs to; errors and weights have its name. */
  declare readonly owner: Layer | undefined;

  constructor(options?: LayerOptions, known: readonly string[] = [], owner?: Layer) {
    super(owner ? { name: owner.name } : options, known);
    (this as { owner: Layer | undefined }).owner = owner;
  }

  override get label(): string {
    return this.owner?.label ?? super.label;
  }

  /**
   * Computes one time step: from the input `[batch, ...]` and the states to the output `[batch, ...]` and the new
   * states.
   */
  abstract override call(inputs: Tensor[], options: ComputeOptions): Tensor[];

  /**
   * Calls the cell: `cell(x, [h, c])` returns `[output, [h, c]]`. Makes the weights first if it has none yet.
   * @throws ArgumentError when `states` is no list of as many tensors, or when a user-defined `call` does not return the output and the states.
   */
  override apply(x: any, states: any, options?: CallOptions): unknown {
    const { training = false, timeSteps = 1 } = Object(options) as CallOptions;
    return transaction(() => {
      this.buildFor(x, states);
      return this.#result(x, states, { training, timeSteps, masks: [] });
    });
  }

  /** @internal Makes the weights for one time step, after a check of its arguments. @throws ArgumentError, ShapeError */
  buildFor(x: Tensor, states: readonly Tensor[]): void {
    transaction(() => {
      if (x instanceof Tensor) {
        this.checkSequence([x.shape[0], 1, ...x.shape.slice(1)]);
        this.buildOnce([x.shape]);
      }
      const { length } = [this.stateSize].flat(1);
      const isList = Array.isArray(states) && states.length === length;
      if (isList && [x, ...states].every((item) => item instanceof Tensor)) return;
      throw new ArgumentError(
        `${this.label}: expected a tensor and a list of ${length} states, received ${shown([x, states])}.`,
      );
    });
  }

  #result(x: Tensor, states: readonly Tensor[], options: ComputeOptions): CellResult {
    const outputs: unknown = this.call?.([x, ...states], options);
    if (Array.isArray(outputs) && outputs.length === 1 + states.length && outputs.every((y) => y instanceof Tensor)) {
      const [output, ...next] = outputs as Tensor[];
      return [output, next];
    }
    throw new ArgumentError(
      `${this.label}: call returned ${kindsOf(outputs)}; expected a list of ${1 + states.length} tensors: return [output, ...states].`,
    );
  }

  /** Gives the shape `[batch, ...]` of each state, for steps of this shape `[batch, ...]`. */
  stateShapes([batch]: PartialShape): PartialShape[] {
    return [this.stateSize].flat(1).map((size) => [batch, ...[size as number | Shape].flat()]);
  }

  /** Refuses sequences [batch, time, ...] that the cell cannot take. @throws ShapeError for such a sequence. */
  checkSequence(shape: PartialShape): void {
    if (shape.length > 1) return;
    throw new ShapeError(`${this.label}: expected [batch, time, ...], received ${shapeText(shape)}.`);
  }

  /** Makes the states before the first step: zeros. */
  getInitialState(batchSize: number, stepShape: Shape): Tensor[] {
    return this.stateShapes([batchSize, ...stepShape.slice(1)]).map((shape) => zeros(shape as Shape));
  }

  /** Gives the shapes of the output and the states, for steps of this shape `[batch, ...]`. */
  override computeOutputShape([step]: PartialShape[]): PartialShape[] {
    const states = this.stateShapes(step);
    return [this.outputSize === undefined ? states[0] : [step[0], this.outputSize], ...states];
  }

  /** Counts the multiply-adds of the projections; 0 for a cell without them. */
  override macs(_inputs: PartialShape[], [output]: PartialShape[]): number {
    return this.projections?.macs(output) ?? 0;
  }

  /**
   * Begins a sequence whose time steps have the shape stepShape: `[batch, ...]`. The dropout masks, which all time steps
   * share, are drawn here.
   * @param _watch receives the gates and states of each step; undefined where nothing is inspected.
   */
  begin(_stepShape: Shape, options: ComputeOptions, _watch?: SequenceWatch): CellRun {
    return { project: (x) => x, step: (x, states) => this.#result(x, states, options) };
  }
}

/** A cell as a function: `LSTMCell({ units: 8 })` returns a cell that can be called. */
export interface CellCall {
  (x: Tensor, states: readonly Tensor[], options?: CallOptions): CellResult;
}

/** Makes a class of cells callable without `new`. */
export const callableCell =
  <Args extends unknown[], C extends Cell>(Class: new (...args: Args) => C): ((...args: Args) => C & CellCall) =>
  (...args) =>
    new Class(...args) as C & CellCall;

/** @internal The same for the cells of this package. */
export const ownCell = callable as unknown as typeof callableCell;

/** Computes the `call` of a cell by its `begin`, as a sequence of one time step. */
export function oneStep(cell: Cell, [x, ...states]: Tensor[], options: ComputeOptions): Tensor[] {
  const run = cell.begin(x.shape, options);
  return run.step(run.project(x), states).flat();
}
