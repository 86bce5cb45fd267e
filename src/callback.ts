/** The interface of callbacks: the hooks that `fit`, `evaluate` and `predict` call, and the part of a model that they may use. */
import { checkFunction } from "./errors.js";
import type { HostArray } from "./tensor.js";

/** Values by name, such as `{ accuracy: 0.5, loss: 1.2 }`: means over the batches of the epoch so far. */
export type Logs = Record<string, number>;

/** The result of `fit`. */
export interface History {
  /** The numbers of the epochs that were trained, from 0. */
  readonly epoch: number[];
  /** For each name (`loss`, `val_loss`, ...) one value for each epoch. */
  readonly history: Record<string, number[]>;
}

/** The part of an optimizer that a callback may read and set. */
export interface CallbackOptimizer {
  /** The learning rate of the next update. */
  get learningRate(): number;
  set learningRate(rate: number);
}

/**
 * The part of a model that a callback may use. Every model has it; a callback that needs more declares `model?:
 * ModelLayer`.
 */
export interface CallbackModel {
  /** The model's name. */
  readonly name: string;
  /** The optimizer that `compile` received or made; undefined before `compile`. */
  readonly optimizer: CallbackOptimizer | undefined;
  /** Set it to true, and `fit` ends after the batch or epoch that is running. */
  stopTraining: boolean;
  /** Whether more ("up") or less ("down") is better for a value of the logs; undefined where that is not known. */
  directionOf(name: string): "up" | "down" | undefined;
  /** The values of all weights. */
  getWeights(): Promise<HostArray[]>;
  /** Sets all weights, in the order of `getWeights`. */
  setWeights(values: readonly HostArray[]): void;
}

type HookResult = void | Promise<void>;

/**
 * An object with some of these hooks; each is awaited. `model` is set before the first hook is called.
 * @example
 * await model.fit(x, y, { callbacks: [{ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) }] });
 */
export interface Callback {
  /** The model that is trained, evaluated or used for prediction. Set by the engine. */
  model?: CallbackModel;
  /** Called once, before the first epoch. */
  onTrainBegin?(): HookResult;
  /** Called once, after the last epoch, with the logs of that epoch. */
  onTrainEnd?(logs: Logs): HookResult;
  /** Called before each epoch; `epoch` counts from 0. */
  onEpochBegin?(epoch: number): HookResult;
  /**
   * Called after each epoch and its validation. Values that it adds to `logs` are entered in the history; those under names
   * with a slash, as `lstm/forget_dead`, are not printed.
   */
  onEpochEnd?(epoch: number, logs: Logs): HookResult;
  /**
   * Called before each batch of training; `batch` counts from 0 in each epoch. With `stepsPerExecution` of `compile` the
   * hooks of batches are called before the first and after the last of so many.
   */
  onTrainBatchBegin?(batch: number): HookResult;
  /** Called after each batch of training, with the means over the epoch so far. */
  onTrainBatchEnd?(batch: number, logs: Logs): HookResult;
  /** Called before each evaluation, that of validation data included. */
  onTestBegin?(): HookResult;
  /** Called after each evaluation, with its means. */
  onTestEnd?(logs: Logs): HookResult;
  /** Called before each batch of an evaluation. */
  onTestBatchBegin?(batch: number): HookResult;
  /** Called after each batch of an evaluation, with the means so far. */
  onTestBatchEnd?(batch: number, logs: Logs): HookResult;
  /** Called before the first batch of `predict`. */
  onPredictBegin?(): HookResult;
  /** Called after the last batch of `predict`. */
  onPredictEnd?(): HookResult;
  /** Called before each batch of `predict`. */
  onPredictBatchBegin?(batch: number): HookResult;
  /** Called after each batch of `predict`. */
  onPredictBatchEnd?(batch: number): HookResult;
  /**
   * Gives what the callback has to remember where `fit` keeps its state: plain data that may hold Float32Arrays. It is read
   * after batches and epochs, and must not change later.
   */
  getState?(): unknown;
  /** Takes up what `getState` gave in a `fit` that goes on, after `onTrainBegin`. What was undefined is missing. */
  setState?(state: never): void;
}

type HookName = Exclude<keyof Callback, "model" | "getState" | "setState">;

/** Calls one hook of all callbacks, one after the other. */
export async function notify<Name extends HookName>(
  callbacks: readonly Callback[],
  hook: Name,
  ...values: Parameters<NonNullable<Callback[Name]>>
): Promise<void> {
  for (const callback of callbacks) {
    const given = callback[hook] as ((...args: unknown[]) => HookResult) | undefined;
    if (!given) continue;
    checkFunction(`callbacks: ${hook}`, given);
    await given.apply(callback, values);
  }
}
