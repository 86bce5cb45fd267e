// The fused recurrences against the same cell made of ordinary ops: forward, and every gradient.
import { expect, test } from "vitest";
import { valueAndGrad } from "../../src/autograd.js";
import { getBackend } from "../../src/backend.js";
import {
  add,
  composedLstm,
  conv2d,
  convLstm2d,
  dense,
  lstm,
  matMul,
  multiply,
  reshape,
  sigmoid,
  stack,
  sum,
  tanh,
} from "../../src/ops/index.js";
import { type LstmResult, type LstmState, projectFrames } from "../../src/ops/lstm.js";
import { batchMajor, timeMajor } from "../../src/ops/timeMajor.js";
import type { WindowOptions } from "../../src/shape.js";
import { tensor, type Tensor, Variable } from "../../src/tensor.js";
import { forEachTile, withReference64 } from "../support/builds.js";
import { numbers } from "../support/cases/case.js";

interface Weights {
  x: Variable;
  kernel: Variable;
  recurrentKernel: Variable;
  bias: Variable | undefined;
  initial: { h: Variable; c: Variable } | undefined;
}
type Form = (w: Weights) => LstmResult;

interface Setting {
  name: string;
  shapes: { x: number[]; kernel: number[]; recurrentKernel: number[]; state: number[] };
  fused: (w: Weights, sequences: boolean) => LstmResult;
  composed: (w: Weights, sequences: boolean) => LstmResult;
}

const gates = { activation: tanh, recurrentActivation: sigmoid };
const batchFirst = ({ hs, h, c }: LstmResult): LstmResult => ({ hs: hs && batchMajor(hs), h, c });

function denseSetting(batch: number, steps: number, inputs: number, units: number): Setting {
  return {
    name: `lstm [${batch}, ${steps}, ${inputs}], ${units} units`,
    shapes: {
      x: [batch, steps, inputs],
      kernel: [inputs, 4 * units],
      recurrentKernel: [units, 4 * units],
      state: [batch, units],
    },
    fused: ({ x, kernel, recurrentKernel, bias, initial }, sequences) =>
      lstm(x, kernel, recurrentKernel, bias, sequences, initial),
    composed: ({ x, kernel, recurrentKernel, bias, initial }, sequences) => {
      const z = reshape(dense(timeMajor(x), kernel, bias), [steps, batch, 4 * units]);
      const cell = { ...gates, project: (h: Tensor) => matMul(h, recurrentKernel) };
      return batchFirst(composedLstm(z, cell, sequences, initial));
    },
  };
}

function convSetting(
  x: [batch: number, steps: number, height: number, width: number, channels: number],
  kernelSize: [number, number],
  filters: number,
  map: [height: number, width: number],
  window: WindowOptions,
): Setting {
  return {
    name: `convLstm2d [${x}], ${filters} filters of ${kernelSize}, ${JSON.stringify(window)}`,
    shapes: {
      x,
      kernel: [...kernelSize, x[4], 4 * filters],
      recurrentKernel: [...kernelSize, filters, 4 * filters],
      state: [x[0], ...map, filters],
    },
    fused: ({ x, kernel, recurrentKernel, bias, initial }, sequences) =>
      convLstm2d(x, kernel, recurrentKernel, bias, { ...window, sequences, initial }),
    composed: ({ x, kernel, recurrentKernel, bias, initial }, sequences) => {
      const z = projectFrames(x, kernel, bias, window);
      const cell = { ...gates, project: (h: Tensor) => conv2d(h, recurrentKernel, { padding: "same" }) };
      return batchFirst(composedLstm(z, cell, sequences, initial));
    },
  };
}

const settings = [
  ...[1, 2, 3, 4].map((steps) => denseSetting(2, steps, 5, 3)),
  denseSetting(1, 3, 1, 1),
  denseSetting(3, 2, 4, 17),
  ...[1, 2, 3, 4].map((steps) => convSetting([2, steps, 4, 5, 3], [3, 3], 2, [4, 5], { padding: "same" })),
  convSetting([1, 3, 5, 4, 2], [3, 2], 5, [3, 3], { padding: "valid" }),
  convSetting([2, 2, 7, 6, 2], [3, 3], 4, [4, 3], { padding: "same", strides: 2 }),
  convSetting([1, 2, 7, 6, 1], [2, 3], 8, [3, 4], { strides: [2, 1] }),
  convSetting([1, 3, 7, 8, 2], [3, 3], 3, [3, 4], { dilation: 2 }),
  convSetting([1, 2, 4, 4, 2], [1, 1], 4, [4, 4], {}),
];

const product = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

function makeWeights({ shapes }: Setting, withBias: boolean, withInitial: boolean): Weights {
  const filled = (name: string, shape: number[], seed: number, scale: number) =>
    new Variable(name, shape).assign(numbers(product(shape), seed, scale));
  const gateCount = shapes.kernel.at(-1)!;
  return {
    x: filled("x", shapes.x, 1, 1),
    kernel: filled("kernel", shapes.kernel, 2, 0.7),
    recurrentKernel: filled("recurrentKernel", shapes.recurrentKernel, 3, 0.7),
    bias: withBias ? filled("bias", [gateCount], 4, 0.5) : undefined,
    initial: withInitial ? { h: filled("h", shapes.state, 5, 1), c: filled("c", shapes.state, 6, 1) } : undefined,
  };
}

const listed = ({ x, kernel, recurrentKernel, bias, initial }: Weights): Variable[] =>
  [x, kernel, recurrentKernel, bias, initial?.h, initial?.c].filter((w) => w !== undefined);

/** All results and all gradients of their weighted sum, by name. */
async function everything(form: Form, weights: Weights): Promise<Map<string, ArrayLike<number>>> {
  const list = listed(weights);
  const { value, grads } = valueAndGrad(() => {
    const { hs, h, c } = form(weights);
    const outputs = [hs, h, c].filter((y) => y !== undefined);
    const terms = outputs.map((y, i) => sum(multiply(y, tensor(numbers(y.size, 10 + i), y.shape))));
    return [terms.reduce((a, b) => add(a, b)), ...outputs];
  }, list)();
  const read = new Map<string, ArrayLike<number>>();
  for (const [i, y] of value.entries()) read.set(`result ${i} [${y.shape}]`, await y.data());
  for (const [i, g] of grads.entries()) read.set(`gradient of ${list[i].name} [${g.shape}]`, await g.data());
  [...value, ...grads].forEach((x) => x.dispose());
  return read;
}

/** max |a - b| / max |b|. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const largest = (values: number[]) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(Array.from(a, (value, i) => value - b[i])) / largest(Array.from(b));
}

function agree(bound: number): void {
  test.each(settings)("$name", async (setting) => {
    const held = getBackend().memory().buffers;
    for (const sequences of [true, false]) {
      for (const withBias of [true, false]) {
        for (const withInitial of [true, false]) {
          const weights = makeWeights(setting, withBias, withInitial);
          const fused = await everything((w) => setting.fused(w, sequences), weights);
          const composed = await everything((w) => setting.composed(w, sequences), weights);
          expect([...fused.keys()]).toEqual([...composed.keys()]);
          for (const [name, values] of fused) {
            const exact = composed.get(name)!;
            // One step from zeros does not see the recurrent kernel: its gradient is 0 both ways.
            const bothZero = [...Array.from(values), ...Array.from(exact)].every((value) => value === 0);
            if (bothZero) expect(name).toContain("recurrentKernel");
            else expect(relativeError(values, exact), name).toBeLessThan(bound);
          }
          listed(weights).forEach((w) => w.dispose());
        }
      }
    }
    expect(getBackend().memory().buffers).toBe(held);
  });

  test("without a tape: the same states, and no intermediate tensors stay", async () => {
    for (const setting of settings.slice(2, 9)) {
      const weights = makeWeights(setting, true, true);
      const held = getBackend().memory().buffers;
      const { hs, h, c } = setting.fused(weights, true);
      expect(getBackend().memory().buffers - held).toBe(3);
      const expected = await everything((w) => setting.fused(w, true), weights);
      const results = [...expected.entries()].filter(([name]) => name.startsWith("result")).slice(1);
      for (const [i, y] of [hs!, h, c].entries()) expect([...(await y.data())]).toEqual(Array.from(results[i][1]));
      [hs!, h, c, ...listed(weights)].forEach((x) => x.dispose());
    }
  });

  test("a sequence in two parts, the second of which starts with the state of the first", async () => {
    const setting = denseSetting(2, 1, 5, 3);
    const weights = makeWeights(setting, true, false);
    const frames = [1, 2].map((seed) => tensor(numbers(10, seed), [2, 1, 5]));
    const both = stack([reshape(frames[0], [2, 5]), reshape(frames[1], [2, 5])], 1);
    const run = (x: Tensor, initial?: LstmState) =>
      lstm(x, weights.kernel, weights.recurrentKernel, weights.bias, false, initial);
    const first = run(frames[0]);
    const second = run(frames[1], first);
    const whole = run(both);
    expect(relativeError(await second.h.data(), await whole.h.data())).toBeLessThan(bound);
    expect(relativeError(await second.c.data(), await whole.c.data())).toBeLessThan(bound);
    for (const state of [first, second, whole]) [state.h, state.c].forEach((x) => x.dispose());
    [...frames, both, ...listed(weights)].forEach((x) => x.dispose());
  });
}

withReference64(() => agree(1e-12));
forEachTile(() => agree(1e-5));
