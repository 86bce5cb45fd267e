/** What may watch and steer training: hooks with Keras's names, and the callbacks of Keras that need no files. */
import type { Callback, CallbackModel, Logs } from "./callback.js";
import { ArgumentError, checkOptions, nearest } from "./errors.js";
import type { HostArray } from "./tensor.js";

export type { Callback, CallbackModel, History, Logs } from "./callback.js";

export interface MonitorOptions {
  /** The name in the logs, "val_loss" by default. */
  monitor?: string;
  /** Whether less or more is better; "auto" (default) knows losses and the metrics that have a name. */
  mode?: "auto" | "min" | "max";
  /** Smaller changes are none. */
  minDelta?: number;
}

const monitorOptions = ["monitor", "mode", "minDelta"];

/** A value in the logs and when it counts as better. */
class Monitor {
  readonly #where: string;
  readonly #name: string;
  readonly #mode: "auto" | "min" | "max";
  readonly #minDelta: number;

  constructor(where: string, { monitor = "val_loss", mode = "auto", minDelta = 0 }: MonitorOptions) {
    if (!["auto", "min", "max"].includes(mode)) {
      throw new ArgumentError(`${where}: mode ${JSON.stringify(mode)}; expected "auto", "min" or "max".`);
    }
    this.#where = where;
    this.#name = monitor;
    this.#mode = mode;
    this.#minDelta = Math.abs(minDelta);
  }

  /** @throws ArgumentError where the logs do not have it. */
  read(logs: Logs): number {
    const name = this.#name;
    if (Object.hasOwn(logs, name)) return logs[name];
    const close = nearest(name, Object.keys(logs));
    const advice = name.startsWith("val_")
      ? "give validationData or validationSplit"
      : close
        ? `did you mean "${close}"`
        : "choose one of them";
    throw new ArgumentError(
      `${this.#where}: "${name}" is not in the logs (${Object.keys(logs).sort().join(", ")}); ${advice}.`,
    );
  }

  /** @throws ArgumentError where nobody knows which way is better. */
  isBetter(model: CallbackModel, value: number, than: number | undefined): boolean {
    const isLess = this.#isLessBetter(model);
    if (than === undefined) return true;
    return isLess ? value + this.#minDelta < than : value - this.#minDelta > than;
  }

  #isLessBetter(model: CallbackModel): boolean {
    if (this.#mode !== "auto") return this.#mode === "min";
    const direction = model.directionOf(this.#name.replace(/^val_/, ""));
    if (direction) return direction === "down";
    throw new ArgumentError(
      `${this.#where}: whether less or more of "${this.#name}" is better is not known; give mode "min" or "max".`,
    );
  }
}

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement that are borne, 0 by default. */
  patience?: number;
  /** Waiting also goes on until this is beaten. */
  baseline?: number;
  /** At the end of training the weights of the best epoch come back. */
  restoreBestWeights?: boolean;
  /** Epochs before this one are not looked at. */
  startFromEpoch?: number;
}

class EarlyStoppingCallback implements Callback {
  model?: CallbackModel;
  /** The epoch after which training was stopped. */
  stoppedEpoch: number | undefined;
  best: number | undefined;
  bestEpoch = 0;
  readonly #monitor: Monitor;
  readonly #options: Required<Pick<EarlyStoppingOptions, "patience" | "restoreBestWeights" | "startFromEpoch">>;
  readonly #baseline: number | undefined;
  #wait = 0;
  #bestWeights: HostArray[] | undefined;

  constructor(options: EarlyStoppingOptions) {
    const own = ["patience", "baseline", "restoreBestWeights", "startFromEpoch"];
    checkOptions("EarlyStopping", options, [...monitorOptions, ...own]);
    const { patience = 0, restoreBestWeights = false, startFromEpoch = 0 } = options;
    this.#monitor = new Monitor("EarlyStopping", options);
    this.#options = { patience, restoreBestWeights, startFromEpoch };
    this.#baseline = options.baseline;
  }

  onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = this.best = this.#bestWeights = undefined;
    this.bestEpoch = 0;
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const model = this.model!;
    const current = this.#monitor.read(logs);
    if (epoch < this.#options.startFromEpoch) return;
    this.#wait++;
    if (this.#monitor.isBetter(model, current, this.best)) {
      this.best = current;
      this.bestEpoch = epoch;
      if (this.#options.restoreBestWeights) this.#bestWeights = await model.getWeights();
      if (this.#baseline === undefined || this.#monitor.isBetter(model, current, this.#baseline)) this.#wait = 0;
    } else if (this.#wait >= this.#options.patience) {
      this.stoppedEpoch = epoch;
      model.stopTraining = true;
    }
  }

  onTrainEnd(): void {
    if (this.#bestWeights) this.model!.setWeights(this.#bestWeights);
  }
}

/** Stops training when the monitored value has not improved for `patience` epochs. */
export const EarlyStopping = (options: EarlyStoppingOptions = {}): EarlyStoppingCallback =>
  new EarlyStoppingCallback(options);

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** The rate is multiplied by this, .1 by default. */
  factor?: number;
  /** Epochs without improvement before that, 10 by default. */
  patience?: number;
  /** Epochs after a reduction in which nothing is counted. */
  cooldown?: number;
  /** The rate does not fall below this. */
  minLearningRate?: number;
}

class ReduceLROnPlateauCallback implements Callback {
  model?: CallbackModel;
  readonly #monitor: Monitor;
  readonly #options: Required<Omit<ReduceLROnPlateauOptions, keyof MonitorOptions>>;
  #best: number | undefined;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceLROnPlateauOptions) {
    const own = ["factor", "patience", "cooldown", "minLearningRate"];
    checkOptions("ReduceLROnPlateau", options, [...monitorOptions, ...own]);
    const { factor = 0.1, patience = 10, cooldown = 0, minLearningRate = 0, minDelta = 1e-4 } = options;
    if (!(factor < 1)) throw new ArgumentError(`ReduceLROnPlateau: factor ${factor}; expected a number below 1.`);
    this.#monitor = new Monitor("ReduceLROnPlateau", { ...options, minDelta });
    this.#options = { factor, patience, cooldown, minLearningRate };
  }

  onTrainBegin(): void {
    this.#best = undefined;
    this.#wait = this.#cooldown = 0;
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    const model = this.model!;
    logs.learning_rate = model.optimizer!.learningRate;
    const current = this.#monitor.read(logs);
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.#monitor.isBetter(model, current, this.#best)) {
      this.#best = current;
      this.#wait = 0;
    } else if (this.#cooldown === 0 && ++this.#wait >= this.#options.patience) this.#reduce(model);
  }

  #reduce(model: CallbackModel): void {
    const { factor, cooldown, minLearningRate } = this.#options;
    const optimizer = model.optimizer!;
    if (optimizer.learningRate <= minLearningRate) return;
    optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLearningRate);
    this.#cooldown = cooldown;
    this.#wait = 0;
  }
}

/** Lowers the learning rate when the monitored value has not improved for `patience` epochs. Logs `learning_rate`. */
export const ReduceLROnPlateau = (options: ReduceLROnPlateauOptions = {}): Callback =>
  new ReduceLROnPlateauCallback(options);

/** Sets the learning rate at the beginning of each epoch, from the epoch and the rate so far. Logs `learning_rate`. */
export const LearningRateScheduler = (schedule: (epoch: number, learningRate: number) => number): Callback => ({
  onEpochBegin(epoch) {
    const optimizer = this.model!.optimizer!;
    optimizer.learningRate = schedule(epoch, optimizer.learningRate);
  },
  onEpochEnd(_epoch, logs) {
    logs.learning_rate = this.model!.optimizer!.learningRate;
  },
});

export interface ModelCheckpointOptions<Target> extends MonitorOptions {
  /** `saveModel` or `saveWeights` of zoetrope/formats, or a function like them. */
  save: (model: never, target: Target) => unknown;
  /** Where to, or a function that says it: `(epoch, logs) => "epoch-" + epoch + ".safetensors"`. */
  target: Target | ((epoch: number, logs: Logs) => Target);
  /** Whether only a model that is better than all before is kept; otherwise every one is. */
  saveBestOnly?: boolean;
  /** "epoch" (the default), or after how many batches; the best of batches is found by the logs of training. */
  saveFrequency?: "epoch" | number;
  /** What the first model has to beat, with `saveBestOnly`. */
  baseline?: number;
}

class ModelCheckpointCallback<Target> implements Callback {
  model?: CallbackModel;
  /** The value of the best model kept so far. */
  best: number | undefined;
  readonly #options: ModelCheckpointOptions<Target>;
  readonly #monitor: Monitor;
  #epoch = 0;
  #numBatches = 0;

  constructor(options: ModelCheckpointOptions<Target>) {
    const own = ["save", "target", "saveBestOnly", "saveFrequency", "baseline"];
    checkOptions("ModelCheckpoint", options, [...monitorOptions, ...own]);
    const { save, target, saveFrequency = "epoch" } = options;
    if (typeof save !== "function" || target === undefined) {
      throw new ArgumentError(
        "ModelCheckpoint: expected { save, target }; give saveModel of zoetrope/formats and a path.",
      );
    }
    if (saveFrequency !== "epoch" && !(Number.isInteger(saveFrequency) && saveFrequency > 0)) {
      throw new ArgumentError(
        `ModelCheckpoint: saveFrequency ${JSON.stringify(saveFrequency)}; expected "epoch" or a number of batches.`,
      );
    }
    this.#options = options;
    this.#monitor = new Monitor("ModelCheckpoint", options);
    this.best = options.baseline;
  }

  onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  async onTrainBatchEnd(_batch: number, logs: Logs): Promise<void> {
    const { saveFrequency = "epoch" } = this.#options;
    if (saveFrequency !== "epoch" && ++this.#numBatches % saveFrequency === 0) await this.#keep(logs);
  }

  async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    if ((this.#options.saveFrequency ?? "epoch") === "epoch") await this.#keep(logs);
  }

  async #keep(logs: Logs): Promise<void> {
    const { save, target, saveBestOnly = false } = this.#options;
    if (saveBestOnly) {
      const current = this.#monitor.read(logs);
      if (!this.#monitor.isBetter(this.model!, current, this.best) || Number.isNaN(current)) return;
      this.best = current;
    }
    const place = typeof target === "function" ? (target as (...args: unknown[]) => Target)(this.#epoch, logs) : target;
    await save(this.model as never, place);
  }
}

/**
 * Keeps the model after each epoch (or so many batches), or only the best so far:
 *
 *     ModelCheckpoint({ save: saveModel, target: "best.safetensors", saveBestOnly: true })
 */
export const ModelCheckpoint = <Target>(options: ModelCheckpointOptions<Target>): ModelCheckpointCallback<Target> =>
  new ModelCheckpointCallback(options);

/** Stops training, with a warning, when the loss is no finite number. */
export const TerminateOnNaN = (): Callback => ({
  onTrainBatchEnd(batch, { loss }) {
    if (Number.isFinite(loss)) return;
    console.warn(`TerminateOnNaN: the loss is ${loss} after batch ${batch}; training stops.`);
    this.model!.stopTraining = true;
  },
});
