/** The context of an export, and the table of layers that can be exported. */
import { ArgumentError } from "../../errors.js";
import type { ComputeOptions, Layer } from "../../layer.js";
import type { PartialShape } from "../../shape.js";
import type { GraphBuilder, Value } from "./builder.js";

export interface ExportContext {
  readonly graph: GraphBuilder;
  /** Adds the operations of a layer. @param options those of the call. */
  call(layer: Layer, inputs: readonly Value[], options?: Partial<ComputeOptions>): Value[];
  /** In a graph for one time step: adds an input for a state before the step. */
  state(name: string, shape: PartialShape): Value;
  /** In a graph for one time step: adds an output for a state after the step. */
  nextState(name: string, value: Value): void;
}

/** Adds the operations of a layer and returns its results. @param shapes the shapes of these. @param options of the call. */
export type WriteLayer<L extends Layer> = (
  context: ExportContext,
  layer: L,
  inputs: readonly Value[],
  shapes: readonly PartialShape[],
  options: Partial<ComputeOptions>,
) => Value | Value[];

/** Whether a layer treats all time steps of a sequence [batch, time, ...] of this rank in the same way. */
type IsPerStep<L extends Layer> = (layer: L, rank: number) => boolean;

interface Rule {
  readonly write: WriteLayer<Layer>;
  readonly isPerStep: IsPerStep<Layer>;
}

/** How layers are exported, by their exact class: not for classes that are derived from it. */
export class LayerWriters {
  readonly #rules = new Map<unknown, Rule>();

  /** Adds a rule. @param isPerStep false for all layers by default. */
  on<L extends Layer>(
    classes: readonly (abstract new (...args: never[]) => L)[],
    write: WriteLayer<L>,
    isPerStep: IsPerStep<L> = () => false,
  ): void {
    for (const Class of classes) this.#rules.set(Class, { write, isPerStep } as unknown as Rule);
  }

  /** The rule of a layer. @throws ArgumentError where there is none. */
  find(layer: Layer): Rule {
    return this.#rules.get(layer.constructor) ?? refuse(layer, "there is no rule for its class");
  }
}

/** @throws ArgumentError always, saying why a layer cannot be exported. */
export function refuse(layer: Layer, why: string): never {
  throw new ArgumentError(`exportOnnx: ${layer.label} cannot be exported: ${why}.`);
}
