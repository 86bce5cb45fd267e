/** One batch: loss and metrics, and the update of the weights. */
import { getBackend } from "../backend.js";
import { sameItems } from "../derived.js";
import { ArgumentError } from "../errors.js";
import type { Measured } from "../metric.js";
import { withPenalties } from "../penalties.js";
import { isUsable } from "../plan/plans.js";
import { runPlan } from "../plan/run.js";
import { type Resumable, transaction } from "../scope.js";
import { asTensor, Tensor } from "../tensor.js";
import type { ReadyBatch } from "./data.js";
import { computeStep, type PlannedStep, StepPlans, type StepResult } from "./steps.js";
import type { TrainedModel } from "./trainedModel.js";
import { Yielder } from "./yielding.js";

/** How a step of training is run. */
export interface StepRun {
  /** Whether its kernel calls are planned; see `FitOptions.plan`. */
  plan?: boolean | undefined;
  /** Pauses between its rows. */
  yielder?: Yielder;
  signal?: AbortSignal | undefined;
}

const plansOf = new WeakMap<TrainedModel, StepPlans>();

/** Updates the weights with one batch. Resolves to loss and metrics from before the update. */
export const trainStep = (
  where: string,
  model: TrainedModel,
  batch: ReadyBatch,
  { plan, yielder = new Yielder(), signal }: StepRun,
): Promise<Measured[]> =>
  inTurn(async () => {
    signal?.throwIfAborted();
    const byLayers = () =>
      transaction(() => {
        const measure = () => measureBatch(where, model, batch, true);
        const { measured, grads } = computeStep(measure, model.trainableWeights);
        model.needCompiled(where).optimizer.apply(grads);
        return measured;
      });
    const rows = plan === false ? undefined : rowsFor(where, model, batch, plan === true);
    if (!rows) return byLayers();
    try {
      return await yielder.run(runStep(where, model, rows, batch), () => {}, signal, false);
    } catch (error) {
      if (error !== changed) throw error;
      return byLayers();
    }
  });

/** Computes loss and metrics of one batch. */
export const testStep = (where: string, model: TrainedModel, batch: ReadyBatch): Measured[] =>
  transaction(() => measureBatch(where, model, batch, false));

function measureBatch(
  where: string,
  model: TrainedModel,
  { x, y, weights }: Omit<ReadyBatch, "size">,
  training: boolean,
): Measured[] {
  if (y.length === 0) throw new ArgumentError(`${where}: received no targets; give y, or batches [x, y].`);
  const compiled = model.needCompiled(where);
  return withPenalties(
    () => model.compute(x.map(asTensor), { training }),
    (outputs, penalties) =>
      compiled.measure(where, y.map(asTensor), outputs, weights.map(asTensor), [...model.losses, ...penalties]),
  );
}

// ── steps as rows ───────────────────────────────────────────────────────────────────────────────────────────────────────

const dataOf = ({ x, y, weights }: ReadyBatch) => [...x, ...y, ...weights];

/** Gives what gives the rows of a step; undefined where it is to be computed layer by layer. */
function rowsFor(where: string, model: TrainedModel, batch: ReadyBatch, trusts: boolean) {
  const plans = plansOf.get(model) ?? new StepPlans(model);
  plansOf.set(model, plans);
  const others = { mask: undefined, backend: getBackend(), dtype: "float32" as const };
  const given = dataOf(batch).map((data) => (data instanceof Tensor ? data : { ...others, shape: data.shape }));
  const measure = (data: Tensor[]) => {
    const [x, y] = [batch.x, batch.y].map(({ length }) => data.splice(0, length));
    return measureBatch(where, model, { x, y, weights: data }, true);
  };
  return plans.rowsFor(where, given, measure, trusts);
}

/** Thrown where somebody else has changed weights, freed states or compiled the model during a pause. */
const changed = new Error();

/**
 * Runs the rows of a step, and then the optimizer. Where it fails or is ended before, nothing has changed. The last rows and the
 * optimizer are one part, in which memory is used again at once, so that a page does not share its calls out.
 */
function* runStep(
  where: string,
  model: TrainedModel,
  rows: () => PlannedStep,
  batch: ReadyBatch,
): Resumable<Measured[]> {
  const { plan, resultOf } = rows();
  const data = dataOf(batch).map(asTensor);
  // Of tensors of the same memory, as the caller may dispose theirs meanwhile.
  const inputs = [...data, ...data.map(({ mask }) => mask)].flatMap((x) => (x ? x.as(x.shape).buffer : []));
  const state = () => [model.needCompiled(where), ...plan.sources.map(({ root }) => root.version)];
  const before = state();
  let result!: StepResult;
  try {
    yield* runPlan(plan, inputs, (rest) => {
      if (!sameItems(state(), before)) throw changed;
      result = resultOf(rest());
      model.needCompiled(where).optimizer.apply(result.grads);
    });
  } catch (error) {
    throw isUsable(plan) ? error : changed;
  }
  return result.measured;
}

let last: Promise<unknown> = Promise.resolve();

/** Runs steps one after the other, as each begins with the weights that the one before made. */
function inTurn<T>(step: () => Promise<T>): Promise<T> {
  const result = last.then(step);
  last = result.catch(() => {});
  return result;
}
