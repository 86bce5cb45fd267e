/** What the exporters of layers work with. */
import { ArgumentError } from "../../errors.js";
import type { Layer } from "../../layer.js";
import type { PartialShape } from "../../shape.js";
import type { GraphBuilder, Value } from "./builder.js";

export interface ExportContext {
  readonly graph: GraphBuilder;
  /** Adds a layer's operations. */
  call(layer: Layer, inputs: readonly Value[]): Value[];
  /** Of a graph for one step: adds an input, the state that a layer begins with. */
  state(name: string, shape: PartialShape): Value;
  /** Of a graph for one step: adds an output, the state after the step. */
  nextState(name: string, value: Value): void;
}

/** Adds a layer's operations. `shapes`: of its results. */
export type WriteLayer<L extends Layer> = (
  context: ExportContext,
  layer: L,
  inputs: readonly Value[],
  shapes: readonly PartialShape[],
) => Value | Value[];

/** Whether a layer does the same to every step of a sequence [batch, time, ...] of this rank. */
type IsPerStep<L extends Layer> = (layer: L, rank: number) => boolean;

interface Rule {
  readonly write: WriteLayer<Layer>;
  readonly isPerStep: IsPerStep<Layer>;
}

/** Classes of layers, exactly these and not those derived from them, and how they are written. */
export class LayerWriters {
  readonly #rules = new Map<unknown, Rule>();

  on<L extends Layer>(
    classes: readonly (abstract new (...args: never[]) => L)[],
    write: WriteLayer<L>,
    isPerStep: IsPerStep<L> = () => false,
  ): void {
    for (const Class of classes) this.#rules.set(Class, { write, isPerStep } as unknown as Rule);
  }

  /** @throws ArgumentError where there is no rule. */
  find(layer: Layer): Rule {
    return this.#rules.get(layer.constructor) ?? refuse(layer, "there is no rule for its class");
  }
}

export function refuse(layer: Layer, why: string): never {
  throw new ArgumentError(`exportOnnx: ${layer.label} cannot be exported: ${why}.`);
}
