// A training of two small heads on features of made-up clips, as zoetrope train does it on real ones.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TrainingCheckpoint } from "../../src/cli/train/checkpoint.js";
import { featureElements, featureShape } from "../../src/cli/train/featureExtractor.js";
import { FeatureWriter, openFeatures } from "../../src/cli/train/featureFile.js";
import { type Fit, fitHeads, newFit } from "../../src/cli/train/fitting.js";
import type { Heads } from "../../src/cli/train/head.js";
import type { Split } from "../../src/cli/train/split.js";
import { testHeads } from "../../src/cli/train/testing.js";
import type { Clip } from "../../src/cli/train/windows.js";
import {
  Dense,
  Dropout,
  GlobalAveragePooling2D,
  Input,
  LSTM,
  Model,
  setSeed,
  TimeDistributed,
} from "../../src/index.js";

const numFrames = 12;
const frames = 2;

/** Writes features of four clips: two to learn from, of two classes, and two to test on. */
export async function writeSmallClips(folder: string): Promise<void> {
  mkdirSync(folder);
  for (let i = 0; i < 4; i++) {
    const name = createHash("sha256").update(String(i)).digest("hex");
    const writer = await FeatureWriter.open(join(folder, `${name}.features`), featureElements);
    const values = Float32Array.from(
      { length: numFrames * featureElements },
      (_, k) => ((k * 7919 + 13 * i) % 97) / 97,
    );
    await writer.append(values, Array(numFrames).fill(new Uint8Array(1)));
    await writer.finish();
  }
}

async function readSplit(folder: string): Promise<Split> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".features")).sort(); // prettier-ignore
  const clips = await Promise.all(
    names.map(async (name, i): Promise<Clip> => {
      const features = await openFeatures(join(folder, name), featureElements);
      if (typeof features === "string") throw new Error(`${name}: ${features}`);
      return { path: name, label: i % 2, isWhole: false, features };
    }),
  );
  const [a, b, c, d] = clips.map((clip) => ({ clip, from: 0, to: numFrames }));
  return { train: [a, b], test: [c, d], unit: "clip", text: "by clip" };
}

function smallHeads(): Heads {
  const film = Input({ shape: [frames, ...featureShape] });
  const steps = LSTM({ units: 3 })(TimeDistributed(GlobalAveragePooling2D())(film));
  const mean = Input({ shape: featureShape });
  const hidden = Dropout({ rate: 0.3 })(Dense({ units: 5, activation: "relu" })(GlobalAveragePooling2D()(mean)));
  return {
    convLstm: Model({ inputs: film, outputs: Dense({ units: 2, activation: "softmax" })(steps) }),
    mean: Model({ inputs: mean, outputs: Dense({ units: 2, activation: "softmax" })(hidden) }),
  };
}

export interface SmallTraining {
  folder: string;
  /** Milliseconds between checkpoints. */
  leastMs: number;
  seed?: number;
  epochs?: number;
  signal?: AbortSignal;
  onText?: (text: string) => void;
  /** Called with the position, checkpoint and heads before the training begins. */
  onBegin?: (fit: Fit, checkpoint: TrainingCheckpoint) => void;
}

/** Trains and tests. Gives all numbers that a report would have, and a hash of all weights. */
export async function trainSmall({ folder, leastMs, seed = 1, epochs = 2, ...rest }: SmallTraining) {
  const { signal = new AbortController().signal, onText = () => {}, onBegin } = rest;
  setSeed(seed);
  const [split, heads] = [await readSplit(folder), smallHeads()];
  const settings = { frames, windowSeconds: 1, filters: 1, epochs, seed };
  const key = { ...settings, classes: ["a", "b"], extractor: "made up", split };
  const checkpoint = new TrainingCheckpoint(folder, key, heads, leastMs);
  const fit = newFit();
  onBegin?.(fit, checkpoint);
  const plan = { ...settings, heads, split, classes: 2, screen: { write: onText }, signal, checkpoint };
  await fitHeads(plan, fit);
  const { convLstm, meanOfFrames, cases } = await testHeads(plan);
  const hash = createHash("sha256");
  for (const head of [heads.convLstm, heads.mean]) {
    for (const weight of head.weights) hash.update(await weight.data());
  }
  return {
    weights: hash.digest("hex"),
    fit,
    convLstm,
    meanOfFrames,
    cases: cases.map(({ convLstm, mean }) => [convLstm, mean]),
  };
}
