/**
 * `zoetrope train folder`: trains a model on a folder with a subfolder of clips for each class, and writes a report.
 */
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { saveModel } from "../../formats/index.js";
import { reportHtml } from "../../report/index.js";
import { FileError, setSeed } from "../../index.js";
import { printableName } from "../../printable.js";
import { checkOutputs, type Output, SaveError, writePrecious } from "../outputs.js";
import { reportBytes, reportPath, writeReportFile } from "../reportFiles.js";
import { whileShown } from "../progress.js";
import { plural, percent, type Screen } from "../terminal.js";
import { UsageError } from "../usage.js";
import { cacheFolder, folderBytes, makeFolder } from "./cacheFolder.js";
import { stoppedLine, TrainingCheckpoint } from "./checkpoint.js";
import { loadFeatureExtractor } from "./featureExtractor.js";
import { FeatureStore, findClips } from "./features.js";
import { type Films, realFilms } from "../films.js";
import { draws, type Fit, fitHeads, newFit } from "./fitting.js";
import { convLstmHead, type Head, headBytes, type Heads, meanHead } from "./head.js";
import { type Classifier, readTrainOptions, size, type TrainOptions, type TrainResult } from "./options.js";
import { trainingReport } from "./reporting.js";
import type { TrainContext } from "./context.js";
import { type Split, splitByFolder, splitClips } from "./split.js";
import { type TestResult, testHeads } from "./testing.js";
import { verdictOn } from "./verdict.js";
import type { Clip } from "./windows.js";

/**
 * Trains and tests, writes the model file and the report, and reports on the screen.
 * @throws FileError when a class has no clip that can be read, or a result cannot be written.
 * @throws the signal's reason when it is aborted; the features so far, and the weights if training had begun, are kept
 * on disk.
 */
export async function trainFolder(
  screen: Screen,
  options: TrainOptions,
  signal: AbortSignal,
  films: Films = realFilms,
): Promise<TrainResult> {
  const began = performance.now();
  const settings = readTrainOptions(options);
  const outputs = outputsOf(settings);
  const [out, stopped, reportFile] = outputs.map(({ path }) => path);
  await checkOutputs(outputs);
  setSeed(settings.seed);
  const context: TrainContext = {
    screen,
    options: settings,
    signal,
    films,
    extractor: await whileShown(screen, "reading MobileNet", loadFeatureExtractor),
    skipped: [],
    classes: [],
  };
  const gathered = await gatherClips(context, outputs);
  screen.write(`Held out ${printableName(gathered.split.text)}.\n`);
  const head = convLstmHead({ ...settings, classes: context.classes.length });
  const heads: Heads = { convLstm: head.model, mean: meanHead(context.classes.length) };
  const checkpoint = checkpointOf(context, gathered, heads);
  const fit = newFit();
  const test = await trainAndTest(context, { head, heads, split: gathered.split, out: stopped, checkpoint }, fit);
  const result: TrainResult = {
    model: out,
    report: reportFile,
    ...(await figures(context, gathered, test)),
    epochs: fit.curve.length,
    curve: fit.curve,
    baselineCurve: fit.baselineCurve,
    seconds: (performance.now() - began) / 1000,
  };
  await save(context, head, out, gathered.split, result).catch((error: Error) => {
    result.problem = error;
    result.model = (error instanceof SaveError && error.path) || "";
  });
  const writeReport = async () => {
    const report = await trainingReport(context, { head: head.model, test, result });
    await writeReportFile(screen, result.report, reportHtml(report));
  };
  await whileShown(screen, "writing the report", writeReport, { atOnce: true }).catch((error: Error) => {
    result.problem ??= error;
    result.report = "";
  });
  if (!result.problem) await checkpoint.remove();
  screen.write(`${summary(result)}\n`);
  return result;
}

/** The files that are written: the model, the weights of a training that is stopped, and the report. @throws UsageError */
function outputsOf(options: TrainContext["options"]): Output[] {
  const out = resolve(options.out ?? `${basename(resolve(options.folder))}.safetensors`);
  if (!/\.safetensors$/i.test(out)) {
    throw new UsageError(
      `--out ${options.out}; expected a name that ends in .safetensors, as only such a file has a place for the classes.`,
    );
  }
  const stem = out.slice(0, -".safetensors".length);
  const model = { advice: "give another place with --out", bytes: headBytes(options) };
  return [
    { ...model, path: out, what: "the model" },
    { ...model, path: `${stem}.stopped.safetensors`, what: "the weights of a training that is stopped", bytes: 0 },
    { path: reportPath(out, options.report ?? `${stem}.html`), what: "the report", advice: "give another place with --report", bytes: reportBytes },
  ];
} // prettier-ignore

async function figures({ classes, skipped }: TrainContext, { clips, split, cache }: Gathered, test: TestResult) {
  const { convLstm, meanOfFrames, independent } = test;
  const verdict = verdictOn({
    convLstm: convLstm.accuracy,
    meanOfFrames: meanOfFrames.accuracy,
    classes: classes.length,
    independent,
    unit: split.unit,
  });
  const numClips = classes.map((name, i) => [name, clips.filter(({ label }) => label === i).length]);
  return {
    classes,
    clips: Object.fromEntries(numClips) as Record<string, number>,
    split: split.text,
    unit: split.unit,
    held: test.cases.length,
    independent,
    convLstm,
    meanOfFrames,
    verdict,
    skipped,
    cache: { folder: cache, bytes: await folderBytes(cache) },
  };
}

// ── clips ────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Gathered {
  clips: Clip[];
  split: Split;
  /** The folder in which features are kept. */
  cache: string;
}

async function gatherClips(context: TrainContext, outputs: readonly Output[]): Promise<Gathered> {
  const { screen, options, signal, films, extractor, skipped } = context;
  const cache = resolve(options.cache ?? cacheFolder());
  await makeFolder(cache);
  const sampling = { ...options, films, signal };
  const store = new FeatureStore(screen, cache, extractor, sampling);
  const listed = await labelledClips(context, options.folder);
  const { classes } = listed;
  context.classes = classes;
  // Listed before any feature is computed, so that a wrong folder is an error at once.
  const held = options.test === undefined ? undefined : await labelledClips(context, options.test);
  const inputs = [...listed.clips, ...(held?.clips ?? [])].map(({ path }) => path);
  await checkOutputs(outputs, inputs);
  const seen = new Map<string, string>();
  skipped.push(...listed.skipped);
  const clips = await store.gather(await findClips(screen, listed.clips, sampling, skipped, seen), skipped);
  checkClasses(context, clips, options.folder);
  if (!held) {
    return { clips, split: splitClips(clips, classes, options, await draws(options.seed, 0, clips.length)), cache };
  }
  skipped.push(...held.skipped);
  const test = await store.gather(await findClips(screen, held.clips, sampling, skipped, seen), skipped);
  checkClasses(context, test, held.folder);
  return { clips, split: splitByFolder(clips, test, held.folder), cache };
}

/** Lists the clips of a folder of classes. If the classes are known already, others are an error. */
async function labelledClips({ films, classes: known }: TrainContext, folder: string) {
  await stat(folder).catch((error: NodeJS.ErrnoException) => {
    throw new FileError(
      `${folder}: cannot be read (${error.code}); expected a folder with a subfolder of clips for each class.`,
    );
  });
  const { classes, skipped } = await films.listClasses(folder);
  const names = known.length > 0 ? known : classes.map(({ name }) => name);
  if (names.length < 2) {
    throw new FileError(
      `${folder}: ${names.length === 0 ? "no class" : `one class ("${names[0]}")`}; expected a subfolder of clips for each of two classes or more.`,
    );
  }
  const clips = classes.flatMap(({ name, clips }) => {
    const label = names.indexOf(name);
    if (label < 0) throw new FileError(`${folder}: "${name}" is none of the classes ${names.join(", ")}.`);
    return clips.map((path) => ({ path, label }));
  });
  return { folder, classes: names, clips, skipped };
}

function checkClasses({ classes, skipped }: TrainContext, clips: readonly Clip[], folder: string): void {
  const empty = classes.filter((_, label) => !clips.some((clip) => clip.label === label));
  if (empty.length === 0) return;
  const first = skipped.at(0);
  const why = first ? ` (${plural(skipped.length, "file")} skipped, the first: ${first.path}: ${first.reason})` : "";
  throw new FileError(
    `${folder}: no clip of class ${empty.map((name) => `"${name}"`).join(", ")} could be read${why}.`,
  );
}

// ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Training {
  head: Head;
  heads: Heads;
  split: Split;
  out: string;
  checkpoint: TrainingCheckpoint;
}

function checkpointOf({ options, classes, extractor }: TrainContext, { split, cache }: Gathered, heads: Heads) {
  return new TrainingCheckpoint(cache, { ...options, classes, extractor: extractor.hash, split }, heads);
}

/** Trains and tests; if Ctrl-C interrupts it, the weights so far are saved, and a checkpoint from which to go on. */
async function trainAndTest(
  context: TrainContext,
  { head, heads, split, out, checkpoint }: Training,
  fit: Fit,
): Promise<TestResult> {
  const { screen, options, signal } = context;
  const plan = { ...options, heads, split, classes: context.classes.length, screen, signal, checkpoint };
  try {
    await fitHeads(plan, fit);
    return await testHeads(plan);
  } catch (error) {
    // Thrown between two updates, and not within one that has failed.
    if (signal.aborted && error === signal.reason && fit.steps > 0) {
      const canGoOn = await checkpoint.save(fit, (line) => screen.write(`${line}\n`));
      await save(context, head, out, split);
      screen.write(stoppedLine(fit.steps, out, canGoOn));
    }
    throw error;
  }
}

/** Saves the model. @throws SaveError that says where it is, if it cannot be written there. */
async function save(context: TrainContext, head: Head, out: string, split: Split, result?: TrainResult): Promise<void> {
  const { frames, windowSeconds } = context.options;
  const classifier: Classifier = {
    classes: context.classes,
    frames,
    size,
    windowSeconds,
    ...(result && { accuracy: result.convLstm.accuracy, baselineAccuracy: result.meanOfFrames.accuracy }),
    split: split.text,
  };
  const model = head.whole(context.extractor.model);
  const metadata = { classifier: JSON.stringify(classifier) };
  await writePrecious(context.screen, out, (path) => saveModel(model, path, { metadata }));
}

// ── summary ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function summary(result: TrainResult): string {
  const { unit, held, independent, convLstm, meanOfFrames, skipped, cache } = result;
  const apart = unit === "window" && independent < held ? `, ${independent} of which share no frame` : "";
  const row = (name: string, { accuracy, correct }: TrainResult["convLstm"]) =>
    `  ${name.padEnd(22)} ${percent(accuracy, 1).padStart(7)}   ${correct} of ${held}`;
  const lines = [
    "",
    `Accuracy on ${plural(held, `held-out ${unit}`)}${apart} (chance: ${percent(1 / result.classes.length, 1)})`,
    row("ConvLSTM", convLstm),
    row("mean over the frames", meanOfFrames),
    result.verdict,
    "",
    ...(skipped.length > 0 ? [`${plural(skipped.length, "file")} skipped:`, ...skipped.map(({ path, reason }) => `  ${printableName(path)}: ${printableName(reason)}`)] : []),
    `Model: ${printableName(result.model) || "not written"}`,
    `Report: ${printableName(result.report) || "not written"}`,
    `Features, kept for another run: ${printableName(cache.folder)} (${(cache.bytes / 1e6).toFixed(0)} MB)`,
    `${result.seconds.toFixed(0)} s in all`,
  ]; // prettier-ignore
  return lines.join("\n");
}
