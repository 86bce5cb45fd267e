import { ArgumentError, checkOptions, unknownName } from "../errors.js";
import type { Layer, OneOrMany } from "../layer.js";
import { add, affine, multiply, subtract } from "../ops/index.js";
import { scope } from "../scope.js";
import { full, tensor, type Tensor } from "../tensor.js";
import { namesOf } from "./cells.js";
import { findTarget, type InspectOptions, type Target } from "./find.js";
import { type InspectData, pass } from "./pass.js";
import { type Watch, watching } from "./watch.js";

export interface Clamp extends InspectOptions {
  /** A gate or state: i f g o c h, of a GRU z r g h, of a SimpleRNN h. */
  gate: string;
  /** What it is held at. */
  value: number;
  /** Which units or filters; all unless given. */
  channels?: readonly number[];
  /** From a step on until before another, in the order of the layer's input; all unless given. */
  steps?: readonly [from: number, to: number];
}

/** What the model gives (a list where it gives a list). They are the caller's to dispose. */
export interface Ablation<Result extends OneOrMany<Tensor> = Tensor> {
  /** As the model is. */
  prediction: Result;
  /** With the gate held. */
  ablated: Result;
  /** ablated - prediction. */
  difference: Result;
}

/**
 * What a gate does for the prediction: holds it at a value, all of it or some channels or steps, in every call of the layer, and gives
 * the prediction with and without and the difference. With a list all its clamps hold at once; what is clamped later in a step is
 * computed from what was clamped before.
 *
 *     const { difference } = ablate(model, clip, { layer: "memory", gate: "f", value: 1, steps: [4, 8] });
 *
 * Both predictions are by the composed cell, so that rounding alone makes no difference.
 * @throws ArgumentError for a layer, gate, channel or steps that are not there.
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
    const same: Watch = (_, y) => y;
    const prediction = plain(watching(targets, list.map(() => same), () => pass(model, x))); // prettier-ignore
    const held = list.map(() => false);
    const watches = list.map((clamp, i) => clamping(clamp, targets[i], () => (held[i] = true)));
    const ablated = plain(watching(targets, watches, () => pass(model, x)));
    list.forEach((clamp, i) => {
      if (held[i]) return;
      throw new ArgumentError(
        `ablate: ${targets[i].layer.label} came to no step of [${clamp.steps ?? ""}); give steps that it has.`,
      );
    });
    const parts = [prediction].flat();
    const differences = [ablated].flat().map((y, i) => subtract(y, parts[i]));
    const difference = Array.isArray(prediction) ? differences : differences[0];
    return { prediction, ablated, difference } as Ablation<Result>;
  });
}

function checked(model: Layer, clamp: Clamp): Target {
  checkOptions("ablate", clamp, ["layer", "gate", "value", "channels", "steps"]);
  const target = findTarget("ablate", model, clamp.layer);
  const { label } = target.layer;
  const known = namesOf(target.cell);
  if (!known.includes(clamp.gate)) throw unknownName(`ablate: ${label}`, "gate", clamp.gate, known);
  if (!Number.isFinite(clamp.value)) {
    throw new ArgumentError(`ablate: ${label}: value ${clamp.value}; expected a finite number to hold the gate at.`);
  }
  const [from, to] = clamp.steps ?? [0, 1];
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to)) {
    throw new ArgumentError(
      `ablate: ${label}: steps [${clamp.steps}]; expected [from, to], whole numbers from 0, the first less than the second.`,
    );
  }
  return target;
}

function clamping({ gate, value, channels, steps }: Clamp, { layer }: Target, done: () => void): Watch {
  const [from, to] = steps ?? [0, Infinity];
  return (name, x, { step }) => {
    if (name !== gate || step < from || step >= to) return x;
    done();
    if (!channels) return full(x.shape, value);
    const units = x.shape.at(-1)!;
    const wrong = channels.find((channel) => !(Number.isInteger(channel) && channel >= 0 && channel < units));
    if (wrong !== undefined) {
      throw new ArgumentError(`ablate: ${layer.label}: channel ${wrong}; expected one from 0 to ${units - 1}.`);
    }
    const isHeld = tensor(Array.from({ length: units }, (_, channel) => channels.includes(channel)));
    return add(multiply(x, affine(isHeld, -1, 1)), affine(isHeld, value));
  };
}

/** As `predict` gives it: nothing hangs on it. */
function plain(result: OneOrMany<Tensor>): OneOrMany<Tensor> {
  const parts = [result].flat().map((y) => y.as(y.shape));
  return Array.isArray(result) ? parts : parts[0];
}
