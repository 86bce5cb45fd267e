/** A callback that writes event files, which TensorBoard shows as curves. */
import { appendFile, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Callback, Logs } from "../callback.js";
import { ArgumentError, checkLogs, checkNumber, checkOptions, shown } from "../errors.js";
import { type Scalar, scalarEvent, versionEvent } from "./eventFile.js";
import { written } from "./written.js";

/** The options of `TensorBoard`. */
export interface TensorBoardOptions {
  /** The folder, "logs" by default. It gets the folders `train` and `validation`. */
  logDir?: string;
  /**
   * When values are written: "epoch" (the default), after each epoch; "batch" or a number, also after each batch or after
   * each so many batches.
   */
  updateFreq?: "epoch" | "batch" | number;
}

/** The number of files that this process has begun, which makes their names differ. */
let files = 0;

/** A file that begins with its first event. */
class EventFile {
  #path: string | undefined;

  constructor(private readonly folder: string) {}

  async add(step: number, scalars: readonly Scalar[]): Promise<void> {
    if (scalars.length === 0) return;
    const time = Date.now() / 1000;
    const events = [scalarEvent(time, step, scalars)];
    if (this.#path === undefined) {
      this.#path = join(
        this.folder,
        `events.out.tfevents.${Math.floor(time)}.${hostname()}.${process.pid}.${files++}.v2`,
      );
      events.unshift(versionEvent(time));
    }
    await written(this.#path, this.#write(this.#path, Buffer.concat(events)));
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await appendFile(path, bytes);
  }
}

/**
 * Makes a callback that writes event files for TensorBoard: the values of each epoch as `epoch_loss` and so on with the
 * learning rate, those of validation into a folder of their own, so that both are curves of one chart, and where
 * `updateFreq` says so the means over the epoch so far as `batch_loss` and so on. Each training begins new files.
 * Graphs, histograms, pictures, embeddings and profiles of Keras's callback are not written.
 *
 * @throws ArgumentError for wrong options. In training FileError, where a file cannot be written.
 * @example
 * await model.fit(x, y, { epochs: 10, callbacks: [TensorBoard({ logDir: "logs/1" })] }); // tensorboard --logdir logs
 */
export function TensorBoard(options: TensorBoardOptions = {}): Callback {
  checkOptions("TensorBoard", options, ["logDir", "updateFreq"]);
  const { logDir = "logs", updateFreq = "epoch" } = options;
  if (typeof logDir !== "string" || logDir === "") {
    throw new ArgumentError(`TensorBoard: logDir ${shown(logDir)}; expected the path of a folder.`);
  }
  if (typeof updateFreq === "number") checkNumber("TensorBoard", "updateFreq", updateFreq, "a whole number from 1");
  else if (updateFreq !== "epoch" && updateFreq !== "batch") {
    throw new ArgumentError(
      `TensorBoard: updateFreq ${shown(updateFreq)}; expected "epoch", "batch" or a number of batches.`,
    );
  }
  const between = updateFreq === "epoch" ? Infinity : updateFreq === "batch" ? 1 : updateFreq;
  const newFiles = () => ["train", "validation"].map((name) => new EventFile(join(logDir, name)));
  let [train, validation] = newFiles();
  let batches = 0;
  const scalarsOf = (prefix: string, logs: Logs) =>
    Object.entries(checkLogs("TensorBoard", logs))
      .filter(([, value]) => typeof value === "number")
      .map(([name, value]) => ({ tag: prefix + name, value }));
  return {
    onTrainBegin() {
      [train, validation] = newFiles();
      batches = 0;
    },
    getState: () => batches,
    setState: (count: number) => void (batches = checkNumber("TensorBoard", "state", count, "a whole number from 0")),
    async onTrainBatchEnd(_, logs) {
      batches++;
      if (batches % between === 0) await train.add(batches, scalarsOf("batch_", logs));
    },
    async onEpochEnd(epoch, logs) {
      checkNumber("TensorBoard", "epoch", epoch, "a whole number from 0");
      const scalars = scalarsOf("epoch_", logs);
      const isValidation = ({ tag }: Scalar) => tag.startsWith("epoch_val_");
      const rate = this.model?.optimizer?.learningRate;
      const rates = rate === undefined || "learning_rate" in logs ? [] : [{ tag: "epoch_learning_rate", value: rate }];
      await train.add(epoch, [...scalars.filter((scalar) => !isValidation(scalar)), ...rates]);
      const validated = scalars.filter(isValidation);
      await validation.add(
        epoch,
        validated.map(({ tag, value }) => ({ tag: tag.replace("val_", ""), value })),
      );
    },
  };
}
