import { valueAndGrad } from "../autograd.js";
import { ArgumentError, checkFunction, checkOptions, shown } from "../errors.js";
import type { Layer, OneOrMany } from "../layer.js";
import { gatePart } from "../ops/gates.js";
import { sqrt, square, stack, sum } from "../ops/index.js";
import { scope } from "../scope.js";
import { type Tensor } from "../tensor.js";
import { cellNames } from "./cells.js";
import { findTarget } from "./find.js";
import { asTensors, build, type InspectData, pass } from "./pass.js";
import { theCall, type TraceOptions } from "./trace.js";

/** Options of `gradientThroughTime`. */
export type GradientOptions = TraceOptions;

/** The Euclidean norms of the gradient with respect to a state, time step by time step. */
export interface StateGradient {
  /** The norm over the whole batch: [time]. */
  norm: Tensor;
  /** The norm for each sample: [time, batch]. */
  perSample: Tensor;
}

/** The result of `gradientThroughTime`. The caller disposes the tensors. */
export interface GradientThroughTime {
  /** The loss, []. */
  loss: Tensor;
  /** The gradient with respect to the hidden state. */
  h: StateGradient;
  /** The gradient with respect to the cell state c; only for LSTM and ConvLSTM. */
  c?: StateGradient;
}

/**
 * Measures how much of the gradient of a loss reaches each time step of a recurrent layer: |dL/dh_t| and |dL/dc_t|, with everything
 * that h_t and c_t influence later (c_t acts through h_t too). Time steps are in the order of the layer's input. At a masked time step
 * the gradient is 0, as nothing is computed there.
 *
 * @param target a loss, a function of the model's output that returns a tensor of one element; or the number of a unit of the output: the
 * loss is then the sum of that unit over the batch (and over time, if the output has a time axis).
 * @throws ArgumentError when a layer, call or unit does not exist.
 * @throws ShapeError when the loss has more than one element.
 * @example
 *     const { h, c } = gradientThroughTime(model, clip, (y) => categoricalCrossentropy(t, y), { layer: "lstm" });
 *     await c.norm.data(); // vanishing gradient: small at the first steps
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
  if (typeof target !== "number") checkFunction(`${where}: target`, target);
  const stateNames = cellNames(found.cell).states;
  return scope(() => {
    const given = asTensors(x);
    build(model, given);
    // States are tracked because they depend on the kernel. They are added to the list as they are computed, so that their gradients are returned too.
    const wanted: Tensor[] = [found.cell.projections.kernel];
    const calls: Record<string, number[]>[] = [];
    const loss = () => {
      const outputs = pass(model, given, [found], (name, y, { step, call }) => {
        if (stateNames.includes(name)) ((calls[call] ??= {})[name] ??= [])[step] = wanted.push(y) - 1;
        return y;
      });
      if (typeof target === "number") return unitOf(where, outputs[0], target);
      return target(model.oneOrList(outputs) as Result);
    };
    const { value, grads } = valueAndGrad(loss, () => wanted)();
    const states = theCall(where, found, calls, options.call);
    const norms = (name: string) => normsOf(states[name].map((place) => grads[place]));
    return { loss: value, h: norms("h"), ...(stateNames.includes("c") && { c: norms("c") }) };
  });
}

/** Sums over the batch, and over time if the output has a time axis. */
function unitOf(where: string, y: Tensor, unit: number): Tensor {
  const units = y.shape.at(-1)!;
  if (Number.isInteger(unit) && unit >= 0 && unit < units) return sum(gatePart(y, unit, units));
  throw new ArgumentError(`${where}: unit ${shown(unit)} of the output; expected one from 0 to ${units - 1}.`);
}

/** Computes the norms. grads: the gradient of each time step, [batch, ...]. */
function normsOf(grads: readonly Tensor[]): StateGradient {
  return scope(() => {
    const axes = grads[0].shape.map((_, axis) => axis).slice(1);
    const squares = stack(grads.map((grad) => sum(square(grad), axes)));
    return { norm: sqrt(sum(squares, 1)), perSample: sqrt(squares) };
  });
}
