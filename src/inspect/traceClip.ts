import { ArgumentError, checkNumber, checkOptions, kindOf, ShapeError, shapeText, shown } from "../errors.js";
import type { ModelLayer } from "../model.js";
import { scope } from "../scope.js";
import type { HostArray, Tensor } from "../tensor.js";
import { type CellKind, cellNames, type WatchedCell } from "./cells.js";
import { findTarget, type InspectOptions, type Target } from "./find.js";
import { gradientThroughTime } from "./gradientThroughTime.js";
import { tensorOf } from "./pass.js";
import { saturation } from "./saturation.js";
import { trace } from "./trace.js";

/** A class or label with its score. */
export interface LabelScore {
  /** The name of the class or label. */
  label: string;
  /** The probability, 0 to 1, if the scores are those of a softmax. */
  score: number;
}

/** A gate or state of one clip: [time, units], of a ConvLSTM2D [time, height, width, filters]. */
export interface ClipGate {
  /** The values, row by row. */
  data: Float32Array;
  /** The shape, without the batch. */
  shape: readonly number[];
}

/** For each unit or filter of a gate, the share of its values that are nearly closed or nearly open. */
export interface GateShares {
  /** The shares of values below 0.1, each from 0 to 1. */
  low: number[];
  /** The shares of values above 0.9, each from 0 to 1. */
  high: number[];
}

/** The Euclidean norms of the gradient of L with respect to the states, a number for each time step. */
export interface ClipGradient {
  /** The norms |dL/dh_t|. */
  h: number[];
  /** The norms |dL/dc_t|; absent for layers without c. */
  c?: number[];
  /** A description of L: `the score of "left"`. */
  of: string;
}

/** The options of a recurrent layer that decide the equations of a time step. */
export interface ClipCell {
  /** The kind of cell. */
  kind: CellKind;
  /** The name of the activation function of candidate and states. */
  activation: string;
  /** The name of the activation function of the gates; absent for a SimpleRNN, which has no gates. */
  recurrentActivation?: string;
  /** Whether there are biases. */
  useBias: boolean;
  /** Of a GRU: whether the reset gate takes effect after the product of state and weights; absent for other cells. */
  resetAfter?: boolean;
  /** Whether the sequence is read from its last time step to its first. */
  goBackwards: boolean;
}

/**
 * The gates and states of a recurrent layer for one clip, and the prediction of the model: plain data for `zoetrope/report`.
 */
export interface ClipTrace {
  /** The name of the recurrent layer. */
  layer: string;
  /** The kind and the options of its cell. */
  cell: ClipCell;
  /** The gates and states by the names that `trace` gives them. */
  gates: Record<string, ClipGate>;
  /** The shares of nearly closed and nearly open values, by gate; absent for a SimpleRNN, which has no gates. */
  saturation?: Record<string, GateShares>;
  /** The norms of the gradient of the highest score at each time step. */
  gradient: ClipGradient;
  /** The classes, ordered by score, the highest first. */
  prediction: LabelScore[];
}

/** The options of `traceClip`. */
export interface TraceClipOptions extends InspectOptions {
  /** The names of the classes, in the order of the scores; "class 1", "class 2" ... by default. */
  classes?: readonly string[];
}

/**
 * Collects the data of a report on a recurrent layer and one clip: gates, states, saturation, gradients and scores. The model runs four
 * times: split it with `splitAtRecurrent` if much is computed before the layer.
 * @param model gives scores [batch, classes].
 * @param clip one clip, [1, time, ...]; a tensor is not disposed.
 *
 * @example
 * const traced = await traceClip(model, clip, { layer: "memory", classes: ["left", "right"] });
 * const html = reportHtml({ title, facts: [], notes: [], clips: [{ name, size, frames, times, ...traced }] });
 *
 * @throws ArgumentError when not exactly one recurrent layer is meant.
 * @throws ShapeError for a batch of several clips, and for a model that gives anything but scores.
 */
export async function traceClip(
  model: ModelLayer,
  clip: Tensor | HostArray,
  options: TraceClipOptions = {},
): Promise<ClipTrace> {
  checkOptions("traceClip", options, ["layer", "classes"]);
  const target = findTarget("traceClip", model, options.layer);
  const layer = options.layer ?? target.layer.name;
  const x = tensorOf(clip);
  try {
    checkShapes(model, x);
    const scores = await read(await model.predict(x));
    const prediction = rankLabels(scores, options.classes);
    const gates: ClipTrace["gates"] = {};
    for (const [name, y] of Object.entries(trace(model, x, { layer }))) {
      const [time, , ...rest] = y.shape;
      gates[name] = { data: await read(y), shape: [time, ...rest] };
    }
    const isGated = Object.keys(gates).some((name) => name !== "h");
    const { h, c } = scope(() => {
      const norms = gradientThroughTime(model, x, scores.indexOf(Math.max(...scores)), { layer });
      return { h: norms.h.norm, c: norms.c?.norm };
    });
    const gradient = { h: [...(await read(h))], ...(c && { c: [...(await read(c))] }) };
    return {
      layer,
      cell: describeCell(target),
      gates,
      ...(isGated && { saturation: await sharesOf(model, x, layer) }),
      gradient: { ...gradient, of: `the score of "${prediction[0].label}"` },
      prediction,
    };
  } finally {
    if (x !== clip) x.dispose();
  }
}

/**
 * Names the scores of one clip and sorts them, the highest first.
 * @param classes the names, in the order of the scores; "class 1", "class 2" ... by default.
 * @throws ArgumentError for scores that are no list.
 */
export function rankLabels(scores: ArrayLike<number>, classes?: readonly string[]): LabelScore[] {
  if (!Array.isArray(scores) && !ArrayBuffer.isView(scores)) {
    throw new ArgumentError(`rankLabels: expected scores, received ${kindOf(scores)}.`);
  }
  if (classes !== undefined && !Array.isArray(classes)) {
    throw new ArgumentError(`rankLabels: classes ${shown(classes)}; expected a list of names.`);
  }
  const numbers = Array.from({ length: scores.length }, (_, i) =>
    checkNumber("rankLabels", "score", scores[i], "a number"),
  );
  const labelled = numbers.map((score, i) => ({
    label: classes?.[i] ?? `class ${i + 1}`,
    score,
  }));
  return labelled.sort((a, b) => b.score - a.score);
}

function checkShapes(model: ModelLayer, { shape }: Tensor): void {
  if (shape[0] !== 1) {
    throw new ShapeError(`traceClip: received ${shapeText(shape)}; expected one clip, [1, time, ...].`);
  }
  const [output] = model.outputs;
  if (model.outputs.length === 1 && output.shape.length === 2) return;
  const given = model.outputs.map((y) => shapeText(y.shape)).join(" and ");
  throw new ShapeError(`traceClip: ${model.label} gives ${given}; expected scores [batch, classes].`);
}

function describeCell({ cell, layer }: Target): ClipCell {
  const isGated = "recurrentActivation" in cell;
  return {
    kind: cellNames(cell).kind,
    activation: activationName(cell.activation),
    ...(isGated && { recurrentActivation: activationName(cell.recurrentActivation) }),
    useBias: cell.projections.bias !== undefined,
    ...("resetAfter" in cell && { resetAfter: cell.resetAfter }),
    goBackwards: layer.goBackwards,
  };
}

/** The name in the table of activations, also of one with options; a user-defined function has its own name. */
const activationName = ({ name, apply }: WatchedCell["activation"]): string =>
  name ?? (apply as { className?: string }).className ?? (apply.name || "activation");

/** Reads the values of a tensor and disposes it. */
const read = (y: Tensor): Promise<Float32Array> => y.data().finally(() => y.dispose());

async function sharesOf(model: ModelLayer, x: Tensor, layer: string): Promise<Record<string, GateShares>> {
  const { count, gates } = await saturation(model, x, { layer });
  const shares = (counts: number[]) => counts.map((n) => n / count);
  return Object.fromEntries(
    Object.entries(gates).map(([gate, { low, high }]) => [gate, { low: shares(low), high: shares(high) }]),
  );
}
