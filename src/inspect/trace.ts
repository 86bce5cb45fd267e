import { ArgumentError, checkOptions } from "../errors.js";
import type { Layer } from "../layer.js";
import { stack } from "../ops/index.js";
import { keep, scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { findTarget, type InspectOptions, type Target } from "./find.js";
import { type InspectData, pass } from "./pass.js";

/** Options of `trace`. */
export interface TraceOptions extends InspectOptions {
  /** The number of the call of the layer, from 0. Required if the model calls it several times; its only call by default. */
  call?: number;
}

/** The gates and states by name, each [time, batch, ...]: i f g o c h, in a GRU z r g h, in a SimpleRNN h. */
export type Trace = Record<string, Tensor>;

/**
 * Returns every gate and state of every time step of a recurrent layer, as computed while the model runs on x: for LSTM and ConvLSTM the
 * gates i f o, the candidate g and the states c h; for GRU the update gate z, the reset gate r, the candidate g and the state h; for
 * SimpleRNN the state h. Each is [time, batch, units], for ConvLSTM2D [time, batch, height', width', filters]. Time steps are in the
 * order of the layer's input, also where the layer reads it from its end. For a layer inside TimeDistributed, the time steps of
 * TimeDistributed are part of the batch. At a masked time step, c and h have their previous values.
 *
 * The layer runs in inference, step by step in ordinary ops in place of the fused op. The caller disposes the tensors.
 * @throws ArgumentError when the model has no such recurrent layer, or several could be meant, or the layer has no such call.
 * @example
 *     const { f, c } = trace(model, clip, { layer: "conv_lstm2d" });
 */
export function trace(model: Layer, x: InspectData, options: TraceOptions = {}): Trace {
  checkOptions("trace", options, ["layer", "call"]);
  const target = findTarget("trace", model, options.layer);
  return scope(() => theCall("trace", target, traceCalls(model, x, target), options.call).gates);
}

/** The gates and states of one call of the layer. mask: [batch, time] of 1 and 0, if the layer had one. */
export interface TracedCall {
  gates: Trace;
  mask: Tensor | undefined;
}

/** Traces all calls of the layer in one pass, in order, each with its gates and states of these names (all by default); for use in a scope. */
export function traceCalls(model: Layer, x: InspectData, target: Target, names?: readonly string[]): TracedCall[] {
  const seen: { steps: Record<string, Tensor[]>; mask: Tensor | undefined }[] = [];
  const kept: Tensor[] = [];
  const handle = (y: Tensor) => kept[kept.push(keep(y.as(y.shape))) - 1];
  try {
    pass(model, x, [target], (name, y, { step, call, mask }) => {
      const { steps } = (seen[call] ??= { steps: {}, mask: mask && handle(mask) });
      if (!names || names.includes(name)) (steps[name] ??= [])[step] = handle(y);
      return y;
    });
    return seen.map(({ steps, mask }) => ({ gates: stacked(steps), mask: mask?.as(mask.shape) }));
  } finally {
    for (const y of kept) y.dispose();
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
export function theCall<T>(where: string, target: Target, calls: readonly T[], index: number | undefined): T {
  if (calls.length === 0) throw notSeen(where, target);
  if (index === undefined && calls.length === 1) return calls[0];
  const found = index !== undefined && calls[index];
  if (found) return found;
  const given = index === undefined ? "say which" : `received ${index}`;
  throw new ArgumentError(
    `${where}: ${target.layer.label} is called ${calls.length} times; ${given}: call from 0 to ${calls.length - 1}.`,
  );
}

/** Makes the error for a layer that the pass did not call. */
export const notSeen = (where: string, { layer, path }: Target): ArgumentError =>
  new ArgumentError(
    `${where}: no time step of ${layer.label} ("${path}") was seen; a user-defined layer must pass its options on, and what a user-defined cell calls as a cell is not seen.`,
  );
