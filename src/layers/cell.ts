/** What RNN repeats: one step of time. */
import { ShapeError, shapeText } from "../errors.js";
import { type CallOptions, Layer, type LayerOptions } from "../layer.js";
import type { CellResult, RecurrenceResult } from "../ops/recurrence.js";
import type { PartialShape, Shape } from "../shape.js";
import { scope } from "../scope.js";
import { type Tensor, zeros } from "../tensor.js";

export type { CellResult } from "../ops/recurrence.js";

/** A cell at work on one sequence. */
export interface CellRun {
  /** What of the input does not depend on the states, for as many steps as there are: [..., batch, ...] to [..., batch, ...]. */
  project(x: Tensor): Tensor;
  /** One step, from one step of what `project` gave: [batch, ...]. */
  step(z: Tensor, states: Tensor[]): CellResult;
}

/** What a cell is as a function, as `LSTMCell({ units: 8 })` gives one. */
export interface CellCall {
  (x: Tensor, states: readonly Tensor[], options?: CallOptions): CellResult;
}

/** Makes a class of cells callable without `new`. */
export const callableCell =
  <Args extends unknown[], C extends Cell>(Class: new (...args: Args) => C): ((...args: Args) => C & CellCall) =>
  (...args) =>
    new Class(...args) as C & CellCall;

/** `outputSize`: of what a cell gives, where it is not that of its first state. */
export interface Cell {
  readonly outputSize?: number;
}

/**
 * The base of all cells. A cell of one's own says how large its states are and what a step does, and makes its weights in
 * `build`; `RNN(cell, options)` does the rest. The states are a list, also where there is but one.
 *
 *     class LeakyCellLayer extends Cell {
 *       static override className = "LeakyCell";
 *       kernel!: Variable;
 *       readonly stateSize: number;
 *       constructor(options: { units: number } & LayerOptions) {
 *         super(options, ["units"]); // the names of its own options; all stand in its config, from which it is made again
 *         this.stateSize = options.units;
 *       }
 *       override build(shape: PartialShape) {
 *         this.kernel = this.addWeight("kernel", [shape.at(-1)!, this.stateSize], "glorotUniform");
 *       }
 *       override call(x: Tensor, [h]: Tensor[]): CellResult {
 *         const next = add(affine(h, 0.9), affine(tanh(dense(x, this.kernel)), 0.1));
 *         return [next, [next]];
 *       }
 *     }
 *     export const LeakyCell = callableCell(LeakyCellLayer);
 *
 *     RNN(LeakyCell({ units: 8 }), { returnSequences: true })(x);
 */
export abstract class Cell extends Layer {
  static override className = "Cell";
  /** Of each state: its last size, or its shape without the batch. */
  abstract readonly stateSize: number | readonly (number | Shape)[];
  /** The layer whose cell this is; errors and weights have its name. */
  declare readonly owner: Layer | undefined;

  constructor(options: LayerOptions = {}, known: readonly string[] = [], owner?: Layer) {
    super(owner ? { name: owner.name } : options, known);
    (this as { owner: Layer | undefined }).owner = owner;
  }

  override get label(): string {
    return this.owner?.label ?? super.label;
  }

  /**
   * One step. x: [batch, ...], states: a list; gives [output, newStates]. The weights must have been made: by the first call of the
   * layer, or by `buildOnce([batch, ...])`.
   */
  abstract override call(x: Tensor, states: Tensor[], options?: CallOptions): CellResult;

  /** A cell is called like a layer, with its states: `cell(x, [h, c])`. Builds it if need be; see `call`. */
  override apply(x: any, states: any, options: CallOptions = {}): unknown {
    this.buildOnce(x.shape);
    return scope(() => this.call(x, states, options));
  }

  /** Shape [batch, ...] of each state, for steps of this shape [batch, ...]. */
  stateShapes([batch]: PartialShape): PartialShape[] {
    return [this.stateSize].flat(1).map((size) => [batch, ...[size as number | Shape].flat()]);
  }

  /** Refuses sequences [batch, time, ...] that the cell cannot take. @throws ShapeError */
  checkSequence(shape: PartialShape): void {
    if (shape.length > 1) return;
    throw new ShapeError(`${this.label}: expected [batch, time, ...], received ${shapeText(shape)}.`);
  }

  /** The states before the first step: zeros. */
  getInitialState(batchSize: number, stepShape: Shape): Tensor[] {
    return this.stateShapes([batchSize, ...stepShape.slice(1)]).map((shape) => zeros(shape as Shape));
  }

  /** [batch, ...] of the output, for steps of this shape. */
  override computeOutputShape(step: PartialShape): PartialShape {
    return this.outputSize === undefined ? this.stateShapes(step)[0] : [step[0], this.outputSize];
  }

  /** Made once for each sequence: what all its steps share (masks of dropout) is drawn here. stepShape: [batch, ...]. */
  begin(_stepShape: Shape, options: CallOptions): CellRun {
    return { project: (x) => x, step: (x, states) => this.call(x, states, options) };
  }

  /** The whole sequence x [batch, time, ...] by one op, where there is one for this cell; its outputs [batch, time, ...]. */
  fused(
    _x: Tensor,
    _sequences: boolean,
    _initial: readonly Tensor[] | undefined,
    _options: CallOptions,
  ): RecurrenceResult | undefined {
    return undefined;
  }
}
