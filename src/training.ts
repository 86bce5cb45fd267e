/**
 * Training, evaluation and prediction of a layer that has inputs and outputs. This file has the code of prediction; the
 * loops of training are in training/loops.ts, which is loaded when one of them is first called.
 */
import { type History, type Logs, notify } from "./callback.js";
import { ArgumentError } from "./errors.js";
import { Layer, type LayerNode, type OneOrMany, type SymbolicTensor } from "./layer.js";
import type { Optimizer } from "./optimizer.js";
import { Plans } from "./plan/plans.js";
import type { ModelPlan } from "./plan/view.js";
import { keep, type Resumable, scope } from "./scope.js";
import type { Shape } from "./shape.js";
import { asTensor, type Tensor } from "./tensor.js";
import type { ClassWeight } from "./training/classWeights.js";
import { loadTraining, needTraining, training } from "./training/code.js";
import type { Compiled, CompileOptions } from "./training/compiled.js";
import { type BatchSource, type DataList, type ReadyBatch, readyBatch, type SampleWeight } from "./training/data.js";
import { openFeed } from "./training/feed.js";
import { joinBatches } from "./training/join.js";
import {
  checkLoopOptions,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
  predictOptions,
} from "./training/options.js";
import type { ModelPart, TrainedModel } from "./training/trainedModel.js";
import { Yielder } from "./training/yielding.js";

export type { ClassWeight } from "./training/classWeights.js";
export type { CompileOptions, LossOption, MetricOption } from "./training/compiled.js";
export type { Batch, BatchSource, Data, DataList, SampleWeight } from "./training/data.js";
export type { Checkpoint } from "./training/keeper.js";
export type { EvaluateOptions, FitOptions, PredictOptions } from "./training/options.js";

/**
 * A layer that can be trained; the base class of models. `Outputs` is the type of what `predict` gives: a tensor, or a
 * list where the model has a list of outputs. Steps of training run one after the other, also those of several models, so
 * that overlapping calls alternate batch by batch, and a callback may call `predict` while `fit` runs. A step may pause, but
 * changes weights and states at its end, at once. Each step trains the present `trainableWeights`: freezing a layer takes
 * effect at once (in Keras it needs another `compile`).
 */
export abstract class Trainable<Outputs extends OneOrMany<Tensor> = Tensor> extends Layer implements TrainedModel {
  /** The symbolic tensors of the inputs. */
  abstract readonly inputs: readonly SymbolicTensor[];
  /** The symbolic tensors of the outputs. */
  abstract readonly outputs: readonly SymbolicTensor[];
  /** The calls between them, each after those that it depends on. */
  abstract readonly graph: readonly LayerNode[];
  /** Set it to true in a callback, and `fit` ends after the batch or epoch that is running. */
  stopTraining = false;
  /** The history of the last (or running) `fit`. */
  history: History | undefined;
  /** The options of the last `compile`. */
  compileOptions: Readonly<CompileOptions> | undefined;
  /** @internal The optimizer if `compile` or a file made it; it is disposed with the model. */
  ownOptimizer: Optimizer | undefined;
  #compiled: Compiled | undefined;
  /** Whether `compile` was called before the code of training was loaded. */
  #isPending = false;

  /** @internal See `TrainedModel`. */
  abstract part(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): ModelPart | undefined;

  // ── compile ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Sets how to train: optimizer ("rmsprop" by default), loss, metrics, and with several outputs the weights of their
   * losses. Where a bundle was split and the code of training is not loaded yet, the options are checked at the first
   * `fit`.
   * @throws ArgumentError for unknown names and options, and where lists do not fit the outputs.
   * @example
   * model.compile({ optimizer: Adam({ learningRate: 1e-4 }), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
   */
  compile(options: CompileOptions = {}): void {
    this.#compileWith(training, options);
  }

  #compileWith(code: typeof training, options: CompileOptions): void {
    const compiled = code && new code.Compiled(`${this.label}.compile`, options, this.outputs);
    const optimizer = compiled?.optimizer;
    if (this.ownOptimizer !== optimizer) {
      this.ownOptimizer?.dispose();
      this.ownOptimizer = optimizer === options.optimizer ? undefined : optimizer;
    }
    this.#compiled = compiled;
    this.#isPending = !compiled;
    this.compileOptions = options;
  }

  /**
   * The resolved options of `compile`; undefined before `compile`.
   * @throws LoadError while the code of training is not loaded.
   */
  #compiledFor(what: string): Compiled | undefined {
    if (this.#isPending) this.#compileWith(needTraining(`${this.label}.${what}`), this.compileOptions!);
    return this.#compiled;
  }

  /**
   * The optimizer that `compile` was given or made; undefined before `compile`.
   * @throws LoadError in a split bundle before the first `fit`; see `zoetrope/training`.
   */
  get optimizer(): Optimizer | undefined {
    return this.#compiledFor("optimizer")?.optimizer;
  }

  /**
   * The names of the values that `evaluate` returns, in order: "loss", the loss of each output if there are several, and
   * the metrics.
   * @throws LoadError in a split bundle before the first `fit`; see `zoetrope/training`.
   */
  get metricsNames(): readonly string[] {
    return this.#compiledFor("metricsNames")?.names ?? [];
  }

  /**
   * Whether more ("up") or less ("down") is better for a name of `metricsNames`; undefined where that is not known.
   * @throws LoadError in a split bundle before the first `fit`; see `zoetrope/training`.
   */
  directionOf(name: string): "up" | "down" | undefined {
    return this.#compiledFor("directionOf")?.direction(name);
  }

  /** @internal The resolved options of `compile`. @throws ArgumentError where it was not called. */
  needCompiled(where: string): Compiled {
    const compiled = this.#compiledFor("compile");
    if (compiled) return compiled;
    throw new ArgumentError(`${where}: not compiled; call compile({ optimizer, loss }) first.`);
  }

  // ── one batch ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Updates the weights once with these samples. Returns their loss and metrics before the update.
   * @param options `sampleWeight`, `classWeight` and `plan` are those of `fit`.
   * @throws ArgumentError before `compile`, or where data do not fit the model; ShapeError where their shapes do not.
   */
  async trainOnBatch(
    x: DataList,
    y: DataList,
    options: { sampleWeight?: SampleWeight; classWeight?: ClassWeight; plan?: boolean } = {},
  ): Promise<Logs> {
    const code = training ?? (await loadTraining(`${this.label}.trainOnBatch`));
    return code.trainOnBatch(this, x, y, options);
  }

  /**
   * Returns loss and metrics of these samples, without training.
   * @throws ArgumentError before `compile`, or where data do not fit the model; ShapeError where their shapes do not.
   */
  async testOnBatch(x: DataList, y: DataList, options: { sampleWeight?: SampleWeight } = {}): Promise<Logs> {
    const code = training ?? (await loadTraining(`${this.label}.testOnBatch`));
    return code.testOnBatch(this, x, y, options);
  }

  /**
   * Computes the outputs for these samples as one batch: a tensor, or a list where the model has a list of outputs. The
   * caller disposes them.
   * @throws ArgumentError where data do not fit the model; ShapeError where their shapes do not.
   */
  async predictOnBatch<Result extends OneOrMany<Tensor> = Outputs>(x: DataList): Promise<Result> {
    const where = `${this.label}.predictOnBatch`;
    const batch = readyBatch(where, [x], this);
    return this.oneOrList(asResult(scope(() => this.compute(batch.x.map(asTensor))))) as Result;
  }

  readonly #plans: Plans = new Plans(this, (inputs) => this.compute(inputs));

  /**
   * Gives what `predict` runs for inputs of a shape, kernel call by kernel call: `String(plan)` is a table, `plan.profile()`
   * times each row. Where a bundle was split, the code is loaded first.
   * @param shape that of the input with its batch, or a list of shapes for several inputs.
   * @throws ShapeError where the model does not take inputs of this shape; LoadError as `fit`.
   * @example
   * console.log(String(await model.plan([1, 224, 224, 3])));
   */
  async plan(shape: Shape | readonly Shape[]): Promise<ModelPlan> {
    const code = training ?? (await loadTraining(`${this.label}.plan`));
    const shapes = (Array.isArray(shape?.[0]) ? shape : [shape]) as readonly Shape[];
    return code.planView(`${this.label}.plan`, this.#plans, shapes);
  }

  /** @internal Frees what `predict` keeps for its next calls. */
  protected dropPlans(): void {
    this.#plans.drop();
  }

  *#predictStep({ x }: ReadyBatch, isPlanned: boolean, begin: (macs: number) => void): Resumable<Tensor[]> {
    return yield* this.#plans.run(x.map(asTensor), isPlanned, begin);
  }

  // ── many batches ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Trains the model. Data are x and y (tensors, { data, shape }, typed or nested arrays, lists of them for several
   * inputs or outputs), or batches [x, y] or [x, y, sampleWeight] from an iterable or a function that makes one.
   *
   * The history has, for each epoch, the means over its batches of loss and metrics, each from before its batch's
   * update. With validation it also has the values of the validation data after the epoch, under names with `val_`.
   * Prints a progress line in a terminal and one line for each epoch elsewhere (`verbose: 2` always one line for each
   * epoch, 0 nothing).
   *
   * Where all layers, losses and metrics are of this package, a step records its kernel calls up to the gradients, and the
   * third one for data of the same shape runs them without calling the layers (see `FitOptions.plan` and docs/plans.md); all
   * bits of the results are those of steps that are computed layer by layer. Yields to the event loop when 32 ms have passed
   * (8 ms on a page's main thread), after the kernel call that is running, and then checks `signal`; without a plan, after
   * the batch that is running. Where weights are set during a step that pauses, that step begins again.
   * @throws the signal's reason when it is aborted; weights are then as after the last batch. LoadError where a bundle
   * was split and import() is refused; see `zoetrope/training`. ArgumentError or ShapeError where data or options do
   * not fit.
   * @example
   * const { history } = await model.fit(x, y, { epochs: 10, batchSize: 8, validationSplit: 0.2 });
   */
  async fit(x: DataList, y: DataList, options?: FitOptions): Promise<History>;
  async fit(batches: BatchSource, options?: FitOptions): Promise<History>;
  async fit(x: DataList | BatchSource, second?: DataList | FitOptions, third?: FitOptions): Promise<History> {
    const code = training ?? (await loadTraining(`${this.label}.fit`));
    return code.fit(this, x, second, third);
  }

  /**
   * Returns loss and metrics over all data, which have the same forms as for `fit`. Prints nothing by default; see
   * `verbose`.
   * @throws the signal's reason when it is aborted; LoadError where a bundle was split and import() is refused;
   * ArgumentError or ShapeError where data or options do not fit.
   */
  async evaluate(x: DataList, y: DataList, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(batches: BatchSource, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(
    x: DataList | BatchSource,
    second?: DataList | EvaluateOptions,
    third?: EvaluateOptions,
  ): Promise<Logs> {
    const code = training ?? (await loadTraining(`${this.label}.evaluate`));
    return code.evaluate(this, x, second, third);
  }

  /**
   * Computes the outputs for all samples in batches: a tensor [samples, ...], or a list of tensors where the model has a
   * list of outputs. (TypeScript cannot know this of a model from a file: `predict<Tensor[]>(x)`.) The caller disposes
   * them. Data have the same forms as for `fit`; the targets of batches are ignored.
   *
   * Runs a plan (see `plan`): kernel calls that are recorded by the first two calls for a shape, and joined. Yields to the
   * event loop when 32 ms have passed (8 ms on a page's main thread), after the kernel call that is running; long ones are
   * split. Then `onProgress` is called and `signal` is checked. If weights change meanwhile, for example by a `fit` that
   * is not awaited, the remaining kernel calls use the new weights.
   * @throws the signal's reason when it is aborted; nothing is left in memory then. ArgumentError or ShapeError where
   * data or options do not fit.
   * @example
   * const y = await model.predict(x);
   * console.log(await y.data());
   */
  async predict<Result extends OneOrMany<Tensor> = Outputs>(
    x: DataList | BatchSource,
    options: PredictOptions = {},
  ): Promise<Result> {
    const where = `${this.label}.predict`;
    checkLoopOptions(where, options, predictOptions);
    const { callbacks = [], signal, onProgress } = options;
    const feed = await openFeed(where, x, undefined, options, this);
    const numBatches = feed.length;
    if (onProgress && numBatches === undefined) {
      throw new ArgumentError(`${where}: onProgress needs to know how many batches will come; give steps.`);
    }
    const yielder = new Yielder();
    const parts: Tensor[][] = [];
    try {
      for (const callback of callbacks) callback.model = this;
      await notify(callbacks, "onPredictBegin");
      for await (const batch of feed.epoch()) {
        signal?.throwIfAborted();
        await notify(callbacks, "onPredictBatchBegin", parts.length);
        let all = Infinity;
        const report = (done: number) => onProgress?.((parts.length + Math.min(1, done / all)) / numBatches!);
        const step = this.#predictStep(batch, options.plan ?? true, (macs) => (all = macs || Infinity));
        parts.push(await yielder.run(step, report, signal));
        report(0);
        await notify(callbacks, "onPredictBatchEnd", parts.length - 1);
      }
      await notify(callbacks, "onPredictEnd");
      return this.oneOrList(joinBatches(parts)) as Result;
    } finally {
      for (const part of parts.flat()) part.dispose();
      await feed.close();
    }
  }
}

/** Keeps outputs for the caller, without logits and masks, so that a loss computed from them only reads their elements. */
function asResult(outputs: Tensor[]): Tensor[] {
  for (const output of outputs) {
    for (const attached of [output.logits, output.mask]) attached?.dispose();
    output.logits = output.mask = undefined;
    keep(output);
  }
  return outputs;
}
