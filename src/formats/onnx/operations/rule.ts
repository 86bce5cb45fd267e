/** What a rule for an operation is given, and words that several rules share. */
import type { OperationLayer } from "../../../operations/operation.js";
import { normalizeAxis, type PartialShape } from "../../../shape.js";
import type { GraphBuilder, Value } from "../builder.js";

/** A call of an operation. */
export interface Call {
  readonly graph: GraphBuilder;
  readonly layer: OperationLayer;
  /** The operands, constants among them. */
  readonly xs: readonly Value[];
  /** The other arguments. */
  readonly args: readonly unknown[];
  /** The shape of the first result. */
  readonly shape: PartialShape;
  readonly shapes: readonly PartialShape[];
}

/** Adds the operations of a call and returns the names of its results. */
export type Rule = (call: Call) => string | string[];
export type Rules = Readonly<Record<string, Rule>>;

/** 1 where a condition of ONNX holds, else 0. */
export const toFloat = (graph: GraphBuilder, condition: string): string => graph.op("Cast", [condition], { to: 1 });

/** A condition of ONNX: where x is not 0. */
export const isTrue = (graph: GraphBuilder, x: string): string =>
  graph.op("Not", [graph.op("Equal", [x, graph.scalar(0)])]);

/** Axes from 0, all by default. */
export const axesOf = ({ layer, xs: [x] }: Call, axis: unknown): number[] => {
  const rank = x.shape.length;
  if (axis == null) return x.shape.map((_, i) => i);
  return ([axis].flat() as number[]).map((a) => normalizeAxis(layer.label, a, rank)).sort((a, b) => a - b);
};
