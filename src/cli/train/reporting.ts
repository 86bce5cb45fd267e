/**
 * Makes the report of a training: curves, confusion matrices, and some held-out windows traced through the ConvLSTM.
 */
import { basename } from "node:path";
import type { ModelLayer } from "../../index.js";
import { rankLabels, traceClip } from "../../inspect/index.js";
import type { Report, ReportClip } from "../../report/index.js";
import { readWindow } from "../films.js";
import { percent } from "../terminal.js";
import { readBatch } from "./batches.js";
import { recurrentLayer } from "./head.js";
import { rateOf, type TrainResult } from "./options.js";
import { type Case, largest, type TestResult } from "./testing.js";
import type { TrainContext } from "./context.js";

/** Width and height of a frame in the report, in pixels. */
const shownSize = 112;
const mostClips = 6;

export interface Trained {
  head: ModelLayer;
  test: TestResult;
  result: TrainResult;
}

export async function trainingReport(context: TrainContext, { head, test, result }: Trained): Promise<Report> {
  const { options, classes, skipped } = context;
  const clips: ReportClip[] = [];
  for (const one of chosen(test.cases, classes.length)) clips.push(await tracedClip(context, head, one));
  const { convLstm, meanOfFrames, held, unit } = result;
  return {
    title: `${basename(options.folder)}: ${classes.join(", ")}`,
    summary: `${percent(convLstm.accuracy, 1)} of ${held} held-out ${unit}s classified correctly, ${percent(meanOfFrames.accuracy, 1)} by the mean over the frames. ${result.verdict}`,
    facts: [
      ["Clips", Object.entries(result.clips).map(([name, n]) => `${name} ${n}`).join(", ")],
      ["Held out", result.split],
      ["Window", `${options.frames} frames, ${options.windowSeconds} s`],
      ["Network", `MobileNet (ImageNet, frozen), ConvLSTM2D of ${options.filters} filters, Dense 64, Dense ${classes.length}`],
      ["Training", `${result.epochs} epochs, Adam, seed ${options.seed}; held-out ${unit}s were used for nothing but the test`],
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

/** Chooses of each class the case with the highest score of the truth, and then the worst mistakes. */
function chosen(cases: readonly Case[], classes: number): Case[] {
  const trueScore = (one: Case) => one.convLstm[one.label];
  const isRight = (one: Case) => largest(one.convLstm) === one.label;
  const ofClass = (label: number) =>
    cases.filter((one) => one.label === label).sort((a, b) => trueScore(b) - trueScore(a));
  const best = Array.from({ length: classes }, (_, label) => ofClass(label)[0]).filter((one) => one !== undefined);
  const mistakes = cases
    .filter((one) => !isRight(one) && !best.includes(one))
    .sort((a, b) => trueScore(a) - trueScore(b));
  return [...best, ...mistakes].slice(0, mostClips);
}

async function tracedClip(context: TrainContext, head: ModelLayer, one: Case): Promise<ReportClip> {
  const { classes, options } = context;
  const { features } = await readBatch([one.window], { frames: options.frames, classes: classes.length });
  return {
    name: nameOf(context, one),
    size: shownSize,
    ...(await shownFrames(context, one)),
    truth: classes[one.label],
    ...(await traceClip(head, features, { layer: recurrentLayer, classes })),
    prediction: rankLabels(one.convLstm, classes), // of a whole clip, the mean over its windows
  };
}

function nameOf({ options }: TrainContext, { window: { clip, start } }: Case): string {
  const at = clip.isWhole ? "" : `, from ${(start / rateOf(options)).toFixed(1)} s`;
  return `${basename(clip.path)}${at}`;
}

async function shownFrames(
  { films, options, signal }: TrainContext,
  { window: { clip, start } }: Case,
): Promise<Pick<ReportClip, "frames" | "times">> {
  const { frames: numFrames } = options;
  if (clip.isWhole) return films.readClip(clip.path, { frames: numFrames, size: shownSize, signal });
  const rate = rateOf(options);
  const { kind } = await films.probe(clip.path, { signal });
  const from = kind === "film" ? start / rate : start;
  return readWindow(films, clip.path, numFrames, { rate, size: shownSize, from, signal });
}
