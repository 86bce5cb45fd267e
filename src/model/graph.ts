/** The graph of a model: which calls lead from its inputs to its outputs, and in which order. */
import { ArgumentError } from "../errors.js";
import { type Layer, type LayerNode, SymbolicTensor } from "../layer.js";

/** The calls of layers between some symbolic tensors and others. */
export interface LayerGraph {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** The calls, each after those that it depends on. */
  readonly calls: readonly LayerNode[];
  /** The length of the longest path from each call (and Input) to an output, in calls. */
  readonly depths: ReadonlyMap<LayerNode, number>;
  /** By depth, the deepest first, then in the order in which `walkBack` visited them. */
  readonly layers: readonly Layer[];
  /** For each call, the symbolic tensors that no later call reads. */
  readonly lastReads: ReadonlyMap<LayerNode, SymbolicTensor[]>;
}

/**
 * Finds the calls that lead from inputs to outputs.
 * @throws ArgumentError for what is no symbolic tensor, where an output depends on other tensors than the inputs, and
 * where two layers have the same name.
 */
export function layerGraph(
  label: string,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): LayerGraph {
  for (const x of [...inputs, ...outputs]) {
    if (!(x instanceof SymbolicTensor)) {
      throw new ArgumentError(`${label}: expected { inputs, outputs }, symbolic tensors; begin with Input({ shape }).`);
    }
  }
  const { sorted, met } = walkBack(label, inputs, outputs);
  const calls = sorted.filter((node) => node.inputs.length > 0);
  const depths = nodeDepths(sorted, inputs);
  const layers = layersByDepth(depths, met);
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw new ArgumentError(`${label}: two layers are named "${name}"; rename one.`);
    names.add(name);
  }
  return { inputs, outputs, calls, depths, layers, lastReads: lastReads(calls, outputs) };
}

/**
 * Finds the calls (and Inputs) that lead from inputs to outputs, each after those that it depends on, by walking back
 * from the outputs. It uses a stack instead of recursion, because graphs can be deep. `met`: the layers of these calls, in
 * the order in which the walk visits them.
 */
function walkBack(label: string, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]) {
  const given = new Set(inputs);
  const sorted = new Set<LayerNode>();
  const met = new Set<Layer>();
  const open: [node: LayerNode, ready: boolean][] = [];
  const visit = (x: SymbolicTensor) => {
    const isCut = given.has(x) && x.node.inputs.length > 0; // the call that made x is not part of this model
    if (!isCut && !sorted.has(x.node)) open.push([x.node, false]);
  };
  for (const output of outputs) {
    visit(output);
    while (open.length > 0) {
      const [node, ready] = open.pop()!;
      if (sorted.has(node)) continue;
      if (node.inputs.length === 0 && !given.has(node.outputs[0])) {
        throw new ArgumentError(`${label}: an output depends on Input "${node.layer.name}", which is no input.`);
      }
      met.add(node.layer);
      if (ready || node.inputs.length === 0) {
        sorted.add(node);
        continue;
      }
      open.push([node, true]);
      for (let i = node.inputs.length - 1; i >= 0; i--) visit(node.inputs[i]);
    }
  }
  return { sorted: [...sorted], met: [...met] };
}

/**
 * Gives the depth of every call. A shared layer is as deep as its deepest call; unused Inputs are at depth 0.
 */
function nodeDepths(sorted: readonly LayerNode[], inputs: readonly SymbolicTensor[]): Map<LayerNode, number> {
  const given = new Set(inputs);
  const depths = new Map<LayerNode, number>();
  const ofLayers = new Map<Layer, number>();
  for (const node of [...sorted].reverse()) {
    const depth = Math.max(depths.get(node) ?? 0, ofLayers.get(node.layer) ?? 0);
    depths.set(node, depth);
    ofLayers.set(node.layer, depth);
    for (const x of node.inputs) {
      const isCut = given.has(x) && x.node.inputs.length > 0;
      if (!isCut) depths.set(x.node, Math.max(depths.get(x.node) ?? 0, depth + 1));
    }
  }
  for (const { node } of inputs) if (node.inputs.length === 0 && !depths.has(node)) depths.set(node, 0);
  return depths;
}

function layersByDepth(depths: ReadonlyMap<LayerNode, number>, met: readonly Layer[]): Layer[] {
  const deepest = new Map<Layer, number>();
  for (const [{ layer }, depth] of depths) deepest.set(layer, Math.max(deepest.get(layer) ?? 0, depth));
  const place = new Map(met.map((layer, i) => [layer, i]));
  const unmet = -1;
  return [...deepest.keys()].sort(
    (a, b) => deepest.get(b)! - deepest.get(a)! || (place.get(a) ?? unmet) - (place.get(b) ?? unmet),
  );
}

function lastReads(graph: readonly LayerNode[], outputs: readonly SymbolicTensor[]): Map<LayerNode, SymbolicTensor[]> {
  const seen = new Set(outputs);
  const lastOf = (node: LayerNode) => [...node.inputs, ...node.outputs].filter((x) => !seen.has(x) && seen.add(x));
  return new Map([...graph].reverse().map((node) => [node, lastOf(node)]));
}
