import { layerFrom } from "../registry.js";
import { ArgumentError } from "../errors.js";
import { callable, type ComputeOptions, type Layer, type LayerOptions } from "../layer.js";
import type { Named } from "../named.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import { Cell, type CellRun, oneStep } from "./cell.js";

/** The class of `StackedRNNCells` cells, for subclasses and `instanceof`. */
export class StackedRNNCellsLayer extends Cell {
  static override className = "StackedRNNCells";
  /** The cells, in the order in which they compute each time step. */
  readonly cells: readonly Cell[];

  constructor(cells: readonly Cell[], options: LayerOptions = {}) {
    super({ ...options, cells } as LayerOptions, ["cells"]);
    this.cells = cells;
    if (!Array.isArray(cells) || cells.length === 0 || !Array.from(cells).every((cell) => cell instanceof Cell)) {
      throw new ArgumentError(`${this.label}: expected a list of cells, as in StackedRNNCells([a, b]).`);
    }
  }

  get stateSize(): readonly (number | Shape)[] {
    return this.cells.flatMap((cell) => [cell.stateSize].flat(1) as (number | Shape)[]);
  }

  override get sublayers(): readonly Layer[] {
    return this.cells;
  }

  override checkSequence(shape: PartialShape): void {
    this.cells[0].checkSequence(shape);
  }

  /** Gives the shape of the input of each cell. */
  #stepShapes(step: PartialShape): PartialShape[] {
    const shapes = [step];
    for (const cell of this.cells.slice(0, -1)) shapes.push(cell.computeOutputShape([shapes.at(-1)!])[0]);
    return shapes;
  }

  override build([step]: PartialShape[]): void {
    this.#stepShapes(step).forEach((shape, i) => this.cells[i].buildOnce([shape]));
  }

  override stateShapes(step: PartialShape): PartialShape[] {
    return this.#stepShapes(step).flatMap((shape, i) => this.cells[i].stateShapes(shape));
  }

  override computeOutputShape([step]: PartialShape[]): PartialShape[] {
    const [output] = this.cells.at(-1)!.computeOutputShape([this.#stepShapes(step).at(-1)!]);
    return [output, ...this.stateShapes(step)];
  }

  override getInitialState(batchSize: number, step: Shape): Tensor[] {
    return this.#stepShapes(step).flatMap((shape, i) => this.cells[i].getInitialState(batchSize, shape as Shape));
  }

  override begin(step: Shape, options: ComputeOptions, watch?: SequenceWatch): CellRun {
    const shapes = this.#stepShapes(step);
    const runs = this.cells.map((cell, i) => cell.begin(shapes[i] as Shape, options, watch));
    const counts = this.cells.map((cell, i) => cell.stateShapes(shapes[i]).length);
    return {
      project: (x) => runs[0].project(x),
      step: (z, states) => {
        const left = [...states];
        const next: Tensor[] = [];
        let output = z;
        runs.forEach((run, i) => {
          const x = i === 0 ? z : run.project(output);
          const [y, made] = run.step(x, left.splice(0, counts[i]));
          output = y;
          next.push(...made);
        });
        return [output, next];
      },
    };
  }

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    return oneStep(this, inputs, options);
  }

  override macs([step]: PartialShape[]): number {
    const shapes = this.#stepShapes(step).map((shape) => [shape]);
    return this.cells.reduce((sum, cell, i) => sum + cell.macs(shapes[i], cell.computeOutputShape(shapes[i])), 0);
  }

  static override fromConfig({ cells, ...options }: Record<string, unknown>): StackedRNNCellsLayer {
    return new this(
      (cells as Named[]).map((cell) => layerFrom(cell) as Cell),
      options,
    );
  }
}

/**
 * Makes one cell of several: each receives the output of the previous cell, `[batch, ...]`. The states are those of all
 * cells, in their order.
 *
 * @throws ArgumentError when `cells` is not a list of cells.
 * @example
 *     RNN(StackedRNNCells([GRUCell({ units: 16 }), GRUCell({ units: 8 })]))(x)
 */
export const StackedRNNCells: (cells: readonly Cell[], options?: LayerOptions) => StackedRNNCellsLayer =
  callable(StackedRNNCellsLayer);
