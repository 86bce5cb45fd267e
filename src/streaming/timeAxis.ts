/** Which inputs of a model are sequences. */
import type { LayerNode, SymbolicTensor } from "../layer.js";

/** The calls between the inputs and the outputs of a model. */
export interface StepGraph {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** The calls, each after those that it depends on. */
  readonly calls: readonly LayerNode[];
  /** For each call, the symbolic tensors that no later call reads. */
  readonly lastReads: ReadonlyMap<LayerNode, readonly SymbolicTensor[]>;
}

/** The calls of a model, where a layer is one that a stream computes call by call. */
export function callsOf({ layer, inputs }: LayerNode): StepGraph | undefined {
  const kind = layer.stepper(inputs.map(({ shape }) => shape));
  return Object(kind) === kind && "calls" in (kind as object) ? (kind as StepGraph) : undefined;
}

/**
 * Says of each input whether it has a time axis: whether a layer that reads a sequence reads it, perhaps through others
 * that compute each step alone. Where no layer reads a sequence, every input of at least three axes counts as one.
 */
export function inputsWithTime(graph: StepGraph): boolean[] {
  const found = timedInputs(graph, new Set());
  return found.includes(true) ? found : graph.inputs.map(({ shape }) => shape.length > 2);
}

/** Follows the time axis from the outputs that have one to the inputs; it begins anew where a layer reads a sequence. */
function timedInputs(graph: StepGraph, timed: Set<SymbolicTensor>): boolean[] {
  for (const node of [...graph.calls].reverse()) {
    const { layer, inputs, outputs } = node;
    const isPassedOn = outputs.some((y) => timed.has(y));
    const inner = callsOf(node);
    const found = inner && timedInputs(inner, new Set(inner.outputs.filter((_, i) => timed.has(outputs[i]))));
    inputs.forEach((x, i) => (found?.[i] ?? (layer.readsTime ? i === 0 : isPassedOn)) && timed.add(x));
  }
  return graph.inputs.map((x) => timed.has(x));
}
