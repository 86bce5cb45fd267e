/**
 * Training, evaluation and prediction of whatever maps tensors to tensors. What prediction needs is here; the loops of training
 * are in training/loops.ts, which is loaded when one of them is first called.
 */
import { type History, type Logs, notify } from "./callbacks.js";
import { ArgumentError, checkOptions } from "./errors.js";
import { Layer, type OneOrMany, type SymbolicTensor } from "./layer.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import type { PartialShape } from "./shape.js";
import { keep, type Resumable, scope } from "./scope.js";
import { asTensor, type Tensor } from "./tensor.js";
import type { ClassWeight } from "./training/classWeights.js";
import { loadTraining, needTraining, training } from "./training/code.js";
import type { Compiled, CompileOptions } from "./training/compiled.js";
import { alone, type BatchSource, type DataList, type ReadyBatch, readyBatch } from "./training/data.js";
import { openFeed } from "./training/feed.js";
import { joined } from "./training/join.js";
import {
  checkCounts,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
  predictOptions,
} from "./training/options.js";
import { Breather } from "./training/yielding.js";

export type { ClassWeight } from "./training/classWeights.js";
export type { CompileOptions, LossOption, MetricOption } from "./training/compiled.js";
export type { Batch, BatchSource, Data, DataList } from "./training/data.js";
export type { EvaluateOptions, FitOptions, PredictOptions } from "./training/options.js";

/**
 * A layer that can be trained. In training the step of one batch is synchronous and closes its scope, so that calls that overlap
 * take turns batch by batch, and a callback may call `predict` while `fit` runs. What is trained is `trainableWeights` as it
 * stands at each step: freezing a layer takes effect at once (Keras wants another `compile`).
 */
export abstract class Trainable extends Layer {
  abstract readonly inputs: readonly SymbolicTensor[];
  abstract readonly outputs: readonly SymbolicTensor[];
  /** Set it in a callback, and `fit` ends after the batch or epoch that is under way. */
  stopTraining = false;
  /** Of the last (or running) `fit`. */
  history: History | undefined;
  /** What `compile` was given. */
  compileOptions: Readonly<CompileOptions> | undefined;
  #compiled: Compiled | undefined;
  #ownsOptimizer = false;
  /** `compile` was called before the code of training was there. */
  #isPending = false;

  // ── compile ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Says how to train: optimizer ("rmsprop" by default), loss, metrics, and with several outputs the weights of their losses.
   * In a bundle whose code of training is not there yet, options are looked at when it is: at the first `fit`.
   * @throws ArgumentError for unknown names.
   */
  compile(options: CompileOptions = {}): void {
    this.#compileWith(training, options);
  }

  #compileWith(code: typeof training, options: CompileOptions): void {
    const compiled = code && new code.Compiled(`${this.label}.compile`, options, this.#outputNames);
    if (this.#ownsOptimizer) this.#compiled?.optimizer.dispose();
    this.#ownsOptimizer = compiled !== undefined && typeof options.optimizer !== "object";
    this.#compiled = compiled;
    this.#isPending = !compiled;
    this.compileOptions = options;
  }

  /** What `compile` made; undefined before it was called. @throws LoadError while the code of training is not there. */
  #compiledFor(what: string): Compiled | undefined {
    if (this.#isPending) this.#compileWith(needTraining(`${this.label}.${what}`), this.compileOptions!);
    return this.#compiled;
  }

  /** What `compile` was given or made; undefined before. @throws LoadError in a bundle before the first `fit`; see `zoetrope/training`. */
  get optimizer(): Optimizer | undefined {
    return this.#compiledFor("optimizer")?.optimizer;
  }

  /**
   * "loss", with several outputs their losses, and the metrics: what `evaluate` gives, in order.
   * @throws LoadError in a bundle before the first `fit`; see `zoetrope/training`.
   */
  get metricsNames(): readonly string[] {
    return this.#compiledFor("metricsNames")?.names ?? [];
  }

  /** Whether more ("up") or less ("down") is better for a name of `metricsNames`, if that is known. */
  directionOf(name: string): "up" | "down" | undefined {
    return this.#compiledFor("directionOf")?.direction(name);
  }

  get #outputNames(): string[] {
    const names = this.outputs.map((output) => output.node.layer.name);
    return names.map((name, i) => {
      const before = names.slice(0, i).filter((other) => other === name).length;
      return before === 0 ? name : `${name}_${before}`;
    });
  }

  /** @internal @throws ArgumentError where it is not. */
  needCompiled(where: string): Compiled {
    const compiled = this.#compiledFor("compile");
    if (compiled) return compiled;
    throw new ArgumentError(`${where}: not compiled; call compile({ optimizer, loss }) first.`);
  }

  // ── one batch ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One update of the weights by these samples. Loss and metrics are those before the update, of these samples alone. */
  async trainOnBatch(
    x: DataList,
    y: DataList,
    options: { sampleWeight?: DataList; classWeight?: ClassWeight } = {},
  ): Promise<Logs> {
    const code = training ?? (await loadTraining(`${this.label}.trainOnBatch`));
    return code.trainOnBatch(this, x, y, options);
  }

  /** Loss and metrics of these samples; nothing is trained. */
  async testOnBatch(x: DataList, y: DataList, options: { sampleWeight?: DataList } = {}): Promise<Logs> {
    const code = training ?? (await loadTraining(`${this.label}.testOnBatch`));
    return code.testOnBatch(this, x, y, options);
  }

  /** The outputs for these samples, all at once: a tensor, or a list of them where the model has a list of outputs. */
  async predictOnBatch<Result extends OneOrMany<Tensor> = Tensor>(x: DataList): Promise<Result> {
    const where = `${this.label}.predictOnBatch`;
    const batch = readyBatch(where, [x], this);
    return asResult(scope(() => this.compute(alone(batch.x.map(asTensor)), { training: false }))) as Result;
  }

  *#predictStep({ x }: ReadyBatch): Resumable<OneOrMany<Tensor>> {
    return asResult(yield* this.computeInParts(alone(x.map(asTensor)), {}));
  }

  /** Multiply-adds of a batch. */
  #macs({ x, size }: ReadyBatch): number {
    const shape = alone(x.map((value): PartialShape => value.shape));
    return size * this.macs(shape, this.computeOutputShape(shape));
  }

  // ── many batches ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Trains. Data are x and y (tensors, { data, shape }, typed or nested arrays, lists of them for several inputs or
   * outputs), or batches [x, y] or [x, y, sampleWeight] from an iterable or a function that makes one.
   *
   * In the history stand, for each epoch, the means over its batches of loss and metrics, each as it was before its
   * batch's update, and with validation the same with `val_` after the epoch. Shows a line that moves in a terminal and one
   * line an epoch elsewhere (`verbose: 2` always the latter, 0 nothing). Lets the page or process breathe every 50 ms.
   * @throws the signal's reason when it is aborted; weights are then as after the last batch. LoadError where a bundle was split
   * and import() is refused; see `zoetrope/training`.
   */
  async fit(x: DataList, y: DataList, options?: FitOptions): Promise<History>;
  async fit(batches: BatchSource, options?: FitOptions): Promise<History>;
  async fit(x: DataList | BatchSource, second?: DataList | FitOptions, third?: FitOptions): Promise<History> {
    const code = training ?? (await loadTraining(`${this.label}.fit`));
    return code.fit(this, x, second, third);
  }

  /** Loss and metrics over all data; see `fit` for what data may be. Nothing is shown unless `verbose` says so. */
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
   * The outputs for all samples, computed in batches: a tensor [samples, ...] that is the caller's to dispose, or a list of
   * them where the model has a list of outputs (`predict<Tensor[]>(x)`). Batches as in `fit`; their targets are not looked at.
   *
   * Every 50 to 100 ms the page or process breathes, also in the middle of a batch: between layers, groups of frames under
   * TimeDistributed and steps of ConvLSTM2D. Then `onProgress` hears how far it is, and `signal` is looked at. Weights that
   * others change meanwhile, as a `fit` that is not awaited does, count from there on.
   * @throws the signal's reason when it is aborted; nothing is left in memory.
   */
  async predict<Result extends OneOrMany<Tensor> = Tensor>(
    x: DataList | BatchSource,
    options: PredictOptions = {},
  ): Promise<Result> {
    const where = `${this.label}.predict`;
    checkOptions(where, options, predictOptions);
    checkCounts(where, options, ["batchSize", "steps"]);
    const { callbacks = [], signal, onProgress } = options;
    const feed = await openFeed(where, x, undefined, options, this);
    const numBatches = feed.length;
    if (onProgress && numBatches === undefined) {
      throw new ArgumentError(`${where}: onProgress needs to know how many batches will come; give steps.`);
    }
    const breather = new Breather();
    const parts: OneOrMany<Tensor>[] = [];
    try {
      for (const callback of callbacks) callback.model = this;
      await notify(callbacks, "onPredictBegin");
      for await (const batch of feed.epoch()) {
        signal?.throwIfAborted();
        await notify(callbacks, "onPredictBatchBegin", parts.length);
        const all = (onProgress && this.#macs(batch)) || Infinity;
        const report = (done: number) => onProgress?.((parts.length + Math.min(1, done / all)) / numBatches!);
        parts.push(await breather.run(this.#predictStep(batch), report, signal));
        report(0);
        await notify(callbacks, "onPredictBatchEnd", parts.length - 1);
      }
      await notify(callbacks, "onPredictEnd");
      return joined(parts) as Result;
    } finally {
      for (const part of parts.flat()) part.dispose();
      await feed.close();
    }
  }
}

/** Outputs as plain numbers that nothing hangs on: whoever computes a loss from them gets what they hold. */
function asResult(outputs: OneOrMany<Tensor>): OneOrMany<Tensor> {
  for (const output of [outputs].flat()) {
    for (const hung of [output.logits, output.mask]) hung?.dispose();
    output.logits = output.mask = undefined;
    keep(output);
  }
  return outputs;
}
