/**
 * The plans of the steps of training of a model. A step for data of a shape records what layers, loss, metrics and backward
 * pass do, and runs these rows; the second one, too. If both recordings are the same, the next ones run the rows without
 * calling the layers. The optimizer is no part of the rows: what it does depends on the number of the step, on schedules and
 * on what callbacks set.
 */
import { type Gradients, valueAndGrad } from "../autograd/gradients.js";
import { sameItems } from "../derived.js";
import type { Measured } from "../metric.js";
import { writesLast } from "../plan/last.js";
import { type Plan, planOf } from "../plan/plan.js";
import { hasSideEffects, isUsable, keyOf, mostPlans, stateOf, textsOf } from "../plan/plans.js";
import { record } from "../plan/recorder.js";
import { numDrawn } from "../random.js";
import { type Tensor, Variable } from "../tensor.js";
import { tensorsOf } from "./averages.js";
import { isOwnLayer, isRecordable } from "./ownCode.js";
import type { TrainedModel } from "./trainedModel.js";

/** Computes loss and metrics of inputs, targets and weights of samples, which are in one list. */
type Measure = (data: Tensor[]) => Measured[];

/** What a step measured, and the gradients of the weights that it trains. */
export interface StepResult {
  readonly measured: Measured[];
  readonly grads: Gradients;
}

/** What a plan depends on of the data. */
type Given = Pick<Tensor, "shape" | "mask" | "backend" | "dtype"> & Partial<Pick<Tensor, "logits">>;

/** A step as rows. */
export interface PlannedStep {
  readonly plan: Plan;
  /** Gives the result from the outputs of the plan. */
  readonly resultOf: (outputs: readonly Tensor[]) => StepResult;
}

/** What is known of data of one shape. */
interface Known {
  step?: PlannedStep | undefined;
  /** The texts of what the step was made of, until a second recording was the same. */
  first?: readonly string[] | undefined;
  /** Whether recordings do not show all that the step needs. */
  isOdd?: boolean;
}

/** Computes a step layer by layer, up to the gradients. */
export function computeStep(measure: () => Measured[], weights: readonly Tensor[]): StepResult {
  let measured: Measured[] = [];
  const { grads } = valueAndGrad(() => tensorsOf((measured = measure())), weights)();
  return { measured, grads };
}

/** The plans of the steps of a model, for the shapes of the data that were used last. */
export class StepPlans {
  readonly #known = new Map<string, Known>();
  /** What the plans were made for: losses and metrics, layers with their options, weights. */
  #state: readonly unknown[] = [];
  #isOwn: boolean | undefined;
  #isRecordable: boolean | undefined;

  constructor(private readonly model: TrainedModel) {}

  /**
   * Gives what gives the rows of a step; undefined where it is to be computed layer by layer.
   * @param data inputs, targets and weights of samples.
   * @param trusts whether code of users may be recorded.
   */
  rowsFor(where: string, data: readonly Given[], measure: Measure, trusts: boolean): (() => PlannedStep) | undefined {
    const known = this.#known;
    const state = this.#stateFor(where, data);
    if (!sameItems(this.#state, state)) {
      known.clear();
      this.#isOwn = this.#isRecordable = undefined;
      this.#state = state;
    }
    this.#isOwn ??= this.model.needCompiled(where).isOwnCode && isOwnLayer(this.model);
    this.#isRecordable ??= isRecordable(this.model);
    if (!this.#isRecordable || !(trusts || this.#isOwn) || !data.every(isPlain)) return undefined;
    const key = keyOf(data);
    const found = known.get(key) ?? {};
    known.delete(key); // and to the end of the map: the first one was not used for the longest time
    known.set(key, found);
    // Where shapes change all the time, only those that come again are worth a plan.
    const isRare = known.size > mostPlans;
    if (isRare) known.delete(known.keys().next().value!);
    return isRare || found.isOdd ? undefined : () => this.#stepFor(where, found, data, measure);
  }

  /** Gives the rows of a step, which are recorded unless they are known already. They may be for one run only. */
  #stepFor(where: string, known: Known, data: readonly Given[], measure: Measure): PlannedStep {
    if (known.step && !isUsable(known.step.plan)) known.step = known.first = undefined;
    if (known.step && !known.first) return known.step;
    const before = numDrawn;
    const { step, texts } = recorded(data, measure, this.model.trainableWeights);
    const isSame = !known.first || !texts || sameItems(texts, known.first);
    const isOdd = numDrawn > before || !isSame || !sameItems(this.#state, this.#stateFor(where, data));
    if (isOdd) known.isOdd = true;
    else [known.step, known.first] = [texts && step, known.first ? undefined : texts];
    return step;
  }

  #stateFor(where: string, data: readonly Given[]): unknown[] {
    const { model } = this;
    // What `fit` itself and callbacks set is no option.
    const { history: _, stopTraining: __, ...fields } = model;
    const weights = model.trainableWeights;
    const others = [model.needCompiled(where), ...weights, ...weights.map(({ regularizer }) => regularizer)];
    return stateOf(model, [...others, ...data.map(({ backend }) => backend)], Object.values(fields));
  }
}

/** Records a step. Without texts it does more than its rows show. */
function recorded(
  data: readonly Given[],
  measure: Measure,
  weights: readonly Tensor[],
): { step: PlannedStep; texts: readonly string[] | undefined } {
  let measured: Measured[] = [];
  const work = (tensors: Tensor[]) => {
    const result = computeStep(() => measure(tensors), weights);
    ({ measured } = result);
    return [...tensorsOf(measured), ...result.grads];
  };
  const shapes = data.map(({ shape }) => shape);
  const masks = data.map(({ mask }) => mask?.shape);
  const recording = record(data[0].backend, shapes, masks, work, true);
  const tensors = tensorsOf(measured);
  const resultOf = (outputs: readonly Tensor[]): StepResult => ({
    // Parts that are numbers depend on the shapes alone.
    measured: measured.map(({ parts, start }) => ({ start, parts: parts.map((x) => outputs[tensors.indexOf(x as Tensor)] ?? x) })), // prettier-ignore
    grads: Object.assign(outputs.slice(tensors.length), { weights }),
  });
  const plan = planOf({ ...recording, rows: writesLast(recording.rows) }, undefined, Infinity);
  const texts = hasSideEffects(recording) ? undefined : textsOf(recording);
  return { step: { plan, resultOf }, texts };
}

/** Whether a recording shows all of a tensor that is given: it is no weight, and only numbers. */
const isPlain = (x: Given): boolean => !(x instanceof Variable) && !x.logits && x.dtype === "float32";
