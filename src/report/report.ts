/** The data of a report. */
import type { ClipCell, ClipGate, ClipGradient, GateShares, LabelScore } from "../inspect/index.js";

export type { LabelScore } from "../inspect/index.js";

/** Everything that `reportHtml` shows, from top to bottom. */
export interface Report {
  /** The heading, and the title of the browser's tab. */
  title: string;
  /** The result in a sentence or two, under the title; none by default. */
  summary?: string;
  /** Facts about the run, as pairs of a label and a value. */
  facts: (readonly [label: string, value: string])[];
  /** Notes that a reader must know first, such as that the weights are untrained. */
  notes: string[];
  /** The learning curve of the model, a point an epoch; none by default. */
  curve?: EpochPoint[];
  /** The learning curve of a model that receives only the mean over the frames; none by default. */
  baselineCurve?: EpochPoint[];
  /** The confusion matrices; none by default. */
  confusion?: {
    /** The names of the classes. */
    classes: string[];
    /** Numbers of clips by [truth][predicted]. */
    counts: number[][];
    /** The counts of a model that receives only the mean over the frames; none by default. */
    baselineCounts?: number[][];
  };
  /** The clips; the first two are shown unfolded. */
  clips: ReportClip[];
  /** The files that could not be read, with the reasons; none by default. */
  skipped?: { path: string; reason: string }[];
}

/** One point of a learning curve. */
export interface EpochPoint {
  /** Counted from 1. */
  epoch: number;
  /** The mean loss over the training data. */
  loss: number;
  /** The share of the training data that was classified correctly, 0 to 1. */
  accuracy: number;
  /** The mean loss over held-out data; absent by default. */
  valLoss?: number;
  /** The share of held-out data that was classified correctly, 0 to 1; absent by default. */
  valAccuracy?: number;
}

/**
 * A clip with the gates and states of a recurrent layer and the prediction of the model. `traceClip` of `zoetrope/inspect` gives
 * all but the name, the frames with their times and labels, and the truth.
 */
export interface ReportClip {
  /** Shown as the heading of the clip. */
  name: string;
  /** The width and height of a frame in pixels. */
  size: number;
  /** The frames, [time, size, size, 3], RGB from 0 to 255. */
  frames: Uint8Array;
  /** The time of each frame in the film, in seconds; for numbered pictures 0, 1, 2 ... */
  times: number[];
  /**
   * The labels that an image classifier predicts for each frame, the best first; none by default. The page shows five of a frame. In the
   * chart, the line of a label is dashed over frames whose list lacks it.
   */
  labels?: LabelScore[][];
  /** The true class; not shown by default. */
  truth?: string;
  /**
   * The classes that the model predicts for the whole clip, the best first; not shown by default. Untrained weights predict nothing: leave
   * out this and `gradient`.
   */
  prediction?: LabelScore[];
  /** The name of the recurrent layer. */
  layer: string;
  /** The kind and the options of its cell, for the equations of a time step; none by default. */
  cell?: ClipCell;
  /**
   * Gates and states by the names that `trace` gives them: [time, height, width, filters], [time, width, filters] or
   * [time, units], the same shape for all. `{}` shows only the frames.
   */
  gates: Record<string, ClipGate>;
  /** By gate, for each filter or unit the share of values below 0.1 and above 0.9; not shown by default. */
  saturation?: Record<string, GateShares>;
  /** The gradient's norm at each time step; not shown by default. */
  gradient?: ClipGradient;
}
