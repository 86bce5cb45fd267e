/** The commands, each with its engine started and its results where they belong. */
import { stat } from "node:fs/promises";
import { FileError, nearest } from "../index.js";
import { listClasses, probe } from "../node/index.js";
import { convertModel } from "./convert.js";
import { runDemo } from "./demo/demo.js";
import { startEngine } from "./engine.js";
import { inspectClip } from "./inspect.js";
import { labelPictures } from "./label.js";
import type { Outcome } from "./outcome.js";
import { type Commands, type CommonOptions, labelDefaults, type OpenOptions } from "./program.js";
import { summarize } from "./summary.js";
import type { Screen } from "./terminal.js";
import { UsageError } from "./usage.js";
import { predictClips, trainFolder, type TrainOptions } from "./train/index.js";

/** @param out takes results, and progress too unless `--json` is given: then `error` takes it. */
export function commandsOn(out: Screen, error: Screen, signal: AbortSignal): Commands {
  const run = async (words: CommonOptions, work: (screen: Screen) => Promise<Outcome>) => {
    await startEngine(words);
    const { json, exitCode = 0 } = await work(words.json ? error : out);
    if (words.json) out.write(`${JSON.stringify(json)}\n`);
    process.exitCode = exitCode;
  };
  const predictWith = async (model: string, paths: string[], screen: Screen): Promise<Outcome> => {
    const { clips, skipped } = await predictClips(screen, { model, paths }, signal);
    return { json: { clips, skipped }, exitCode: skipped.length > 0 ? 1 : 0 };
  };
  const train = (words: CommonOptions & TrainOptions) =>
    run(words, async (screen) => ({ json: await trainFolder(screen, words, signal) }));
  const commands: Commands = {
    demo: (words) => run(words, (screen) => runDemo(screen, words.seed, signal)),
    train: (folder, { window, ...words }) => train({ ...words, folder, windowSeconds: window }),
    predict: (paths, { model, ...words }) =>
      run(words, (screen) =>
        model === undefined ? labelPictures(screen, paths, words, signal) : predictWith(model, paths, screen),
      ),
    inspect: (path, words) => run(words, (screen) => inspectClip(screen, path, words, signal)),
    convert: (from, to, words) => run(words, (screen) => convertModel(screen, from, to, words)),
    summary: (file, words) => run(words, (screen) => summarize(screen, file)),
    open: async (path, words) => {
      if (path === undefined) return commands.demo(withoutReport(words));
      const kind = await kindOf(path, Object.keys(commands), signal);
      if (kind === "folder") return train({ ...words, folder: path });
      if (kind === "picture") return commands.predict([path], { ...labelDefaults, ...withoutReport(words) });
      return commands.inspect(path, words);
    },
  };
  return commands;
}

/** @throws UsageError where a report is asked of what writes none. */
function withoutReport(words: OpenOptions): OpenOptions {
  if (words.report === undefined) return words;
  throw new UsageError(`--report ${words.report}; only films and folders of classes have a report.`);
}

/** @throws FileError for what is neither there nor a film nor a picture. */
async function kindOf(
  path: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<"film" | "picture" | "pictures" | "folder"> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats) {
    const close = nearest(path, names);
    throw new FileError(`${path}: no such file or folder${close ? `, and no command; did you mean ${close}?` : "."}`);
  }
  if (stats.isDirectory() && (await listClasses(path)).classes.length > 0) return "folder";
  return (await probe(path, { signal })).kind;
}
