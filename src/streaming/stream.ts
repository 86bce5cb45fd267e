/** Streams: a model computed frame by frame, with states that stay in place between the frames. */
import { ArgumentError, checkOptions, disposed, kindOf, ShapeError, shapeText, shown } from "../errors.js";
import type { OneOrMany } from "../layer.js";
import { affine } from "../ops/index.js";
import { Plans } from "../plan/plans.js";
import { keep, type Resumable, scope } from "../scope.js";
import { asTensor, type HostArray, type Tensor } from "../tensor.js";
import type { Trainable } from "../training.js";
import type { DataList } from "../training/data.js";
import { Yielder } from "../training/yielding.js";
import { type Frame, readFrame, resultShape } from "./frame.js";
import { graphSteps, type States, type StateShapes } from "./steps.js";
import { inputsWithTime, type StepGraph } from "./timeAxis.js";

/** The states of a stream, as `Stream.states` gives them: tensors, or `{ data, shape }` as they are kept in files. */
export type StreamStates = Readonly<Record<string, readonly (Tensor | HostArray)[]>>;

/** The options of `model.stream`. */
export interface StreamOptions {
  /** The states to go on from, of a stream of this model or of one like it; zeros by default. They are copied. */
  states?: StreamStates | undefined;
}

/** The options of `Stream.step`. */
export interface StepOptions {
  /** When it is aborted, its reason is thrown, and the stream is as before the step. None by default. */
  signal?: AbortSignal | undefined;
}

/** The states since the last reset, with the steps that follow each other on them. */
interface Run {
  states: States;
  /** Resolved when the last step is done. */
  last: Promise<unknown>;
  /** How many steps are not done yet. */
  open: number;
}

/** The steps of a model, which its streams share. */
interface PlannedSteps {
  readonly timed: readonly boolean[];
  /** The shapes of the states by the names of the recurrent layers, and these names in order. */
  readonly shapes: StateShapes;
  readonly names: readonly string[];
  /** The plans of a step: inputs and states to outputs and states. */
  readonly plans: Plans;
  /** The number of streams that are open. */
  streams: number;
}

const known = new WeakMap<StepGraph, PlannedSteps>();

/** The steps of a model with this graph. @throws ArgumentError for a layer that needs more of the sequence than one step. */
function stepsFor(
  where: string,
  model: Trainable<OneOrMany<Tensor>>,
  graph: StepGraph,
  withTime: readonly boolean[],
): PlannedSteps {
  const found = known.get(graph);
  if (found) return found;
  const shapes: StateShapes = new Map();
  const { timed, run } = graphSteps(where, graph, [...withTime], shapes);
  const names = [...shapes.keys()].filter((name) => shapes.get(name)!.length > 0);
  const compute = (given: Tensor[]) =>
    scope(() => {
      const rest = given.slice(graph.inputs.length);
      const states = rest.length > 0 ? names.map((name) => [name, rest.splice(0, shapes.get(name)!.length)]) : [];
      const after: Record<string, Tensor[]> = {};
      const outputs = run(given.slice(0, graph.inputs.length), Object.fromEntries(states) as States, after);
      return [...outputs, ...names.flatMap((name) => after[name])];
    });
  const steps: PlannedSteps = { timed, shapes, names, plans: new Plans(model, compute), streams: 0 };
  known.set(graph, steps);
  return steps;
}

const newRun = (last: Promise<unknown>): Run => ({ states: {}, last, open: 0 });

/**
 * A model to which frames are given one at a time; `model.stream()` opens one. It holds the states of the recurrent
 * layers until `dispose`, or until the block of its `using` declaration ends; the weights are the model's.
 */
export class Stream<Outputs extends OneOrMany<Tensor> = Tensor> {
  readonly #model: Trainable<OneOrMany<Tensor>>;
  readonly #where: string;
  readonly #timed: readonly boolean[];
  readonly #steps: PlannedSteps;
  /** One for all steps: together, short ones take long. */
  readonly #yielder = new Yielder();
  #run = newRun(Promise.resolve());
  #isDisposed = false;

  /** @internal Use `model.stream`. */
  constructor(model: Trainable<OneOrMany<Tensor>>, options: StreamOptions) {
    if (!Array.isArray(model?.inputs)) throw new ArgumentError(`stream: expected a model, received ${kindOf(model)}.`);
    const where = (this.#where = `${model.label}.stream`);
    checkOptions(where, options, ["states"]);
    this.#model = model;
    const graph = model.stepper([]) as StepGraph | false;
    if (!graph) throw new ArgumentError(`${where}: its call is not that of Model, whose layers could be computed step by step; use predict.`); // prettier-ignore
    this.#timed = inputsWithTime(graph);
    if (!this.#timed.includes(true)) {
      throw new ArgumentError(`${where}: no layer reads a sequence [batch, time, ...], as LSTM, ConvLSTM2D and TimeDistributed do; use predict.`); // prettier-ignore
    }
    const steps = stepsFor(where, model, graph, this.#timed);
    this.#run.states = givenStates(where, options.states ?? {}, steps.shapes);
    this.#steps = steps;
    steps.streams++;
  }

  /**
   * Computes the outputs after one more frame: what `predict` would give for all frames since the stream began. Outputs
   * that have a time axis are those of this frame, without that axis. The caller disposes them.
   *
   * Steps that overlap are computed in the order of the calls; one that fails or is aborted changes nothing, and the next
   * goes on from where the one before it ended. It yields to the event loop between kernel calls, as `predict`.
   *
   * @param frame of a model of clips [batch, time, height, width, channels] a frame [height, width, channels], which
   * gives outputs without a batch, or a frame of each of several clips, [batch, height, width, channels]. As for
   * `predict`, a tensor, `{ data, shape }`, a nested array or a typed array (of one frame), which is copied at once, or a
   * number of a sequence of numbers; a list for several inputs.
   * @throws the signal's reason when it is aborted; ShapeError for a frame that does not fit, also where its batch differs
   * from that of the frames before; DisposedError after `dispose`.
   * @example
   * const y = await live.step(frame);
   */
  async step<Result extends OneOrMany<Tensor> = Outputs>(
    frame: DataList | number,
    options: StepOptions = {},
  ): Promise<Result> {
    const where = `${this.#where}.step`;
    checkOptions(where, options, ["signal"]);
    this.#check();
    const given = scope(() => readFrame(where, frame, this.#model.inputs, this.#timed));
    given.inputs.forEach(keep);
    const run = this.#run;
    run.open++;
    const work = run.last
      .then(() => this.#compute(where, run, given, options.signal))
      .finally(() => {
        run.open--;
        disposeAll([given.inputs]);
      });
    run.last = work.catch(() => {});
    return this.#model.oneOrList(await work) as Result;
  }

  async #compute(where: string, run: Run, frame: Frame, signal: AbortSignal | undefined): Promise<Tensor[]> {
    this.#check();
    signal?.throwIfAborted();
    const batch = Object.values(run.states).flat()[0]?.shape[0];
    if (batch !== undefined && batch !== frame.batch) {
      throw new ShapeError(`${where}: received a batch of ${frame.batch} after one of ${batch}; call reset() first, or open another stream.`); // prettier-ignore
    }
    const { outputs, states } = await this.#yielder.run(this.#computeStep(run.states, frame), () => {}, signal);
    if (this.#isDisposed) disposeAll([outputs, ...Object.values(states)]);
    this.#check();
    disposeAll(Object.values(run.states));
    run.states = states;
    return outputs;
  }

  *#computeStep(before: States, { inputs, isSingle }: Frame): Resumable<{ outputs: Tensor[]; states: States }> {
    const { plans, names, timed } = this.#steps;
    const given = names.flatMap((name) => before[name] ?? []);
    const all = yield* plans.run([...inputs, ...given], true, () => {});
    const outputs = timed.map((isTimed) => {
      const y = all.shift()!;
      const result = y.as(resultShape(y.shape, isTimed, isSingle));
      y.dispose();
      return result;
    });
    const states = names.map((name) => [name, all.splice(0, this.#steps.shapes.get(name)!.length)] as const);
    return { outputs, states: Object.fromEntries(states) };
  }

  /**
   * Forgets all frames: the next step is the first one, and may have another batch. Steps that are not done yet go on with
   * the states that they were called for.
   * @throws DisposedError after `dispose`.
   */
  reset(): void {
    this.#check();
    release(this.#run);
    this.#run = newRun(this.#run.last);
  }

  /**
   * Gives copies of the states after the last step that is done: for each recurrent layer the list that `returnState`
   * would give, `[output, ...states]`, by the name of the layer ("inner/lstm" in the model "inner", "lstm:1" at its second
   * call). Empty before the first step. `model.stream({ states })` goes on from there. The caller disposes them.
   * @throws DisposedError after `dispose`.
   */
  states(): Record<string, Tensor[]> {
    this.#check();
    return copied(this.#run.states);
  }

  /**
   * Gives back the memory of the states, and with the last stream of a model what its plan keeps. Steps that are
   * not done yet, and later ones, are a DisposedError.
   */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    release(this.#run);
    if (--this.#steps.streams === 0) this.#steps.plans.drop();
  }

  /** Lets `using live = model.stream()` dispose the stream at the end of its block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #check(): void {
    if (this.#isDisposed) throw disposed(this.#where, "open another");
  }
}

/**
 * `model.stream` as a function, for bundles: they contain the code of streams only where they call it.
 * @throws as `model.stream`.
 * @example
 * const live = stream(model);
 */
export const stream = <Outputs extends OneOrMany<Tensor>>(
  model: Trainable<Outputs>,
  options: StreamOptions = {},
): Stream<Outputs> => new Stream<Outputs>(model, options);

const disposeAll = (lists: readonly (readonly Tensor[])[]): void => lists.flat().forEach((x) => x.dispose());

/** Disposes the states, which steps that are not done yet still read. */
function release(run: Run): void {
  const free = () => disposeAll(Object.values(run.states));
  if (run.open > 0) void run.last.then(free);
  else free();
}

function copied(states: StreamStates): Record<string, Tensor[]> {
  const copies = scope(() =>
    Object.fromEntries(Object.entries(states).map(([key, list]) => [key, list.map((x) => affine(asTensor(x), 1))])),
  );
  Object.values(copies).flat().forEach(keep);
  return copies;
}

/** Copies the states that a user gave. @throws ArgumentError or ShapeError where they are not those of the stream. */
function givenStates(where: string, given: StreamStates, shapes: StateShapes): Record<string, Tensor[]> {
  const wanted = [...shapes].filter(([, list]) => list.length > 0);
  const names = Object.keys(Object(given) as object);
  if (names.length === 0 && Object(given) === given) return {};
  if (String(names.sort()) !== String(wanted.map(([key]) => key).sort())) {
    throw new ArgumentError(`${where}: received states of ${shown(names)}, has ${shown(wanted.map(([key]) => key))}; give what states() of such a stream gave.`); // prettier-ignore
  }
  const shapesOf = (key: string) => Array.from(given[key] ?? [], (x) => x?.shape ?? []);
  const batch = shapesOf(names[0])[0]?.[0];
  for (const [key, list] of wanted) {
    const text = (all: readonly { readonly length: number }[]) => all.map((shape) => shapeText(shape as [])).join(", ");
    const [expected, received] = [text(list.map(([, ...rest]) => [batch, ...rest])), text(shapesOf(key))]; // prettier-ignore
    if (expected === received) continue;
    throw new ShapeError(
      `${where}: states of "${key}" are ${expected}, received ${received}; give what states() gave.`,
    );
  }
  return copied(given);
}
