/** A model as calls that compute one time step each. Next file: stream.ts, which runs them. */
import { ArgumentError } from "../errors.js";
import type { ComputeOptions, Layer, LayerNode, Stepper, SymbolicTensor } from "../layer.js";
import { isStateful, layersIn } from "../layer/tree.js";
import { disposeUnlessTaped, scope } from "../scope.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { callsOf, type StepGraph } from "./timeAxis.js";

/** The states of a stream: for each call of a recurrent layer its last output and its states. */
export type States = Readonly<Record<string, readonly Tensor[]>>;

/** Computes one time step; `after` receives the states after it. */
export type StepWork = (inputs: Tensor[], before: States, after: Record<string, Tensor[]>) => Tensor[];

/** What a stream computes at each step. */
export interface Steps {
  /** For each output, whether it has a time axis. */
  readonly timed: readonly boolean[];
  readonly run: StepWork;
}

/** The shapes of the states, by the names of `States`. */
export type StateShapes = Map<string, readonly PartialShape[]>;

/**
 * Prepares the calls of a model for streams.
 * @param timed says of each input whether it has a time axis.
 * @param shapes receives the shapes of the states.
 * @param path what the names of states inside begin with.
 * @throws ArgumentError for a layer that needs more of the sequence than one step.
 */
export function graphSteps(where: string, graph: StepGraph, timed: boolean[], shapes: StateShapes, path = ""): Steps {
  const withTime = new Map<SymbolicTensor, boolean>(graph.inputs.map((x, i) => [x, timed[i]]));
  const works = graph.calls.map((node) => {
    const work = callSteps(where, node, node.inputs.map((x) => withTime.get(x)!), shapes, path); // prettier-ignore
    node.outputs.forEach((y, i) => withTime.set(y, work.timed[i]));
    return work.run;
  });
  return {
    timed: graph.outputs.map((y) => withTime.get(y)!),
    run(inputs, before, after) {
      const known = new Map<SymbolicTensor, Tensor>(graph.inputs.map((x, i) => [x, inputs[i]]));
      for (const [i, node] of graph.calls.entries()) {
        const outputs = works[i](node.inputs.map((x) => known.get(x)!), before, after); // prettier-ignore
        outputs.forEach((y, j) => known.set(node.outputs[j], y));
        for (const read of graph.lastReads.get(node)!) {
          const value = known.get(read)!;
          known.delete(read);
          // A layer may return its input; then the tensor is still in use for another symbolic tensor.
          if (!inputs.includes(value) && ![...known.values()].includes(value)) disposeUnlessTaped(value);
        }
      }
      return graph.outputs.map((y) => known.get(y)!);
    },
  };
}

function callSteps(where: string, node: LayerNode, timed: boolean[], shapes: StateShapes, path: string): Steps {
  const { layer, inputs, outputs, options } = node;
  const refusal = (reason: string) =>
    new ArgumentError(
      `${where}: ${layer.label} cannot compute one time step after the other: ${reason}; use predict for whole sequences, or put it into TimeDistributed if it is for each step.`, // prettier-ignore
    );
  const whole = (isTimed: boolean): Steps => {
    if (keepsStates(layer)) throw refusal("stateful: true here would go on from one step to the next");
    return { timed: outputs.map(() => isTimed), run: (xs) => layer.compute(xs, options) };
  };
  if (!timed.includes(true)) return whole(false);
  if (options.training) throw refusal("it is called with training: true");
  const kind = layer.stepper(inputs.map(({ shape }) => shape));
  let key = path + layer.name;
  for (let n = 1; shapes.has(key); n++) key = `${path}${layer.name}:${n}`;
  const graph = callsOf(node);
  if (graph) {
    shapes.set(key, []);
    return graphSteps(where, graph, timed, shapes, `${key}/`);
  }
  if (!kind || typeof kind === "string") throw refusal(kind || "it does not say that it can, see Layer.stepper");
  if (timed.includes(false)) throw refusal("some of its inputs have a time axis and others do not");
  if (kind === true) return whole(true);
  const stepper = kind as Stepper;
  shapes.set(key, stepper.stateShapes);
  return {
    timed: stepper.timed,
    run(xs, before, after) {
      const given: ComputeOptions = {
        ...options,
        training: false,
        timeSteps: 1,
        frames: 1,
        masks: xs.map((x) => x.mask),
      };
      const made = scope(() => stepper.step(xs, before[key] ?? [], given));
      if (made.states.length > 0) after[key] = made.states;
      return made.outputs;
    },
  };
}

const keepsStates = (layer: Layer): boolean => layersIn(layer).some(isStateful);
