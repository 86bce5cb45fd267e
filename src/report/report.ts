/** What a report is made of. */

export interface Report {
  title: string;
  /** A sentence or two under the title: what came out. */
  summary?: string;
  /** What was run, line by line. */
  facts: (readonly [label: string, value: string])[];
  /** What a reader must know first, e.g. "the ConvLSTM's weights are untrained: its scores mean nothing yet". */
  notes: string[];
  curve?: EpochPoint[];
  /** The same of a model that sees only the mean over the frames. */
  baselineCurve?: EpochPoint[];
  confusion?: {
    classes: string[];
    /** [truth][predicted] */
    counts: number[][];
    baselineCounts?: number[][];
  };
  clips: ReportClip[];
  /** What was to be read and could not be. */
  skipped?: { path: string; reason: string }[];
}

export interface EpochPoint {
  /** From 1. */
  epoch: number;
  loss: number;
  /** Of all, 0 to 1. */
  accuracy: number;
  valLoss?: number;
  valAccuracy?: number;
}

export interface LabelScore {
  label: string;
  /** 0 to 1. */
  score: number;
}

/** What a recurrent layer of a model did with one clip, and what the model said of it. */
export interface ReportClip {
  name: string;
  /** Width and height of a frame, pixels. */
  size: number;
  /** RGB, 0 to 255, [steps, size, size, 3]. */
  frames: Uint8Array;
  /** When each frame stands in the film, seconds; of numbered pictures 0, 1, 2 ... */
  times: number[];
  /** What a classifier of pictures sees in each frame, best first. */
  labels?: LabelScore[][];
  truth?: string;
  /** What the model says of the whole clip, best first. */
  prediction?: LabelScore[];
  /** The name of the recurrent layer. */
  layer: string;
  /** Gates and states of every step, by the names that `trace` gives them: [steps, height, width, filters], or [steps, units]. */
  gates: Record<string, { data: Float32Array; shape: readonly number[] }>;
  /** For each filter or unit the share of values below 0.1 and above 0.9, 0 to 1, by gate. */
  saturation?: Record<string, { low: number[]; high: number[] }>;
  /** |dL/dh_t| and |dL/dc_t| of each step; `of` says what L is, e.g. 'the score of "left"'. */
  gradient?: { h: number[]; c?: number[]; of: string };
}
