/** The report of a training: curves, confusion, and some held-out windows traced through the ConvLSTM. */
import { basename } from "node:path";
import type { ModelLayer } from "../../index.js";
import { rankLabels, traceClip } from "../../inspect/index.js";
import type { Report, ReportClip } from "../../report/index.js";
import { percent } from "../terminal.js";
import { readBatch } from "./batches.js";
import { memoryLayer } from "./head.js";
import { rateOf, type TrainResult } from "./options.js";
import { type Case, largest, type TestResult } from "./testing.js";
import type { Run } from "./run.js";

/** Pixels of a frame's sides in the report. */
const shownSize = 112;
const mostClips = 6;

export interface Trained {
  head: ModelLayer;
  test: TestResult;
  result: TrainResult;
}

export async function trainingReport(run: Run, { head, test, result }: Trained): Promise<Report> {
  const { options, classes, skipped } = run;
  const clips: ReportClip[] = [];
  for (const one of chosen(test.cases, classes.length)) clips.push(await tracedClip(run, head, one));
  const { convLstm, meanOfFrames, held, unit } = result;
  return {
    title: `${basename(options.folder)}: ${classes.join(", ")}`,
    summary: `${percent(convLstm.accuracy, 1)} of ${held} held-out ${unit}s told right, ${percent(meanOfFrames.accuracy, 1)} by the mean over the frames. ${result.verdict}`,
    facts: [
      ["Clips", Object.entries(result.clips).map(([name, n]) => `${name} ${n}`).join(", ")],
      ["Held out", result.split],
      ["Window", `${options.frames} frames, ${options.windowSeconds} s`],
      ["Network", `MobileNet (ImageNet, frozen), ConvLSTM2D of ${options.filters} filters, Dense 64, Dense ${classes.length}`],
      ["Training", `${result.epochs} epochs, Adam, seed ${options.seed}; what was held out decided nothing of it`],
      ["Model", result.model],
    ],
    notes: [],
    curve: result.curve,
    baselineCurve: result.baselineCurve,
    confusion: { classes, counts: convLstm.confusion, baselineCounts: meanOfFrames.confusion },
    clips,
    skipped,
  }; // prettier-ignore
}

/** Of each class one that was told with certainty, then mistakes, then more of each class. */
function chosen(cases: readonly Case[], classes: number): Case[] {
  const sure = (one: Case) => one.convLstm[one.label];
  const isRight = (one: Case) => largest(one.convLstm) === one.label;
  const ofClass = (label: number) => cases.filter((one) => one.label === label).sort((a, b) => sure(b) - sure(a));
  const best = Array.from({ length: classes }, (_, label) => ofClass(label)[0]).filter((one) => one !== undefined);
  const mistakes = cases.filter((one) => !isRight(one) && !best.includes(one)).sort((a, b) => sure(a) - sure(b));
  return [...best, ...mistakes].slice(0, mostClips);
}

async function tracedClip(run: Run, head: ModelLayer, one: Case): Promise<ReportClip> {
  const { classes, options } = run;
  const { features } = await readBatch([one.window], { frames: options.frames, classes: classes.length });
  return {
    name: nameOf(run, one),
    size: shownSize,
    ...(await shownFrames(run, one)),
    truth: classes[one.label],
    ...(await traceClip(head, features, { layer: memoryLayer, classes })),
    prediction: rankLabels(one.convLstm, classes), // of a whole clip the mean over its windows
  };
}

function nameOf({ options }: Run, { window: { clip, start } }: Case): string {
  const at = clip.isWhole ? "" : `, from ${(start / rateOf(options)).toFixed(1)} s`;
  return `${basename(clip.path)}${at}`;
}

async function shownFrames(
  { films, options, signal }: Run,
  { window: { clip, start } }: Case,
): Promise<Pick<ReportClip, "frames" | "times">> {
  const { frames: numFrames } = options;
  if (clip.isWhole) return films.readClip(clip.path, { frames: numFrames, size: shownSize, signal });
  const rate = rateOf(options);
  const { kind } = await films.probe(clip.path, { signal });
  const from = kind === "film" ? start / rate : start;
  const frames = new Uint8Array(numFrames * shownSize * shownSize * 3);
  const times: number[] = [];
  for await (const { rgb, timeSeconds } of films.readFrames(clip.path, { rate, size: shownSize, from, signal })) {
    frames.set(rgb, times.length * rgb.length);
    if (times.push(timeSeconds) === numFrames) break;
  }
  return { frames, times };
}
