/** Runs the commands: starts the engine, writes results, sets the exit code. */
import { stat } from "node:fs/promises";
import { FileError, nearest } from "../errors.js";
import { listClasses } from "../node/index.js";
import { printable } from "../printable.js";
import { showCache } from "./cache.js";
import { convertModel } from "./convert.js";
import { runDemo } from "./demo/demo.js";
import { startEngine } from "./engine.js";
import { probeClip } from "./films.js";
import { inspectClip } from "./inspect.js";
import { labelPictures } from "./label.js";
import { predictLive } from "./live.js";
import type { Outcome } from "./outcome.js";
import { SaveError } from "./outputs.js";
import { type Commands, type CommonOptions, labelDefaults, type OpenOptions } from "./program.js";
import type { StandardStream } from "./standardStream.js";
import { StopError, unlessStopped } from "./stopping.js";
import { profileModel } from "./profile.js";
import { summarize } from "./summary.js";
import type { Screen } from "./terminal.js";
import { UsageError } from "./usage.js";
import { predictClips, trainFolder, type TrainOptions } from "./train/index.js";

/** What a command that was stopped says of what it had done. */
const nothing = "nothing was written";

/**
 * Makes the commands.
 * @param out receives results and progress; with `--json` it receives only the results, and `error` the progress.
 */
export function commandsOn(out: StandardStream, error: StandardStream, signal: AbortSignal): Commands {
  const run = async (options: CommonOptions, kept: string, work: (screen: Screen) => Promise<Outcome>) => {
    await startEngine(options);
    const {
      json,
      exitCode = 0,
      problem,
    } = await work(options.json ? error : out).catch((failure: unknown) => {
      if (!signal.aborted || failure instanceof SaveError) throw failure;
      const { exitCode, name } = signal.reason as StopError;
      throw new StopError(exitCode, name, `Stopped; ${kept}.`);
    });
    // Letters that a terminal obeys stand only within strings, where JSON has the same code for them.
    if (options.json) await writeWhole(json === undefined ? "" : lineOf(json));
    process.exitCode = exitCode;
    if (problem) throw problem;
  };
  const lineOf = (json: unknown) => `${printable(JSON.stringify(json), Infinity)}\n`;
  const writeWhole = async (result: string) => {
    out.write(result);
    await out.flush().catch((cause: Error) => {
      throw new FileError(`the result is cut off: ${cause.message}`, { cause });
    });
  };
  /** Work whose only result is what it says ends with the reader of the screen, too. */
  const saying = (
    options: CommonOptions,
    kept: string,
    work: (screen: Screen, end: AbortSignal) => Promise<Outcome>,
  ) => {
    const end = AbortSignal.any([signal, out.broken]);
    return run(options, kept, (screen) => unlessStopped(end, work(screen, end)));
  };
  const predictWith = async (model: string, paths: string[], screen: Screen, end: AbortSignal): Promise<Outcome> => {
    const { clips, skipped } = await predictClips(screen, { model, paths }, end);
    return { json: { clips, skipped }, exitCode: skipped.length > 0 ? 1 : 0 };
  };
  const train = (options: CommonOptions & TrainOptions) =>
    run(options, "the features so far are kept for another run", async (screen) => {
      const { problem, ...json } = await trainFolder(screen, options, signal);
      return { json, problem };
    });
  const commands: Commands = {
    demo: (options) => run(options, nothing, (screen) => runDemo(screen, options.seed, signal)),
    train: (folder, { window, ...options }) => train({ ...options, folder, windowSeconds: window }),
    predict: (paths, { model, live, ...options }) =>
      saying(options, "what was said so far is finished", (screen, end) =>
        live !== undefined
          ? predictLive(screen, { live, model, ...options }, end, (json) => options.json && out.write(lineOf(json)))
          : model === undefined
            ? labelPictures(screen, paths, options, end)
            : predictWith(model, paths, screen, end),
      ),
    inspect: (path, options) =>
      run(options, "no report was written", (screen) => inspectClip(screen, path, options, signal)),
    convert: (from, to, { compile, ...options }) =>
      run(options, nothing, (screen) => convertModel(screen, from, to, { compile, signal })),
    summary: (file, options) => saying(options, nothing, (screen, end) => summarize(screen, file, end)),
    profile: (file, options) => saying(options, nothing, (screen, end) => profileModel(screen, file, options, end)),
    cache: (action, options) => run(options, nothing, (screen) => showCache(screen, action === "clear")),
    open: async (path, options) => {
      if (path === undefined) return commands.demo(withoutReport(options));
      const names = Object.keys(commands).filter((name) => name !== "open");
      const kind = await unlessStopped(signal, pathKind(path, names, signal));
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
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (!stats) {
    const close = nearest(path, names);
    throw new FileError(`${path}: no such file or folder${close ? `, and no command; did you mean ${close}?` : "."}`);
  }
  if (stats.isDirectory() && (await listClasses(path)).classes.length > 0) return "folder";
  return (await probeClip(path, signal)).kind;
}
