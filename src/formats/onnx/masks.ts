/**
 * Sequences with masks. A recurrent layer keeps its states at a masked time step, so its results are those for the
 * unmasked steps. These are moved to the front, because ONNX's operations take the length of each sequence, and their
 * outputs are moved back.
 */
import type { GraphBuilder, Value } from "./builder.js";
import type { CellRun } from "./cellRun.js";

interface CompactSequence {
  /** [batch, time, features]: the unmasked steps, then the masked ones. */
  readonly x: Value;
  /** The number of unmasked steps, [batch]. */
  readonly lengths: string;
  /** The number of unmasked steps up to each step, [batch, time]. */
  readonly counts: string;
}

/** Moves the unmasked steps of x to the front. */
export function compactSteps(graph: GraphBuilder, x: Value, { name: mask }: Value): CompactSequence {
  const axis = graph.ints([1], []);
  const sum = (y: string) => graph.op("CumSum", [y, axis]);
  const counts = sum(mask);
  const total = graph.op("ReduceSum", [mask, graph.ints([1])], { keepdims: 1 });
  const rest = graph.op("Add", [total, sum(graph.op("Sub", [graph.scalar(1), mask]))]);
  const isUsed = graph.op("Cast", [mask], { to: 9 });
  const places = graph.op("Sub", [graph.op("Where", [isUsed, counts, rest]), graph.scalar(1)]);
  const given = graph.channelsLast(x);
  const name = graph.op("ScatterElements", [given.name, expandTo(graph, places, given.name), given.name], { axis: 1 });
  const lengths = graph.op("Cast", [graph.op("Squeeze", [total, graph.ints([1])])], { to: 6 });
  return { x: { ...given, name }, lengths, counts };
}

/** Moves outputs back to their steps; a masked step has the output before it, or zeros. */
export function restoreSteps(
  graph: GraphBuilder,
  { layer, x }: CellRun,
  outputs: Value,
  { counts }: CompactSequence,
): Value {
  const begun = graph.op("Clip", [counts, graph.scalar(0), graph.scalar(1)]);
  const places = graph.op("Sub", [graph.op("Max", [counts, graph.scalar(1)]), graph.scalar(1)]);
  const found = graph.op("GatherElements", [outputs.name, expandTo(graph, places, outputs.name)], { axis: 1 });
  const shown = layer.zeroOutputForMask ? x.mask!.name : begun;
  return { ...outputs, name: graph.op("Mul", [found, graph.unsqueeze(shown, 2)]) };
}

/** Places [batch, time] as indices in the shape of a tensor [batch, time, features]. */
const expandTo = (graph: GraphBuilder, places: string, like: string): string =>
  graph.op("Expand", [graph.unsqueeze(graph.op("Cast", [places], { to: 7 }), 2), graph.op("Shape", [like])]);
