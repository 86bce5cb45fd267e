/** What training on a folder and predicting with its result are told, and what they give back. */
import { ArgumentError } from "../../index.js";
import type { Skipped } from "../clipsAt.js";
import type { EpochPoint } from "../../report/index.js";

export interface TrainOptions {
  /** Holds a subfolder of clips for each class. */
  folder: string;
  /** Where the model file goes; unless given, the folder's name with .safetensors, in the current folder. */
  out?: string | undefined;
  /** Of the ConvLSTM2D; 64 unless given. */
  filters?: number | undefined;
  /** In a window; 8 unless given. */
  frames?: number | undefined;
  /** How long a window is; 1 unless given. */
  windowSeconds?: number | undefined;
  /** At most; 12 unless given. */
  epochs?: number | undefined;
  /** Of weights, of the clips that are held out, of the windows; 1 unless given. */
  seed?: number | undefined;
  /** Where features are kept; unless given, zoetrope/features in the user's cache folder. */
  cache?: string | undefined;
  /** Held-out clips in subfolders of the same names; unless given, a part of `folder` is held out. */
  test?: string | undefined;
  /** Where the report goes; unless given, beside the model file with .html. */
  report?: string | undefined;
}

export const trainDefaults = { filters: 64, frames: 8, windowSeconds: 1, epochs: 12, seed: 1 } as const;

export interface PredictOptions {
  /** The model file, as training left it. */
  model: string;
  /** Films, pictures and folders of numbered pictures; of any other folder the clips in it. */
  paths: readonly string[];
}

/** How a network did on what was held out. */
export interface Score {
  accuracy: number;
  correct: number;
  /** [truth][predicted] */
  confusion: number[][];
}

export interface TrainResult {
  model: string;
  report: string;
  classes: string[];
  /** Clips that were read, by class. */
  clips: Record<string, number>;
  /** How clips were held out, in words. */
  split: string;
  /** What was held out and is counted: "clip" or "window". */
  unit: "clip" | "window";
  /** How many there are; and of windows, how many of them share no frame. */
  held: number;
  independent: number;
  convLstm: Score;
  /** Of the network that sees only the mean over the frames. */
  meanOfFrames: Score;
  verdict: string;
  epochs: number;
  /** Epoch by epoch, with what was held out as `valLoss` and `valAccuracy`. */
  curve: EpochPoint[];
  baselineCurve: EpochPoint[];
  skipped: Skipped[];
  cache: { folder: string; bytes: number };
  seconds: number;
}

export interface Prediction {
  path: string;
  /** Classes, the most probable first: means over the windows. */
  labels: { label: string; score: number }[];
  windows: number;
}

export interface PredictResult {
  clips: Prediction[];
  skipped: Skipped[];
}

/** What a model file says of itself, as JSON in its metadata under `classifier`. */
export interface Classifier {
  classes: string[];
  frames: number;
  size: number;
  windowSeconds: number;
  /** On what was held out; not there where training was stopped. */
  accuracy?: number;
  baselineAccuracy?: number;
  split: string;
}

/** Pixels of a frame's sides: what MobileNet's weights were trained for. */
export const size = 224;

/** Frames a second. */
export const rateOf = ({ frames, windowSeconds }: { frames: number; windowSeconds: number }): number =>
  frames / windowSeconds;

/** @throws ArgumentError for numbers that make no sense. */
export function readTrainOptions(options: TrainOptions) {
  const defined = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const read = { ...trainDefaults, ...defined } as TrainOptions & {
    -readonly [K in keyof typeof trainDefaults]: number;
  };
  for (const name of ["filters", "frames", "epochs"] as const) {
    if (Number.isSafeInteger(read[name]) && read[name] >= 1) continue;
    throw new ArgumentError(`train: ${name} is ${read[name]}; expected a whole number from 1.`);
  }
  if (!(read.windowSeconds > 0 && read.windowSeconds < Infinity)) {
    throw new ArgumentError(`train: a window of ${read.windowSeconds} s; expected more than 0.`);
  }
  return read;
}
