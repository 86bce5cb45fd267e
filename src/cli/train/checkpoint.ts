/** The checkpoint of a training on a folder: from it, the same command goes on after whatever has ended the one before. */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { removeCheckpoint, restoreCheckpoint, writeCheckpoint } from "../../formats/checkpoint.js";
import { printable } from "../../printable.js";
import { longestLine, plural } from "../terminal.js";
import type { Heads } from "./head.js";
import type { Split } from "./split.js";
import type { Part } from "./windows.js";

/** So much training is lost at most, and the time of one batch and of writing. */
const intervalMs = 30_000;
/** Writing takes at most this share of the time. */
const mostShare = 1 / 20;

/** What the result of a training depends on. */
export interface TrainingKey {
  frames: number;
  windowSeconds: number;
  filters: number;
  epochs: number;
  seed: number;
  classes: readonly string[];
  /** The hash of the extractor: version, build and weights. */
  extractor: string;
  split: Split;
}

export class TrainingCheckpoint {
  readonly path: string;
  readonly #training: { key: string; models: Readonly<Record<string, Heads[keyof Heads]>> };
  #lastMs = performance.now();
  /** How long the last checkpoint took. */
  #costMs = 0;
  #hasSaid = false;
  #hasFailed = false;

  /**
   * @param folder where features are kept.
   * @param leastMs the time between checkpoints.
   */
  constructor(
    folder: string,
    key: TrainingKey,
    heads: Heads,
    readonly leastMs = intervalMs,
  ) {
    const text = textOf(key);
    this.path = join(folder, `${createHash("sha256").update(text).digest("hex")}.checkpoint`);
    this.#training = { key: text, models: { ...heads } };
  }

  /** Gives the heads their state in the checkpoint, and returns what was passed to `save`; undefined where there is none. */
  async restore(say: (line: string) => void): Promise<unknown> {
    const { progress, faults } = await restoreCheckpoint(this.path, this.#training);
    const instead = progress === undefined ? "training begins anew" : "the one before it is used";
    for (const fault of faults) say(`${printable(fault, longestLine)} As a checkpoint cannot be used, ${instead}.`);
    this.#lastMs = performance.now();
    return progress;
  }

  /** Writes a checkpoint when it is time. */
  async saveIfDue(progress: unknown, say: (line: string) => void): Promise<void> {
    const dueMs = this.#lastMs + Math.max(this.leastMs, this.#costMs / mostShare);
    if (performance.now() < dueMs || !(await this.save(progress, say)) || this.#hasSaid) return;
    this.#hasSaid = true;
    say(`If this is interrupted, the same command goes on from ${this.path}.`);
  }

  /** Writes a checkpoint. Whatever prevents it is a line, said once; the one before it stays, and training goes on. */
  async save(progress: unknown, say: (line: string) => void): Promise<boolean> {
    const beganMs = performance.now();
    try {
      await writeCheckpoint(this.path, this.#training, progress);
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed)
        say(`Training goes on without a new checkpoint: ${printable((error as Error).message, longestLine)}`);
      this.#hasFailed = true;
    }
    this.#lastMs = performance.now();
    this.#costMs = this.#lastMs - beganMs;
    return !this.#hasFailed;
  }

  /** Deletes the checkpoint of a finished training. */
  remove = (): Promise<void> => removeCheckpoint(this.path);
}

/** The names of the files of features are hashes of contents and sampling. */
function textOf({ split, ...settings }: TrainingKey): string {
  const partsOf = (parts: readonly Part[]) =>
    parts.map(({ clip, from, to }) => [basename(clip.features.path), clip.label, from, to]);
  const { frames, windowSeconds, filters, epochs, seed, classes, extractor } = settings;
  const all = [frames, windowSeconds, filters, epochs, seed, classes, extractor];
  return JSON.stringify([...all, partsOf(split.train), partsOf(split.test)]);
}

/** The line of a run that was stopped. */
export const stoppedLine = (steps: number, out: string, hasCheckpoint: boolean): string =>
  `Stopped after ${plural(steps, "update")}: the weights so far are in ${out}.\n` +
  (hasCheckpoint ? "The same command goes on from there.\n" : "");
