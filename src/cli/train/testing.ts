/** Tests both heads on the held-out windows or clips. */
import { log } from "../../elementary.js";
import { withProgress } from "../progress.js";
import type { Screen } from "../terminal.js";
import { readBatch } from "./batches.js";
import type { Heads } from "./head.js";
import type { Score } from "./options.js";
import type { Split } from "./split.js";
import { evenWindows, numIndependent, type Window } from "./windows.js";

/** The probability of each class, for each window. */
type Rows = number[][];

const batchSize = 8;

/** Runs both heads on windows. @param onWindows called with the number of windows that are done. */
export async function probabilities(
  heads: Heads,
  windows: readonly Window[],
  { frames, classes, signal }: { frames: number; classes: number; signal: AbortSignal },
  onWindows: (done: number) => void = () => {},
): Promise<Record<keyof Heads, Rows>> {
  const rows: Record<keyof Heads, Rows> = { convLstm: [], mean: [] };
  for (let from = 0; from < windows.length; from += batchSize) {
    signal.throwIfAborted();
    const { features, means } = await readBatch(windows.slice(from, from + batchSize), { frames, classes });
    for (const [name, x] of [["convLstm", features], ["mean", means]] as const) {
      const output = await heads[name].predictOnBatch(x);
      rows[name].push(...rowsOf(await output.data(), classes));
      output.dispose();
    } // prettier-ignore
    onWindows(rows.mean.length);
  }
  return rows;
}

/** The rows of `values` [rows, width]. */
export const rowsOf = (values: Float32Array, width: number): Rows =>
  Array.from({ length: values.length / width }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);

/** The class with the highest probability. */
export const largest = (row: readonly number[]): number => row.indexOf(Math.max(...row));

/** The mean categorical cross-entropy, and the share of rows whose largest probability is that of the true class. */
export function lossAndAccuracy(rows: Rows, truth: readonly number[]): { loss: number; accuracy: number } {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    loss: mean(rows.map((row, i) => -log(Math.max(1e-7, row[truth[i]])))),
    accuracy: mean(rows.map((row, i) => Number(largest(row) === truth[i]))),
  };
}

/** One held-out clip or window, with the probabilities that both heads give. */
export interface Case {
  /** The window itself; of a clip, the middle one of its windows. */
  window: Window;
  label: number;
  convLstm: number[];
  mean: number[];
}

export interface TestResult {
  cases: Case[];
  /** How many of the cases share no frame with each other: the sample size for the verdict. */
  independent: number;
  convLstm: Score;
  meanOfFrames: Score;
}

export interface TestPlan {
  heads: Heads;
  split: Split;
  frames: number;
  classes: number;
  screen: Screen;
  signal: AbortSignal;
}

/** Tests on all held-out windows; if whole clips were held out, on the means over the windows of each clip. */
export async function testHeads(plan: TestPlan): Promise<TestResult> {
  const { heads, split, frames, classes } = plan;
  const windows = evenWindows(split.test, frames);
  const rows = await withProgress(plan.screen, windows.length, "window", (progress) =>
    probabilities(heads, windows, plan, (done) => progress.update(done, "held out")),
  );
  const each = windows.map((window, i) => ({
    window,
    label: window.clip.label,
    convLstm: rows.convLstm[i],
    mean: rows.mean[i],
  }));
  const cases = split.unit === "window" ? each : byClip(each);
  const independent = split.unit === "clip" ? cases.length : numIndependent(split.test, frames);
  return {
    cases,
    independent,
    convLstm: scoreOf(cases, "convLstm", classes),
    meanOfFrames: scoreOf(cases, "mean", classes),
  };
}

function byClip(cases: readonly Case[]): Case[] {
  const clips = new Set(cases.map(({ window }) => window.clip));
  const ofEach = [...clips].map((clip) => cases.filter(({ window }) => window.clip === clip));
  return ofEach.map((own) => ({
    ...own[Math.floor(own.length / 2)],
    convLstm: meanRow(own.map(({ convLstm }) => convLstm)),
    mean: meanRow(own.map(({ mean }) => mean)),
  }));
}

/** The mean of rows of equal length. */
export const meanRow = (rows: Rows): number[] =>
  rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);

function scoreOf(cases: readonly Case[], head: keyof Heads, classes: number): Score {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const one of cases) confusion[one.label][largest(one[head])]++;
  const correct = confusion.reduce((sum, row, label) => sum + row[label], 0);
  return { accuracy: correct / cases.length, correct, confusion };
}
