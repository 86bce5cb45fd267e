/** Graphs of layers: Model, and Sequential as its simplest case. */
import { graphSource, layerFrom, plain } from "./config.js";
import { ArgumentError, nearest, ShapeError, shapeText } from "./errors.js";
import {
  type CallOptions,
  callable,
  isShapeList,
  type Layer,
  type LayerCall,
  type LayerNode,
  type LayerOptions,
  type OneOrMany,
  SymbolicTensor,
  withMasks,
} from "./layer.js";
import type { Named } from "./named.js";
import type { PartialShape } from "./shape.js";
import type { SummaryOptions } from "./summary.js";
import { disposeUnlessTaped, type Resumable } from "./scope.js";
import type { Tensor } from "./tensor.js";
import { Trainable } from "./training.js";
import { loadTraining, training } from "./training/code.js";

export type { SummaryOptions } from "./summary.js";

export interface ModelOptions extends LayerOptions {
  inputs: OneOrMany<SymbolicTensor>;
  outputs: OneOrMany<SymbolicTensor>;
}

/** A model as plain data, see `getConfig`. */
export interface GraphConfig extends Record<string, unknown> {
  layers: Named[];
  /** A name that is not that of an InputLayer: there the network was cut. */
  inputs: { shape: PartialShape; name: string }[];
  calls: { layer: string; inputs: number[]; takesList: boolean; options: CallOptions }[];
  outputs: number[];
  givesList: boolean;
}

/** A network from some symbolic tensors to others; itself a layer. */
export class ModelLayer extends Trainable {
  static override className: string = "Functional";
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** The calls between them, each after those that it depends on. */
  readonly graph: readonly LayerNode[];
  /** How many calls lie between a call (or Input) and the outputs, at most. */
  readonly depths: ReadonlyMap<LayerNode, number>;
  readonly #layers: readonly Layer[];
  readonly #givesList: boolean;
  /** For each call, the symbolic tensors that nobody reads after it. */
  readonly #lastReads: ReadonlyMap<LayerNode, SymbolicTensor[]>;

  /** @throws ArgumentError where an output does not depend on the inputs alone. */
  constructor({ inputs, outputs, ...options }: ModelOptions) {
    super(options);
    this.inputs = toList(inputs);
    this.outputs = toList(outputs);
    for (const x of [...this.inputs, ...this.outputs]) {
      if (!(x instanceof SymbolicTensor)) {
        throw new ArgumentError(
          `${this.label}: expected symbolic tensors as inputs and outputs; begin with Input({ shape }).`,
        );
      }
    }
    this.#givesList = Array.isArray(outputs);
    const { sorted, met } = walkBack(this.label, this.inputs, this.outputs);
    this.graph = sorted.filter((node) => node.inputs.length > 0);
    this.#lastReads = lastReads(this.graph, this.outputs);
    this.depths = nodeDepths(sorted, this.inputs);
    this.#layers = layersByDepth(this.depths, met);
    this.#checkNames();
    this.built = true;
  }

  #checkNames(): void {
    const seen = new Set<string>();
    for (const { name } of this.layers) {
      if (seen.has(name)) throw new ArgumentError(`${this.label}: two layers are named "${name}"; rename one.`);
      seen.add(name);
    }
  }

  /** In Keras's order, in which weights are listed: the deepest first, those of equal depth as met on the way from the outputs. */
  get layers(): readonly Layer[] {
    return this.#layers;
  }

  override get sublayers(): readonly Layer[] {
    return this.layers;
  }

  /** The layer of a name, or at a place. @throws ArgumentError where there is none. */
  getLayer(name: string | number): Layer {
    const found = typeof name === "number" ? this.layers.at(name) : this.layers.find((layer) => layer.name === name);
    if (found) return found;
    const close = nearest(String(name), this.layers.map((layer) => layer.name)); // prettier-ignore
    const advice = close ? `did you mean "${close}"?` : `it has ${this.layers.length}, listed by summary().`;
    throw new ArgumentError(`${this.label}: has no layer ${JSON.stringify(name)}; ${advice}`);
  }

  override computeOutputShape(shape: PartialShape | PartialShape[]): PartialShape | PartialShape[] {
    const shapes = isShapeList(shape) ? shape : [shape];
    this.#checkInputs(shapes);
    const known = this.#shapesInside(shapes);
    const results = this.outputs.map((x) => known.get(x)!);
    return this.#givesList ? results : results[0];
  }

  /** The shape of every symbolic tensor in the graph for inputs of these shapes. */
  #shapesInside(shapes: readonly PartialShape[]): Map<SymbolicTensor, PartialShape> {
    const known = new Map<SymbolicTensor, PartialShape>(this.inputs.map((x, i) => [x, shapes[i]]));
    for (const node of this.graph) {
      const given = node.inputs.map((x) => known.get(x)!);
      const result = node.layer.computeOutputShape(node.takesList ? given : given[0]);
      (isShapeList(result) ? result : [result]).forEach((shape, i) => known.set(node.outputs[i], shape));
    }
    return known;
  }

  override macs(input: PartialShape | PartialShape[]): number {
    return this.#eachCall(input, (layer, x, y) => layer.macs(x, y)).reduce((sum, n) => sum + n, 0);
  }

  override largestOutput(input: PartialShape | PartialShape[]): number {
    return Math.max(...this.#eachCall(input, (layer, x, y) => layer.largestOutput(x, y)));
  }

  /** `measure` of every call in the graph, for inputs of these shapes. */
  #eachCall(
    input: PartialShape | PartialShape[],
    measure: (layer: Layer, input: PartialShape | PartialShape[], output: PartialShape | PartialShape[]) => number,
  ): number[] {
    const known = this.#shapesInside(isShapeList(input) ? input : [input]);
    return this.graph.map(({ layer, inputs, outputs, takesList, givesList }) => {
      const [given, made] = [inputs, outputs].map((list) => list.map((x) => known.get(x)!));
      return measure(layer, takesList ? given : given[0], givesList ? made : made[0]);
    });
  }

  #checkInputs(shapes: readonly PartialShape[]): void {
    const fits = (given: PartialShape, wanted: PartialShape) =>
      given.length === wanted.length && given.every((n, i) => n === null || wanted[i] === null || n === wanted[i]);
    if (shapes.length !== this.inputs.length) {
      throw new ShapeError(`${this.label}: expected ${this.inputs.length} inputs, received ${shapes.length}.`);
    }
    shapes.forEach((given, i) => {
      const wanted = this.inputs[i].shape;
      if (fits(given, wanted)) return;
      const advice =
        given.length === wanted.length - 1 ? "; the batch dimension is missing." : "; reshape the data, or the Input.";
      throw new ShapeError(`${this.label}: expected ${shapeText(wanted)}, received ${shapeText(given)}${advice}`);
    });
  }

  override call(x: Tensor, options?: CallOptions): Tensor;
  override call(x: OneOrMany<Tensor>, options?: CallOptions): OneOrMany<Tensor>;
  override call(x: OneOrMany<Tensor>, options: CallOptions = {}): OneOrMany<Tensor> {
    return this.#walk(x, options, false).next().value as OneOrMany<Tensor>;
  }

  override callInParts(x: OneOrMany<Tensor>, options: CallOptions): Resumable<OneOrMany<Tensor>> {
    return this.call === ModelLayer.prototype.call ? this.#walk(x, options, true) : super.callInParts(x, options);
  }

  *#walk(x: OneOrMany<Tensor>, { mask, ...options }: CallOptions, pauses: boolean): Resumable<OneOrMany<Tensor>> {
    const given = withMasks(toList(x), [mask].flat());
    const known = new Map<SymbolicTensor, Tensor>(this.inputs.map((input, i) => [input, given[i]]));
    const lent = new Set(given);
    for (const node of this.graph) {
      const inputs = node.inputs.map((input) => known.get(input)!);
      const operand = node.takesList ? inputs : inputs[0];
      const callOptions = { ...options, ...node.options };
      const { layer } = node;
      const result = pauses ? yield* layer.computeInParts(operand, callOptions) : layer.compute(operand, callOptions);
      toList(result).forEach((y, i) => known.set(node.outputs[i], y));
      for (const read of this.#lastReads.get(node)!) {
        const value = known.get(read)!;
        known.delete(read);
        // A layer may hand its input on; then the tensor is still in use under another symbol.
        if (!lent.has(value) && ![...known.values()].includes(value)) disposeUnlessTaped(value);
      }
    }
    const results = this.outputs.map((output) => known.get(output)!);
    return this.#givesList ? results : results[0];
  }

  /** The graph as plain data. Its tensors are numbered: the inputs, then in turn what each of the calls gives. */
  override getConfig(): GraphConfig {
    const tensors = [...this.inputs, ...this.graph.flatMap(({ outputs }) => outputs)];
    const numbers = (xs: readonly SymbolicTensor[]) => xs.map((x) => tensors.indexOf(x));
    const graph = {
      layers: this.#layers,
      inputs: this.inputs.map(({ shape, node }) => ({ shape, name: node.layer.name })),
      calls: this.graph.map(({ layer, inputs, takesList, options }) => ({
        layer: layer.name,
        inputs: numbers(inputs),
        takesList,
        options,
      })),
      outputs: numbers(this.outputs),
      givesList: this.#givesList,
    };
    return { ...super.getConfig(), ...(plain(this.label, graph) as GraphConfig) };
  }

  static override fromConfig(config: Record<string, unknown>): ModelLayer {
    return layerFrom({ className: graphSource, config: { ...config, Class: this } }) as ModelLayer;
  }

  /**
   * A summary in Keras's layout, with multiply-adds; printed unless `print` takes it. In a bundle its code is loaded first: then
   * the text comes later, and the promise that is returned says when. It rejects with a LoadError where import() is refused; see
   * `zoetrope/training`.
   */
  summary(options: SummaryOptions = {}): Promise<void> | undefined {
    const { print = (text) => console.log(text.trimEnd()) } = options;
    if (!training) return loadTraining(`${this.label}.summary`).then((code) => print(code.summaryText(this, options)));
    print(training.summaryText(this, options));
    return undefined;
  }
}

/** `Model({ inputs, outputs })`. */
export const Model = callable(ModelLayer);

export interface SequentialOptions extends LayerOptions {
  layers?: readonly (Layer | SymbolicTensor)[];
}

/** Layers one after the other; the first is an Input. */
export function Sequential(options: SequentialOptions | readonly (Layer | SymbolicTensor)[]): ModelLayer & LayerCall {
  const { layers = [], ...rest } = isLayerList(options) ? { layers: options } : options;
  const [first, ...others] = layers;
  if (!(first instanceof SymbolicTensor)) {
    throw new ArgumentError("Sequential: the first element must be an Input({ shape }), so that shapes are known.");
  }
  let x: SymbolicTensor = first;
  for (const layer of others) x = (layer as Layer & LayerCall)(x);
  return new SequentialModel({ ...rest, inputs: first, outputs: x }) as ModelLayer & LayerCall;
}

/** What `Sequential` makes. */
export class SequentialModel extends ModelLayer {
  static override className = "Sequential";

  /** Without the Input, as in Keras. */
  override get layers(): readonly Layer[] {
    return super.layers.slice(1);
  }
}

const isLayerList = (options: object): options is readonly (Layer | SymbolicTensor)[] => Array.isArray(options);
const toList = <T>(x: OneOrMany<T> | readonly T[]): T[] => (Array.isArray(x) ? x : [x as T]);

/**
 * The calls (and Inputs) that lead from inputs to outputs, each after those that it depends on, found by walking back from the
 * outputs; a stack of its own, as graphs can be deep. `met`: their layers in the order in which the walk met them.
 */
function walkBack(label: string, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]) {
  const given = new Set(inputs);
  const sorted = new Set<LayerNode>();
  const met = new Set<Layer>();
  const open: [node: LayerNode, ready: boolean][] = [];
  const visit = (x: SymbolicTensor) => {
    const isCut = given.has(x) && x.node.inputs.length > 0; // what made x is not part of this model
    if (!isCut && !sorted.has(x.node)) open.push([x.node, false]);
  };
  for (const output of outputs) {
    visit(output);
    while (open.length > 0) {
      const [node, ready] = open.pop()!;
      if (sorted.has(node)) continue;
      if (node.inputs.length === 0 && !given.has(node.outputs[0])) {
        throw new ArgumentError(
          `${label}: an output depends on Input "${node.layer.name}", which is not among the inputs.`,
        );
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

/** A shared layer counts as deep as its deepest call. Inputs that lead nowhere are at depth 0. */
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
  const result = new Map<LayerNode, SymbolicTensor[]>();
  for (const node of [...graph].reverse()) {
    const last = [...node.inputs, ...node.outputs].filter((x) => !seen.has(x) && seen.add(x));
    result.set(node, last);
  }
  return result;
}
