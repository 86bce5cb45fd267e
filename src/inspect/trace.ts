import { ArgumentError, checkOptions } from "../errors.js";
import type { Layer } from "../layer.js";
import { stack } from "../ops/index.js";
import { keep, scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { findTarget, type InspectOptions, type Target } from "./find.js";
import { type InspectData, pass } from "./pass.js";
import { type Watch, watcher } from "./watch.js";

export interface TraceOptions extends InspectOptions {
  /** Which call of the layer, from 0. Required where the model calls it several times; its only call by default. */
  call?: number;
}

/** Gates and states by name, each [time, batch, ...]: i f g o c h, of a GRU z r g h, of a SimpleRNN h. */
export type Trace = Record<string, Tensor>;

/**
 * Returns every gate and state of every time step of a recurrent layer, as computed while the model runs on x: of LSTM and ConvLSTM the
 * gates i f o, the candidate g and the states c h; of GRU update z, reset r, candidate g and h; of SimpleRNN h. Each is [time, batch,
 * units], of ConvLSTM2D [time, batch, height', width', filters]. Time steps stand in the order of the layer's input, also where it is
 * read from its end; inside of TimeDistributed its steps are part of the batch. Where a mask leaves a step out, c and h are as before it.
 *
 * The layer runs step by step in ordinary ops in place of the fused op, in inference. The caller disposes the tensors.
 * @throws ArgumentError when the model has no such recurrent layer, or several of which any could be meant.
 * @example
 *     const { f, c } = trace(model, clip, { layer: "conv_lstm2d" });
 */
export function trace(model: Layer, x: InspectData, options: TraceOptions = {}): Trace {
  checkOptions("trace", options, ["layer", "call"]);
  const target = findTarget("trace", model, options.layer);
  return scope(() => theCall("trace", target, traceCalls(model, x, target), options.call).gates);
}

/** What the layer computed in one call. mask: [batch, time] of 1 and 0, where the layer had one. */
export interface TracedCall {
  gates: Trace;
  mask: Tensor | undefined;
}

/** All calls of the layer in one pass, in order, each with its gates and states of these names (all by default); for use in a scope. */
export function traceCalls(model: Layer, x: InspectData, target: Target, names?: readonly string[]): TracedCall[] {
  const seen: { steps: Record<string, Tensor[]>; mask: Tensor | undefined }[] = [];
  const handle = (y: Tensor) => keep(y.as(y.shape));
  try {
    scope(() => {
      const watch: Watch = (name, y, place) => {
        const call = (seen[place.call] ??= { steps: {}, mask: place.mask && handle(place.mask) });
        if (!names || names.includes(name)) (call.steps[name] ??= [])[place.step] = handle(y);
        return y;
      };
      pass(model, x, watcher([target], [watch]));
    });
    return seen.map(({ steps, mask }) => ({ gates: stacked(steps), mask: mask?.as(mask.shape) }));
  } finally {
    for (const { steps, mask } of seen) {
      mask?.dispose();
      for (const y of Object.values(steps).flat()) y.dispose();
    }
  }
}

function stacked(steps: Record<string, Tensor[]>): Trace {
  const result: Trace = {};
  for (const [name, ys] of Object.entries(steps)) {
    result[name] = stack(ys);
    for (const y of ys) y.dispose();
  }
  return result;
}

/** @throws ArgumentError where several calls might be meant, or there is none of that number. */
export function theCall<T>(where: string, { layer, path }: Target, calls: readonly T[], index: number | undefined): T {
  if (calls.length === 0) throw new ArgumentError(`${where}: the model did not call ${layer.label} ("${path}").`);
  if (index === undefined && calls.length === 1) return calls[0];
  const found = index !== undefined && calls[index];
  if (found) return found;
  const given = index === undefined ? "say which" : `received ${index}`;
  throw new ArgumentError(`${where}: ${layer.label} is called ${calls.length} times; ${given}: call from 0 to ${calls.length - 1}.`); // prettier-ignore
}
