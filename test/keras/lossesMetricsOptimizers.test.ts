// Losses, metrics and optimizers against real Keras. See fixtures/README.md.
import { afterAll, describe, expect } from "vitest";
import {
  add,
  losses,
  metrics,
  multiply,
  type NestedArray,
  scope,
  sum,
  valueAndGrad,
  Variable,
} from "../../src/index.js";
import type { Loss } from "../../src/losses.js";
import type { Metric } from "../../src/metrics.js";
import type { Optimizer } from "../../src/optimizers.js";
import { forEachBuild } from "../support/builds.js";
import {
  api,
  expectNumbers,
  expectTensor,
  loadCases,
  printWorst,
  type Stored,
  testEach,
  toTensor,
} from "../support/keras.js";
import { type Spec, values } from "../support/hash.js";

const bound = 1e-5;

/** KLDivergence to klDivergence. */
const functionName = (name: string): string =>
  name.replace(/^[A-Z]+(?=[A-Z])|^[A-Z]/, (capitals) => capitals.toLowerCase());

/** By name from the table; made with its options where there are any. */
const choose = (table: object, name: string, options: object): unknown =>
  Object.keys(options).length > 0 ? api[name](options) : (table as Record<string, unknown>)[functionName(name)];

interface LossCase {
  name: string;
  loss: string;
  options: object;
  target: Spec | NestedArray;
  prediction: Spec | NestedArray;
  sampleWeight?: NestedArray;
  value: number;
  gradient: Stored;
}

async function lossAndGradient(given: LossCase): Promise<void> {
  const loss = choose(losses, given.loss, given.options) as Loss;
  const [target, prediction] = [toTensor(given.target), toTensor(given.prediction)];
  const weight = given.sampleWeight && toTensor(given.sampleWeight);
  const { value, grads } = scope(() => valueAndGrad(() => loss(target, prediction, weight), [prediction])());
  expectNumbers("loss", given.name, await value.data(), [given.value], bound);
  await expectTensor("gradient of a loss", given.name, grads[0], given.gradient, bound);
}

interface MetricCase {
  name: string;
  metric: string;
  options: object;
  target: Spec | NestedArray;
  prediction: Spec | NestedArray;
  value: number;
}

async function metric(given: MetricCase): Promise<void> {
  const measure = choose(metrics, given.metric, given.options) as Metric;
  const [value] = await measure(toTensor(given.target), toTensor(given.prediction)).data();
  expect(value).toBeCloseTo(given.value, 6);
}

interface OptimizerCase {
  name: string;
  optimizer: string;
  options: object;
  variables: Spec[];
  gradients: Spec[][];
  after: Stored[];
}

/** The gradient of sum(w * g) to w is g: so gradients come to the optimizer as in any training loop. */
async function sixSteps(given: OptimizerCase): Promise<void> {
  const variables = given.variables.map((spec, i) => new Variable(`variable ${i}`, spec.shape).assign(values(spec)));
  const optimizer = api[given.optimizer](given.options) as Optimizer;
  for (const step of given.gradients) {
    scope(() => {
      const gs = step.map(toTensor);
      const loss = () => variables.map((w, i) => sum(multiply(w, gs[i]))).reduce((total, term) => add(total, term));
      optimizer.apply(valueAndGrad(loss, variables)().grads);
    });
  }
  for (const [i, w] of variables.entries()) await expectTensor("variable", given.name, w, given.after[i], bound);
}

forEachBuild(() => {
  describe("loss", () => testEach(loadCases<LossCase>("losses"), lossAndGradient));
  describe("metric", () => testEach(loadCases<MetricCase>("metrics"), metric));
  describe("optimizer", () => testEach(loadCases<OptimizerCase>("optimizers"), sixSteps));
  afterAll(printWorst);
});
