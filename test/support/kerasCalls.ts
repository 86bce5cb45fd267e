// A layer that is called once or more, differentiated and trained for three steps, against real Keras: see
// test/fixtures/calls.py.
import { afterAll, describe, expect } from "vitest";
import { add, Input, Model, multiply, scope, sum, type Tensor, tensor, valueAndGrad } from "../../src/index.js";
import type { CallOptions, OneOrMany, SymbolicTensor } from "../../src/layer.js";
import { forEachBuild } from "./builds.js";
import { type AnyLayer, type AnyModel, api, buildLayer, loadCases, type Node, type Stored } from "./keras.js";
import { expectNumbers, expectTensor, host, printWorst, testEach, toTensor } from "./keras.js";
import type { Spec } from "./hash.js";

const forwardBound = 1e-5;
const gradientBound = 1e-4;
const trainingBound = 1e-4;

/** One call: masks are nested 0 and 1; `reset` is resetStates() before it. */
interface RecordedCall {
  inputs: Spec[];
  mask?: number[][];
  initialState?: Spec[];
  training?: boolean;
  reset?: boolean;
  /** The mask of each input, or null; of pairs of steps; other options of the call. */
  masks?: (number[][] | null)[];
  attentionMask?: number[][][];
  flags?: Record<string, boolean>;
  outputs: Stored[];
  cotangents?: Spec[];
}

interface CallCase extends Node {
  name: string;
  /** False for layers that must know the batch size (stateful): they are built by a call. */
  symbolic?: boolean;
  weights: (Spec & { name: string; initial?: number[] })[];
  calls: RecordedCall[];
  weightsAfter?: Stored[];
  /** The gradients of the first call's sum(output * cotangent): for its inputs unless they are whole numbers, its states, the weights. */
  gradients?: Stored[];
  training?: { optimizer: { name: string; options: object }; target: Spec; losses: number[]; weights?: Stored[] };
}

const oneOrMany = <T>(list: T[]): OneOrMany<T> => (list.length === 1 ? list[0] : list);
/** Outputs and states as one list, however deep they are nested (StackedRNNCells). */
const flat = <T>(result: OneOrMany<T>): T[] => (Array.isArray(result) ? (result.flat(Infinity) as T[]) : [result]);
const symbols = (given: CallCase): SymbolicTensor[] =>
  given.calls[0].inputs.map(({ shape }) => Input({ shape: shape.slice(1) }));
const resetStates = (layer: AnyLayer): void => (layer as unknown as { resetStates?(): void }).resetStates?.();

function callLayer(layer: AnyLayer, call: RecordedCall, xs: Tensor[], states: Tensor[]): Tensor[] {
  const options: Record<string, unknown> = { ...call.flags };
  if (call.masks) options.mask = call.masks.map((mask) => (mask ? tensor(mask) : undefined));
  if (call.attentionMask) options.attentionMask = tensor(call.attentionMask);
  if (call.training) options.training = true;
  if (call.mask) options.mask = tensor(call.mask);
  if (states.length > 0) options.initialState = states;
  return flat(layer(oneOrMany(xs), options as CallOptions));
}

/** Makes the layer with weights by formula, and the output shapes that it computes, if it can before a call. */
async function start(given: CallCase): Promise<AnyLayer> {
  const layer = await buildLayer(given);
  const [{ inputs, outputs }] = given.calls;
  if (given.symbolic === false) {
    layer(oneOrMany(inputs.map(toTensor)));
    resetStates(layer);
  } else {
    const computed = flat(layer(oneOrMany(symbols(given)), given.calls[0].flags));
    expect(computed.map((y) => y.shape.slice(1))).toEqual(outputs.map((y) => y.shape.slice(1)));
  }
  const initial = await layer.getWeights();
  expect(initial.map((w) => w.shape)).toEqual(given.weights.map((w) => w.shape));
  given.weights.forEach((w, i) => {
    if (w.initial) expect([...initial[i].data], `first values of ${w.name}`).toEqual(w.initial);
  });
  layer.setWeights(given.weights.map(host));
  return layer;
}

async function forward(given: CallCase): Promise<void> {
  const layer = await start(given);
  for (const call of given.calls) {
    if (call.reset) resetStates(layer);
    const ys = callLayer(layer, call, call.inputs.map(toTensor), (call.initialState ?? []).map(toTensor));
    expect(ys.length).toBe(call.outputs.length);
    for (const [i, y] of ys.entries()) await expectTensor("output", given.name, y, call.outputs[i], forwardBound);
  }
  const after = await layer.getWeights();
  for (const [i, w] of given.weightsAfter?.entries() ?? []) {
    await expectTensor("weight after training", given.name, after[i], w, forwardBound);
  }
}

async function gradients(given: CallCase): Promise<void> {
  const layer = await start(given);
  const [call] = given.calls;
  const xs = call.inputs.map(toTensor);
  const states = (call.initialState ?? []).map(toTensor);
  const cotangents = call.cotangents!.map(toTensor);
  const loss = (): Tensor =>
    callLayer(layer, call, xs, states)
      .map((y, i) => sum(multiply(y, cotangents[i])))
      .reduce((total, term) => add(total, term));

  const whole = call.inputs.some((x) => x.integer);
  const wanted = [...(whole ? [] : xs), ...states, ...layer.trainableWeights];
  expect(wanted.length).toBe(given.gradients!.length);
  const grads = scope(() => valueAndGrad(loss, wanted)().grads);
  for (const [i, d] of grads.entries()) {
    await expectTensor("gradient", given.name, d, given.gradients![i], gradientBound);
  }
}

/** Mean squared error of a model that consists of this layer. */
async function training(given: CallCase): Promise<void> {
  const { optimizer, target, losses, weights } = given.training!;
  const layer = await buildLayer(given);
  const inputs = oneOrMany(symbols(given));
  const model: AnyModel = Model({ inputs, outputs: layer(inputs as SymbolicTensor) as SymbolicTensor });
  model.setWeights(given.weights.map(host));
  model.compile({
    optimizer: api[optimizer.name](optimizer.options),
    loss: "meanSquaredError",
  } as Parameters<AnyModel["compile"]>[0]);
  const [x, y] = [oneOrMany(given.calls[0].inputs.map(toTensor)), toTensor(target)];
  const got: number[] = [];
  for (let step = 0; step < losses.length; step++) got.push((await model.trainOnBatch(x, y)).loss);
  expectNumbers("losses", given.name, got, losses, trainingBound);
  const after = await layer.getWeights();
  for (const [i, w] of weights?.entries() ?? []) {
    await expectTensor("trained weight", given.name, after[i], w, trainingBound);
  }
}

/** The tests of a fixture file: `forward`, `gradients` and `three steps`, each under the name of its case. */
export function testCalls(file: string): void {
  const cases = loadCases<CallCase>(file);
  forEachBuild(() => {
    describe(`${file} as in Keras`, () => {
      const group = (name: string, some: CallCase[], run: (given: CallCase) => Promise<void>) => {
        if (some.length > 0) describe(name, () => testEach(some, run));
      };
      group("forward", cases, forward);
      group("gradients", cases.filter((given) => given.gradients), gradients); // prettier-ignore
      group("three steps", cases.filter((given) => given.training), training); // prettier-ignore
    });
    afterAll(printWorst);
  });
}
