/** The options and results of training on a folder and of predicting with its model. */
import { ArgumentError } from "../../index.js";
import type { Skipped } from "../../node/index.js";
import type { EpochPoint } from "../../report/index.js";

export interface TrainOptions {
  /** A folder with a subfolder of clips for each class. */
  folder: string;
  /** The path of the model file; the folder's name with .safetensors, in the current folder, by default. */
  out?: string | undefined;
  /** Filters of the ConvLSTM2D; 64 by default. */
  filters?: number | undefined;
  /** Frames in a window; 8 by default. */
  frames?: number | undefined;
  /** Length of a window in seconds; 1 by default. */
  windowSeconds?: number | undefined;
  /** Maximum number of epochs; 12 by default. */
  epochs?: number | undefined;
  /** Seed of the weights, of the choice of held-out clips and of the windows; 1 by default. */
  seed?: number | undefined;
  /** The folder of features; zoetrope/features in the user's cache folder by default. */
  cache?: string | undefined;
  /** A folder of held-out clips in subfolders of the same names; a part of `folder` is held out by default. */
  test?: string | undefined;
  /** The path of the report; beside the model file, with .html, by default. */
  report?: string | undefined;
}

export const trainDefaults = { filters: 64, frames: 8, windowSeconds: 1, epochs: 12, seed: 1 } as const;

export interface PredictOptions {
  /** A model file that `train` has written. */
  model: string;
  /** Films, pictures, folders of numbered pictures, and folders of clips. */
  paths: readonly string[];
}

/** How well a network classifies the held-out clips or windows. */
export interface Score {
  accuracy: number;
  correct: number;
  /** Numbers by [truth][predicted]. */
  confusion: number[][];
}

export interface TrainResult {
  /** The path of the model file; empty where it could not be written. */
  model: string;
  /** The path of the report; empty where it could not be written. */
  report: string;
  classes: string[];
  /** How many clips of each class were read. */
  clips: Record<string, number>;
  /** How clips were held out, in words. */
  split: string;
  /** The unit that was held out, which `held` counts. */
  unit: "clip" | "window";
  /** How many were held out. */
  held: number;
  /** How many of them share no frame with each other. */
  independent: number;
  convLstm: Score;
  /** The score of the network that receives only the mean over the frames. */
  meanOfFrames: Score;
  /** A sentence on whether the order of the frames matters. */
  verdict: string;
  /** How many epochs were run. */
  epochs: number;
  /** Epoch by epoch; `valLoss` and `valAccuracy` are of the held-out data. */
  curve: EpochPoint[];
  baselineCurve: EpochPoint[];
  skipped: Skipped[];
  /** What went wrong at the end, as a disk that became full; the model is then where `model` says. */
  problem?: Error | undefined;
  cache: { folder: string; bytes: number };
  seconds: number;
}

export interface Prediction {
  path: string;
  /** The classes, the most probable first; scores are means over the windows. */
  labels: { label: string; score: number }[];
  windows: number;
}

export interface PredictResult {
  clips: Prediction[];
  skipped: Skipped[];
}

/** The description of a model that `train` writes into its file, as JSON in the metadata under `classifier`. */
export interface Classifier {
  classes: string[];
  frames: number;
  size: number;
  windowSeconds: number;
  /** The score on the held-out data; absent if training was stopped. */
  accuracy?: number;
  /** The score of the network that receives only the mean over the frames; absent if training was stopped. */
  baselineAccuracy?: number;
  /** How clips were held out, in words. */
  split: string;
}

/** Width and height of a frame in pixels, for which MobileNet's weights were trained. */
export const size = 224;

/** No camera takes more frames a second. */
export const highestRate = 1000;

/** The sampling rate in frames per second. */
export const rateOf = ({ frames, windowSeconds }: { frames: number; windowSeconds: number }): number =>
  frames / windowSeconds;

/** Fills in the defaults. @throws ArgumentError for numbers out of range. */
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
    throw new ArgumentError(`train: windowSeconds is ${read.windowSeconds}; expected more than 0.`);
  }
  if (rateOf(read) > highestRate) {
    throw new ArgumentError(
      `train: ${read.frames} frames in ${read.windowSeconds} s are more than ${highestRate} a second; give a longer window.`,
    );
  }
  return read;
}
