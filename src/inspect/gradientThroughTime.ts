import { valueAndGrad } from "../autograd.js";
import { ArgumentError, checkOptions } from "../errors.js";
import type { Layer, OneOrMany } from "../layer.js";
import { gatePart } from "../ops/gates.js";
import { sqrt, square, stack, sum } from "../ops/index.js";
import { scope, type Tensor } from "../tensor.js";
import { kindOf } from "./cells.js";
import { findTarget } from "./find.js";
import { asTensors, build, type InspectData, pass } from "./pass.js";
import { theCall, type TraceOptions } from "./trace.js";
import { type Watch, watching } from "./watch.js";

export type GradientOptions = TraceOptions;

/** Euclidean norms of the gradient with respect to a state, step by step. */
export interface StateGradient {
  /** `[steps]`: over the whole batch. */
  norm: Tensor;
  /** `[steps, batch]`: of each sample. */
  perSample: Tensor;
}

/** The tensors are the caller's to dispose. */
export interface GradientThroughTime {
  loss: Tensor;
  h: StateGradient;
  /** Of LSTM and ConvLSTM. */
  c?: StateGradient;
}

/**
 * How much of the gradient of a loss reaches each step of a recurrent layer: |dL/dh_t| and |dL/dc_t|, with all that h_t and c_t do
 * later (c_t acts through h_t too). `target` is a loss, a function of what the model gives to a tensor of one element, or the number
 * of a unit of the output, whose sum over the batch is taken then. Steps stand in the order of the layer's input; at a step that a
 * mask leaves out the gradient is 0, as nothing is computed there.
 *
 *     const { h, c } = gradientThroughTime(model, clip, (y) => categoricalCrossentropy(t, y), { layer: "lstm" });
 *     await c.norm.data(); // vanishing: small at the first steps
 *
 * @throws ArgumentError for a layer or unit that is not there; ShapeError for a loss of more than one element.
 */
export function gradientThroughTime<Result extends OneOrMany<Tensor> = Tensor>(
  model: Layer,
  x: InspectData,
  target: number | ((output: Result) => Tensor),
  options: GradientOptions = {},
): GradientThroughTime {
  const where = "gradientThroughTime";
  checkOptions(where, options, ["layer", "call"]);
  const found = findTarget(where, model, options.layer);
  const stateNames = kindOf(found.cell).states;
  return scope(() => {
    const given = asTensors(x);
    build(model, given);
    // States are tracked as what depends on the kernel, and join the list when they are met: their gradients are given too.
    const wanted: Tensor[] = [found.cell.kernel];
    const calls: Record<string, number[]>[] = [];
    const watch: Watch = (name, y, { step, call }) => {
      if (stateNames.includes(name)) ((calls[call] ??= {})[name] ??= [])[step] = wanted.push(y) - 1;
      return y;
    };
    const loss = () => {
      const output = watching([found], [watch], () => pass(model, given));
      return typeof target === "number" ? unitOf(where, output, target) : target(output as Result);
    };
    const { value, grads } = valueAndGrad(loss, () => wanted)();
    const states = theCall(where, found, calls, options.call);
    const norms = (name: string) => normsOf(states[name].map((place) => grads[place]));
    return { loss: value, h: norms("h"), ...(stateNames.includes("c") && { c: norms("c") }) };
  });
}

/** The sum over the batch, and over time if there is one. */
function unitOf(where: string, output: OneOrMany<Tensor>, unit: number): Tensor {
  const [y] = [output].flat();
  const units = y.shape.at(-1)!;
  if (Number.isInteger(unit) && unit >= 0 && unit < units) return sum(gatePart(y, unit, units));
  throw new ArgumentError(`${where}: unit ${unit} of the output; expected one from 0 to ${units - 1}.`);
}

/** grads: of each step, [batch, ...]. */
function normsOf(grads: readonly Tensor[]): StateGradient {
  return scope(() => {
    const axes = grads[0].shape.map((_, axis) => axis).slice(1);
    const squares = stack(grads.map((grad) => sum(square(grad), axes)));
    return { norm: sqrt(sum(squares, 1)), perSample: sqrt(squares) };
  });
}
