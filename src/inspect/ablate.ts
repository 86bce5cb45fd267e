import { ArgumentError, checkOptions, shown, unknownName } from "../errors.js";
import type { Layer, OneOrMany } from "../layer.js";
import { add, affine, multiply, subtract } from "../ops/index.js";
import { scope } from "../scope.js";
import { full, tensor, type Tensor } from "../tensor.js";
import { allNames } from "./cells.js";
import { findTarget, type InspectOptions, type Target } from "./find.js";
import { type InspectData, pass } from "./pass.js";
import { notSeen } from "./trace.js";
import type { Watch } from "./watch.js";

/** A gate or state that `ablate` sets to a value. */
export interface Clamp extends InspectOptions {
  /** The name of a gate or state: i f g o c h, of a GRU z r g h, of a SimpleRNN h. */
  gate: string;
  /** The value that it is set to. */
  value: number;
  /** The units or filters that are set; all by default. */
  channels?: readonly number[];
  /** The time steps `[from, to]` in the order of the layer's input, without `to`; all by default. */
  steps?: readonly [from: number, to: number];
}

/** The result of `ablate`: outputs of the model, as lists if the model returns lists. The caller disposes the tensors. */
export interface Ablation<Result extends OneOrMany<Tensor> = Tensor> {
  /** The output of the model as it is. */
  prediction: Result;
  /** The output with the gate set to the value. */
  ablated: Result;
  /** The change: ablated - prediction. */
  difference: Result;
}

/**
 * Measures what a gate contributes to the prediction: sets it to a value (all of it, or some channels or time steps) in every call of the
 * layer, and returns the prediction, the prediction with that value, and their difference. All clamps of a list apply in the same pass, and
 * later values are computed from the clamped ones.
 *
 * Both predictions are computed step by step in ordinary ops, so that rounding causes no difference.
 * @throws ArgumentError when a layer, gate, channel or time step does not exist, or the value is not a finite number.
 * @example
 *     const { difference } = ablate(model, clip, { layer: "memory", gate: "f", value: 1, steps: [4, 8] });
 */
export function ablate<Result extends OneOrMany<Tensor> = Tensor>(
  model: Layer,
  x: InspectData,
  clamps: OneOrMany<Clamp> | readonly Clamp[],
): Ablation<Result> {
  const list = [clamps].flat() as Clamp[];
  if (list.length === 0) throw new ArgumentError("ablate: received no clamp; expected { gate, value }, or a list.");
  const targets = list.map((clamp) => checked(model, clamp));
  return scope(() => {
    // Without their logits and masks, as `predict` returns them.
    const run = (watch: Watch) => pass(model, x, targets, watch).map((y) => y.as(y.shape));
    const used = new Set<Clamp>();
    const prediction = run((_, y) => y);
    const ablated = run((name, y, { cell, step }) =>
      list.reduce((value, clamp, i) => {
        const [from, to] = clamp.steps ?? [0, Infinity];
        if (targets[i].cell !== cell || clamp.gate !== name || step < from || step >= to) return value;
        used.add(clamp);
        return clamped(value, clamp, targets[i].layer);
      }, y),
    );
    list.forEach((clamp, i) => {
      if (used.has(clamp)) return;
      if (!clamp.steps) throw notSeen("ablate", targets[i]);
      throw new ArgumentError(
        `ablate: ${targets[i].layer.label} came to no step of [${clamp.steps}); give steps that it has.`,
      );
    });
    const difference = ablated.map((y, i) => subtract(y, prediction[i]));
    const result = (outputs: Tensor[]) => model.oneOrList(outputs) as Result;
    return { prediction: result(prediction), ablated: result(ablated), difference: result(difference) };
  });
}

function checked(model: Layer, clamp: Clamp): Target {
  checkOptions("ablate", clamp, ["layer", "gate", "value", "channels", "steps"]);
  const target = findTarget("ablate", model, clamp.layer);
  const { label } = target.layer;
  const known = allNames(target.cell);
  if (!known.includes(clamp.gate)) throw unknownName(`ablate: ${label}`, "gate", clamp.gate, known);
  if (!Number.isFinite(clamp.value)) {
    throw new ArgumentError(
      `ablate: ${label}: value ${shown(clamp.value)}; expected a finite number to hold the gate at.`,
    );
  }
  const [from, to] = clamp.steps ?? [0, 1];
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to)) {
    throw new ArgumentError(
      `ablate: ${label}: steps ${shown(clamp.steps)}; expected [from, to], whole numbers from 0, the first less than the second.`,
    );
  }
  return target;
}

/** Sets the gate x [batch, ..., units], or some of its channels, to the value of the clamp. */
function clamped(x: Tensor, { value, channels }: Clamp, layer: Layer): Tensor {
  if (!channels) return full(x.shape, value);
  const units = x.shape.at(-1)!;
  const wrong = channels.find((channel) => !(Number.isInteger(channel) && channel >= 0 && channel < units));
  if (wrong !== undefined) {
    throw new ArgumentError(`ablate: ${layer.label}: channel ${shown(wrong)}; expected one from 0 to ${units - 1}.`);
  }
  const isHeld = tensor(Array.from({ length: units }, (_, channel) => channels.includes(channel)));
  return add(multiply(x, affine(isHeld, -1, 1)), affine(isHeld, value));
}
