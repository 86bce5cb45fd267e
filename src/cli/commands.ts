/** Runs the commands: starts the engine, writes results, sets the exit code. */
import { stat } from "node:fs/promises";
import { FileError, nearest } from "../index.js";
import { listClasses } from "../node/index.js";
import { showCache } from "./cache.js";
import { convertModel } from "./convert.js";
import { runDemo } from "./demo/demo.js";
import { startEngine } from "./engine.js";
import { probeClip } from "./films.js";
import { inspectClip } from "./inspect.js";
import { labelPictures } from "./label.js";
import type { Outcome } from "./outcome.js";
import { type Commands, type CommonOptions, labelDefaults, type OpenOptions } from "./program.js";
import { summarize } from "./summary.js";
import type { Screen } from "./terminal.js";
import { UsageError } from "./usage.js";
import { predictClips, trainFolder, type TrainOptions } from "./train/index.js";

/**
 * Makes the commands.
 * @param out receives results and progress; with `--json` it receives only the results, and `error` the progress.
 */
export function commandsOn(out: Screen, error: Screen, signal: AbortSignal): Commands {
  const run = async (options: CommonOptions, work: (screen: Screen) => Promise<Outcome>) => {
    await startEngine(options);
    const { json, exitCode = 0 } = await work(options.json ? error : out);
    if (options.json) out.write(`${JSON.stringify(json)}\n`);
    process.exitCode = exitCode;
  };
  const predictWith = async (model: string, paths: string[], screen: Screen): Promise<Outcome> => {
    const { clips, skipped } = await predictClips(screen, { model, paths }, signal);
    return { json: { clips, skipped }, exitCode: skipped.length > 0 ? 1 : 0 };
  };
  const train = (options: CommonOptions & TrainOptions) =>
    run(options, async (screen) => ({ json: await trainFolder(screen, options, signal) }));
  const commands: Commands = {
    demo: (options) => run(options, (screen) => runDemo(screen, options.seed, signal)),
    train: (folder, { window, ...options }) => train({ ...options, folder, windowSeconds: window }),
    predict: (paths, { model, ...options }) =>
      run(options, (screen) =>
        model === undefined ? labelPictures(screen, paths, options, signal) : predictWith(model, paths, screen),
      ),
    inspect: (path, options) => run(options, (screen) => inspectClip(screen, path, options, signal)),
    convert: (from, to, { compile, ...options }) =>
      run(options, (screen) => convertModel(screen, from, to, { compile, signal })),
    summary: (file, options) => run(options, (screen) => summarize(screen, file, signal)),
    cache: (action, options) => run(options, (screen) => showCache(screen, action === "clear")),
    open: async (path, options) => {
      if (path === undefined) return commands.demo(withoutReport(options));
      const kind = await pathKind(
        path,
        Object.keys(commands).filter((name) => name !== "open"),
        signal,
      );
      if (kind === "folder") return train({ ...options, folder: path });
      if (kind === "picture") return commands.predict([path], { ...labelDefaults, ...withoutReport(options) });
      return commands.inspect(path, options);
    },
  };
  return commands;
}

/** @throws UsageError if a report is asked of a command that writes none. */
function withoutReport(options: OpenOptions): OpenOptions {
  if (options.report === undefined) return options;
  throw new UsageError(`--report ${options.report}; only films and folders of classes have a report.`);
}

/** Finds the kind of a path. @throws FileError if nothing is there, or neither a film nor a picture. */
async function pathKind(
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
  return (await probeClip(path, signal)).kind;
}
