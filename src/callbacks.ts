/** The callbacks of Keras that need no files. */
import { type Callback, type CallbackModel, type CallbackOptimizer, type Logs } from "./callback.js";
import { ArgumentError, checkLogs, checkNumber, checkNumbers, checkOptions, nearest, shown } from "./errors.js";
import type { HostArray } from "./tensor.js";

export type { Callback, CallbackModel, CallbackOptimizer, History, Logs } from "./callback.js";

/** The options of callbacks that monitor a value of the logs. */
export interface MonitorOptions {
  /** The name of the value in the logs, "val_loss" by default. */
  monitor?: string;
  /**
   * The better direction: "min" if less is better, "max" if more is better. "auto", the default, finds the direction of
   * losses and of metrics that have a name.
   */
  mode?: "auto" | "min" | "max";
  /** The least change that counts as an improvement, 0 by default (1e-4 for ReduceLROnPlateau). */
  minDelta?: number;
}

/** @throws ArgumentError for what `getState` of a callback with these counts does not give. */
function checkState(where: string, state: object, counts: readonly string[]): void {
  if (Object(state) !== state) throw new ArgumentError(`${where}: state ${shown(state)}; expected what getState gave.`);
  for (const name of counts)
    checkNumber(where, name, (state as Record<string, unknown>)[name], "a whole number from 0");
}

/** The model of a callback. @throws ArgumentError where a hook is called without one. */
function modelOf(where: string, { model }: Callback): CallbackModel & { optimizer: CallbackOptimizer } {
  if (model?.optimizer) return model as CallbackModel & { optimizer: CallbackOptimizer };
  throw new ArgumentError(`${where}: has no compiled model; give it to fit({ callbacks }), which sets model.`);
}

/** Enters the present learning rate into the logs. */
function logRate(where: string, callback: Callback, logs: Logs): void {
  checkLogs(where, logs).learning_rate = modelOf(where, callback).optimizer.learningRate;
}

/** Reads a value of the logs and decides whether it is better than another. */
class Monitor {
  readonly #where: string;
  readonly #name: string;
  readonly #mode: "auto" | "min" | "max";
  readonly #minDelta: number;

  /** @throws ArgumentError for a wrong `mode`, and for options besides those of monitors and of `own`. */
  constructor(where: string, options: MonitorOptions, own: readonly string[]) {
    checkOptions(where, options, ["monitor", "mode", "minDelta", ...own]);
    checkNumbers(where, options, "a finite number", ["minDelta", "baseline"]);
    checkNumbers(where, options, "a number from 0", ["factor", "minLearningRate"]);
    checkNumbers(where, options, "a whole number from 0", ["patience", "cooldown", "startFromEpoch"]);
    const { monitor = "val_loss", mode = "auto", minDelta = 0 } = options;
    if (typeof monitor !== "string") throw new ArgumentError(`${where}: monitor ${shown(monitor)}; expected a name.`);
    if (!["auto", "min", "max"].includes(mode)) {
      throw new ArgumentError(`${where}: mode ${shown(mode)}; expected "auto", "min" or "max".`);
    }
    this.#where = where;
    this.#name = monitor;
    this.#mode = mode;
    this.#minDelta = Math.abs(minDelta);
  }

  /** Reads the value in the logs. @throws ArgumentError where they do not have it. */
  read(logs: Logs): number {
    const name = this.#name;
    if (Object.hasOwn(checkLogs(this.#where, logs), name)) return logs[name];
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

  /**
   * Whether `value` is better than another one; every value is better than undefined.
   * @throws ArgumentError where the direction is unknown.
   */
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

/** The options of `EarlyStopping`. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** The number of epochs without improvement after which training stops, 0 by default. */
  patience?: number;
  /**
   * A value that the monitored value must also exceed (in the better direction) for an epoch to count as an improvement;
   * none by default.
   */
  baseline?: number;
  /** Whether the weights of the best epoch are restored at the end of training, false by default. */
  restoreBestWeights?: boolean;
  /** The number of the first epoch that counts, 0 by default. */
  startFromEpoch?: number;
}

class EarlyStoppingCallback implements Callback {
  model?: CallbackModel;
  /** The epoch after which training was stopped; undefined where it was not. */
  stoppedEpoch: number | undefined;
  /** The best value so far. */
  best: number | undefined;
  /** The epoch of the best value. */
  bestEpoch = 0;
  readonly #monitor: Monitor;
  readonly #options: EarlyStoppingOptions;
  #wait = 0;
  #bestWeights: HostArray[] | undefined;

  constructor(options: EarlyStoppingOptions) {
    const own = ["patience", "baseline", "restoreBestWeights", "startFromEpoch"];
    this.#monitor = new Monitor("EarlyStopping", options, own);
    this.#options = { ...options };
  }

  onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = this.best = this.#bestWeights = undefined;
    this.bestEpoch = 0;
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const model = modelOf("EarlyStopping", this);
    const { patience = 0, baseline, restoreBestWeights = false, startFromEpoch = 0 } = this.#options;
    const current = this.#monitor.read(logs);
    if (epoch < startFromEpoch) return;
    this.#wait++;
    if (this.#monitor.isBetter(model, current, this.best)) {
      this.best = current;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.#bestWeights = await model.getWeights();
      if (this.#monitor.isBetter(model, current, baseline)) this.#wait = 0;
    } else if (this.#wait >= patience) {
      this.stoppedEpoch = epoch;
      model.stopTraining = true;
    }
  }

  getState() {
    const { stoppedEpoch, best, bestEpoch } = this;
    return { stoppedEpoch, best, bestEpoch, wait: this.#wait, bestWeights: this.#bestWeights };
  }

  setState(state: ReturnType<EarlyStoppingCallback["getState"]>): void {
    checkState("EarlyStopping", state, ["bestEpoch", "wait"]);
    this.stoppedEpoch = state.stoppedEpoch;
    this.best = state.best;
    this.bestEpoch = state.bestEpoch;
    this.#wait = state.wait;
    this.#bestWeights = state.bestWeights;
  }

  onTrainEnd(): void {
    if (this.#bestWeights) modelOf("EarlyStopping", this).setWeights(this.#bestWeights);
  }
}

/**
 * Makes a callback that stops training when the monitored value has not improved for `patience` epochs.
 * @throws ArgumentError for unknown options; in training, where the logs lack the value or its direction is unknown.
 * @example
 * await model.fit(x, y, { validationSplit: 0.2, callbacks: [EarlyStopping({ patience: 3, restoreBestWeights: true })] });
 */
export const EarlyStopping = (options: EarlyStoppingOptions = {}): EarlyStoppingCallback =>
  new EarlyStoppingCallback(options);

/** The options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** The factor of a reduction of the learning rate, a number below 1; 0.1 by default. */
  factor?: number;
  /** The number of epochs without improvement after which the learning rate is reduced, 10 by default. */
  patience?: number;
  /** The number of epochs after a reduction that do not count, 0 by default. */
  cooldown?: number;
  /** The least learning rate, 0 by default. */
  minLearningRate?: number;
}

class ReduceLROnPlateauCallback implements Callback {
  model?: CallbackModel;
  readonly #monitor: Monitor;
  readonly #options: ReduceLROnPlateauOptions;
  #best: number | undefined;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceLROnPlateauOptions) {
    const own = ["factor", "patience", "cooldown", "minLearningRate"];
    const { factor = 0.1, minDelta = 1e-4 } = Object(options) as ReduceLROnPlateauOptions;
    checkOptions("ReduceLROnPlateau", options, ["monitor", "mode", "minDelta", ...own]);
    this.#monitor = new Monitor("ReduceLROnPlateau", { ...options, minDelta }, own);
    if (!(factor < 1))
      throw new ArgumentError(`ReduceLROnPlateau: factor ${shown(factor)}; expected a number below 1.`);
    this.#options = { ...options };
  }

  onTrainBegin(): void {
    this.#best = undefined;
    this.#wait = this.#cooldown = 0;
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    const model = modelOf("ReduceLROnPlateau", this);
    logRate("ReduceLROnPlateau", this, logs);
    const current = this.#monitor.read(logs);
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.#monitor.isBetter(model, current, this.#best)) {
      this.#best = current;
      this.#wait = 0;
    } else if (this.#cooldown === 0 && ++this.#wait >= (this.#options.patience ?? 10)) this.#reduce(model);
  }

  getState() {
    return { best: this.#best, wait: this.#wait, cooldown: this.#cooldown };
  }

  setState(state: ReturnType<ReduceLROnPlateauCallback["getState"]>): void {
    checkState("ReduceLROnPlateau", state, ["wait", "cooldown"]);
    this.#best = state.best;
    this.#wait = state.wait;
    this.#cooldown = state.cooldown;
  }

  #reduce({ optimizer }: { optimizer: CallbackOptimizer }): void {
    const { factor = 0.1, cooldown = 0, minLearningRate = 0 } = this.#options;
    if (optimizer.learningRate <= minLearningRate) return;
    optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLearningRate);
    this.#cooldown = cooldown;
    this.#wait = 0;
  }
}

/**
 * Makes a callback that lowers the learning rate when the monitored value has not improved for `patience` epochs. Logs
 * `learning_rate`.
 * @throws ArgumentError for unknown options or a factor from 1; in training, where the logs lack the value or its
 * direction is unknown.
 */
export const ReduceLROnPlateau = (options: ReduceLROnPlateauOptions = {}): Callback =>
  new ReduceLROnPlateauCallback(options);

/**
 * Makes a callback that sets the learning rate at the beginning of each epoch, from the number of the epoch and the
 * rate so far. Logs `learning_rate`.
 * @example
 * await model.fit(x, y, { epochs: 30, callbacks: [LearningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * 0.9))] });
 */
export const LearningRateScheduler = (schedule: (epoch: number, learningRate: number) => number): Callback => ({
  onEpochBegin(epoch) {
    const { optimizer } = modelOf("LearningRateScheduler", this);
    optimizer.learningRate = schedule(epoch, optimizer.learningRate);
  },
  onEpochEnd(_epoch, logs) {
    logRate("LearningRateScheduler", this, logs);
  },
});

/** The options of `ModelCheckpoint`. */
export interface ModelCheckpointOptions<Target> extends MonitorOptions {
  /** `saveModel` or `saveWeights` of zoetrope/formats, or a function with the same arguments. Required. */
  save: (model: never, target: Target) => unknown;
  /** The file to save to, or a function that returns it: `(epoch, logs) => "epoch-" + epoch + ".safetensors"`. Required. */
  target: Target | ((epoch: number, logs: Logs) => Target);
  /** Whether only a model that is better than all before is saved, false by default. */
  saveBestOnly?: boolean;
  /**
   * "epoch", the default, to save after each epoch, or a number of batches after which to save; then the logs are those of
   * training.
   */
  saveFrequency?: "epoch" | number;
  /** With `saveBestOnly`, a value that the first model has to be better than; none by default. */
  baseline?: number;
}

class ModelCheckpointCallback<Target> implements Callback {
  model?: CallbackModel;
  /** The value of the best model saved so far. */
  best: number | undefined;
  readonly #options: ModelCheckpointOptions<Target>;
  readonly #monitor: Monitor;
  #epoch = 0;
  #numBatches = 0;

  constructor(options: ModelCheckpointOptions<Target>) {
    const own = ["save", "target", "saveBestOnly", "saveFrequency", "baseline"];
    this.#monitor = new Monitor("ModelCheckpoint", options, own);
    const { save, target, saveFrequency = "epoch" } = options;
    if (typeof save !== "function" || target === undefined) {
      throw new ArgumentError(
        "ModelCheckpoint: expected { save, target }; give saveModel of zoetrope/formats and a path.",
      );
    }
    if (saveFrequency !== "epoch" && !(Number.isInteger(saveFrequency) && saveFrequency > 0)) {
      throw new ArgumentError(
        `ModelCheckpoint: saveFrequency ${shown(saveFrequency)}; expected "epoch" or a number of batches.`,
      );
    }
    this.#options = { ...options };
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

  getState() {
    return { best: this.best, epoch: this.#epoch, numBatches: this.#numBatches };
  }

  setState(state: ReturnType<ModelCheckpointCallback<Target>["getState"]>): void {
    checkState("ModelCheckpoint", state, ["epoch", "numBatches"]);
    this.best = state.best;
    this.#epoch = state.epoch;
    this.#numBatches = state.numBatches;
  }

  async #keep(logs: Logs): Promise<void> {
    const { save, target, saveBestOnly = false } = this.#options;
    if (saveBestOnly) {
      const current = this.#monitor.read(logs);
      if (!this.#monitor.isBetter(modelOf("ModelCheckpoint", this), current, this.best) || Number.isNaN(current))
        return;
      this.best = current;
    }
    const place = typeof target === "function" ? (target as (...args: unknown[]) => Target)(this.#epoch, logs) : target;
    await save(this.model as never, place);
  }
}

/**
 * Makes a callback that saves the model after each epoch (or so many batches), or only the best so far.
 * @throws ArgumentError for unknown options, and where `save` or `target` is missing.
 * @example
 * ModelCheckpoint({ save: saveModel, target: "best.safetensors", saveBestOnly: true });
 */
export const ModelCheckpoint = <Target>(options: ModelCheckpointOptions<Target>): ModelCheckpointCallback<Target> =>
  new ModelCheckpointCallback(options);

/** Makes a callback that stops training, with a warning, when the loss is no finite number. */
export const TerminateOnNaN = (): Callback => ({
  onTrainBatchEnd(batch, logs) {
    const { loss } = checkLogs("TerminateOnNaN", logs);
    if (Number.isFinite(loss)) return;
    console.warn(`TerminateOnNaN: the loss is ${shown(loss)} after batch ${shown(batch)}; training stops.`);
    modelOf("TerminateOnNaN", this).stopTraining = true;
  },
});
