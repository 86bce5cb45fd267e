// Every optimizer and schedule of Keras: ten steps, rates, and files whose training goes on. See test/fixtures/README.md.
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect } from "vitest";
import { loadModel, saveModel } from "../../src/formats/index.js";
import { add, multiply, scope, sum, tensor, valueAndGrad, Variable } from "../../src/index.js";
import { extensionOf } from "../../src/optimizers/extension.js";
import type { Optimizer, Schedule } from "../../src/optimizers/index.js";
import { schedules } from "../../src/optimizers/table.js";
import { forEachBuild } from "../support/builds.js";
import { type Spec, values } from "../support/hash.js";
import {
  api,
  decode,
  expectNumbers,
  expectTensor,
  loadCases,
  printWorst,
  type Stored,
  testEach,
  toTensor,
} from "../support/keras.js";

const bound = 1e-5;

interface ScheduleCase {
  name: string;
  schedule: string;
  options: object;
  steps: number[];
  rates: number[];
}

async function ratesOf({ name, schedule, options, steps, rates }: ScheduleCase): Promise<void> {
  const rate = schedules[schedule](options as never);
  expectNumbers("rate", name, steps.map(rate), rates, 1e-6);
}

interface OptimizerCase {
  name: string;
  optimizer: string;
  options: Record<string, unknown>;
  variables: Spec[];
  gradients: Spec[][];
  after: Stored[];
}

/** The options with schedules in place of their descriptions. */
const withSchedules = (options: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]): [string, unknown] => {
      const { schedule, options: own } = Object(value) as { schedule?: string; options: never };
      return [name, schedule === undefined ? value : (schedules[schedule](own) satisfies Schedule)];
    }),
  );

/** Compares variables, and their averages where the optimizer keeps them. */
async function expectAfter(given: OptimizerCase, optimizer: Optimizer, variables: Variable[]): Promise<void> {
  const averages = variables.map((w) => optimizer.slots.get(w)![optimizer.slotNames.indexOf("average")]);
  const all = optimizer.slotNames.includes("average") ? [...variables, ...averages] : variables;
  expect(given.after).toHaveLength(all.length);
  for (const [i, w] of all.entries()) await expectTensor("variable", given.name, w, given.after[i], bound);
}

const variablesOf = (given: OptimizerCase) =>
  given.variables.map((spec, i) => new Variable(`variable ${i}`, spec.shape).assign(values(spec)));

/** The gradient of sum(w * g) to w is g: so gradients come to the optimizer as in any training loop. */
async function tenSteps(given: OptimizerCase): Promise<void> {
  const variables = variablesOf(given);
  const optimizer = api[given.optimizer](withSchedules(given.options)) as Optimizer;
  for (const step of given.gradients) {
    scope(() => {
      const gs = step.map(toTensor);
      const loss = () => variables.map((w, i) => sum(multiply(w, gs[i]))).reduce((total, term) => add(total, term));
      optimizer.apply(valueAndGrad(loss, variables)().grads);
    });
  }
  await expectAfter(given, optimizer, variables);
}

interface ScaledCase extends OptimizerCase {
  /** What one element is in some steps. */
  odd: Record<number, string>;
  /** After each step: updates, the scale, and the steps since it was changed. */
  states: number[][];
}

async function scaledSteps(given: ScaledCase): Promise<void> {
  const variables = variablesOf(given);
  const optimizer = api[given.optimizer](withSchedules(given.options)) as Optimizer;
  for (const [t, step] of given.gradients.entries()) {
    const data = step.map((spec) => Float32Array.from(values(spec)));
    if (given.odd[t]) data[t % data.length][0] = Number(given.odd[t]);
    optimizer.apply(
      step.map(({ shape }, i) => tensor(data[i], shape)),
      variables,
    );
    const { lossScale, every } = extensionOf(optimizer)!;
    await lossScale!.settled;
    const { scale, steps } = lossScale!.state;
    expect([Math.floor(optimizer.iterations / every), scale, steps], `step ${t}`).toEqual(given.states[t]);
  }
  await expectAfter(given, optimizer, variables);
}

interface FileCase {
  name: string;
  x: Stored;
  y: Stored;
  files: Record<string, string>;
  losses: number[];
  after: Stored;
}

/** Training goes on from each file, and from what we write of it in both formats. */
async function filesGoOn({ name, x, y, files, losses, after }: FileCase): Promise<void> {
  for (const [ending, text] of Object.entries(files)) {
    const bytes = new Uint8Array(gunzipSync(Buffer.from(text, "base64")));
    const first = await loadModel(bytes, { compile: "required" });
    const writes = ending === ".keras";
    const ours = writes && {
      ours: await saveModel(first),
      theirs: await saveModel(first, undefined, { format: "keras" }),
    };
    for (const [what, file] of Object.entries({ [ending]: bytes, ...ours })) {
      const model = await loadModel(file, { compile: "required" });
      const seen: number[] = [];
      for (let i = 0; i < losses.length; i++) seen.push((await model.trainOnBatch(decode(x), decode(y))).loss);
      expectNumbers("loss", `${name} ${what}`, seen, losses, bound);
      await expectTensor("prediction", `${name} ${what}`, await model.predict(decode(x)), after, bound);
    }
  }
}

forEachBuild(() => {
  describe("ten steps", () => testEach(loadCases<OptimizerCase>("moreOptimizers"), tenSteps));
  describe("a growing scale of the loss", () => testEach(loadCases<ScaledCase>("lossScales"), scaledSteps));
  afterAll(printWorst);
});
describe("schedule", () => testEach(loadCases<ScheduleCase>("schedules"), ratesOf));
describe("a file", () => testEach(loadCases<FileCase>("optimizerFiles"), filesGoOn));
