// Which data fit, evaluate and predict accept, what they print, and what they refuse.
import { beforeAll, describe, expect, test, vi } from "vitest";
import { memory, setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import { Dense } from "../../src/layers/dense.js";
import { Input } from "../../src/layers/input.js";
import { LSTM } from "../../src/layers/lstm.js";
import { Model, Sequential } from "../../src/model.js";
import { SGD } from "../../src/optimizers/index.js";
import { setSeed } from "../../src/random.js";
import { tensor } from "../../src/tensor.js";
import type { Batch } from "../../src/training.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));

/** y = w x + b from 0. */
function line(options: object = {}) {
  const x = Input({ shape: [1], name: "x" });
  const output = Dense({ units: 1, kernelInitializer: "zeros", name: "y" })(x);
  const model = Model({ inputs: x, outputs: output, name: "line" });
  model.compile({ optimizer: SGD({ learningRate: 0.125 }), loss: "mse", ...options });
  return model;
}

const xs = [0.5, -1, 2, 0.25, -0.75, 1];
const ys = xs.map((x) => 2 * x - 1);
const nested = (values: readonly number[]) => values.map((value) => [value]);
const column = (values: readonly number[]) => ({ data: Float32Array.from(values), shape: [values.length, 1] });
const quiet = { verbose: 0 } as const;
const weightsOf = async (model: ReturnType<typeof line>) =>
  (await model.getWeights()).flatMap(({ data }) => [...data] as number[]);

describe("samples", () => {
  test("may be tensors, values with a shape, typed arrays and nested arrays: the same numbers", async () => {
    const forms = [
      [nested(xs), ys],
      [column(xs), column(ys)],
      [{ data: xs, shape: [6, 1] }, Float64Array.from(ys)],
      [tensor(xs, [6, 1]), tensor(ys)],
      [[column(xs)], [column(ys)]],
    ] as const;
    const results: number[][] = [];
    for (const [x, y] of forms) {
      const model = line();
      await model.fit(x, y, { batchSize: 4, shuffle: false, ...quiet });
      await model.trainOnBatch(x, y);
      const { loss } = await model.evaluate(x, y);
      const predictions = await model.predict(x, { batchSize: 4 });
      results.push([...(await weightsOf(model)), loss, ...(await predictions.data())]);
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  test("whole numbers and bytes are fine", async () => {
    const model = line();
    const bytes = { data: Uint8Array.from([1, 2, 3]), shape: [3, 1] };
    const { loss } = await model.evaluate(bytes, Int32Array.from([1, 2, 3]), { batchSize: 2 });
    expect(loss).toBeCloseTo(14 / 3, 12);
    const { history } = await model.fit(bytes, bytes, { batchSize: 3, seed: 1, ...quiet });
    expect(history.loss[0]).toBeCloseTo(14 / 3, 12);
  });

  test.each([
    ["targets are fewer", () => [column(xs), column([1])], /6 samples in the inputs, 1 in the targets \[1, 1\]/],
    ["targets are missing", () => [column(xs), undefined], /received no targets/],
    ["there are no samples", () => [column([]), column([])], /received no samples/],
    ["an input is a word", () => ["clips", column(ys)], /received "clips" as inputs; expected a tensor/],
    [
      "inputs are too many",
      () => [[column(xs), column(xs)], column(ys)],
      /received 2 arrays as inputs; the model has 1/,
    ],
    [
      "values do not fill the shape",
      () => [{ data: [1, 2, 3], shape: [2, 1] }, [1, 2]],
      /3 values do not fill \[2, 1\]/,
    ],
    [
      "rows differ",
      () => [
        [[1], [2, 3]],
        [1, 2],
      ],
      /a row of 2 at depth 0; expected numbers in rows of equal length and depth/,
    ],
    [
      "an input has another shape",
      () => [{ data: xs, shape: [3, 2] }, [1, 2, 3]],
      /expected \[null, 1\], received \[3, 2\]/,
    ],
    [
      "a target has another shape",
      () => [column(xs), { data: [...ys, ...ys], shape: [6, 2] }],
      /\[6, 2\] against outputs \[6, 1\]/,
    ],
  ])("are refused where %s", async (_name, data, message) => {
    const [x, y] = data() as unknown as [number[], number[]];
    await expect(line().fit(x, y, quiet)).rejects.toThrow(message);
  });

  test.each([
    [{ batch_size: 3 }, 'unknown option "batch_size"; did you mean "batchSize"?'],
    [{ batchSize: 0 }, "batchSize 0; expected a whole number from 1."],
    [{ validationSplit: 1 }, "validationSplit 1; expected a number from 0, below 1."],
    [{ validationSplit: 0.9 }, /validationSplit 0.9 of 6 samples leaves 0 to train on/],
    [
      { classWeight: { 0: 1 }, sampleWeight: ys },
      /classWeight goes with one output and without sampleWeight; weigh the samples/,
    ],
  ])("options %o are looked at", async (options, message) => {
    await expect(line().fit(column(xs), column(ys), { ...quiet, ...options })).rejects.toThrow(message);
  });
});

describe("batches", () => {
  const batch = (from: number, to: number): Batch => [column(xs.slice(from, to)), column(ys.slice(from, to))];
  const all = [batch(0, 2), batch(2, 4), batch(4, 6)];
  function* generator() {
    yield* all;
  }
  async function* later() {
    for (const one of all) yield await Promise.resolve(one);
  }

  test("from lists, iterables and functions, synchronous or not, give the same as samples in that order", async () => {
    const model = line();
    await model.fit(column(xs), column(ys), { batchSize: 2, epochs: 2, shuffle: false, ...quiet });
    const wanted = await weightsOf(model);
    const evaluated = (await model.evaluate(column(xs), column(ys))).loss;
    for (const source of [all, new Set(all), generator, later, () => all]) {
      const other = line();
      const validationData = Array.isArray(source) ? () => all : source;
      await other.fit(source, { epochs: 2, validationData, ...quiet });
      expect(await weightsOf(other)).toEqual(wanted);
      expect((await other.evaluate(source)).loss).toBeCloseTo(evaluated, 12);
      expect((await other.predict(source)).shape).toEqual([6, 1]);
      expect(other.history!.history.val_loss).toHaveLength(2);
    }
  });

  test("a third element holds sample weights", async () => {
    const { loss } = await line().evaluate([[column(xs), column(ys), [1, 0, 0, 0, 0, 0]]] as Batch[]);
    expect(loss).toBeCloseTo(ys[0] ** 2 / 6, 12);
  });

  test("with stepsPerEpoch an epoch continues where the last one ended, and starts again at the end of the data", async () => {
    const model = line({ optimizer: SGD({ learningRate: 0 }) });
    const losses = all.map(([, y]) => (y as { data: Float32Array }).data.reduce((sum, v) => sum + v * v, 0) / 2);
    const { history } = await model.fit(generator, { stepsPerEpoch: 2, epochs: 3, ...quiet });
    const wanted = [losses[0] + losses[1], losses[2] + losses[0], losses[1] + losses[2]].map((sum) => sum / 2);
    history.loss.forEach((loss, i) => expect(loss).toBeCloseTo(wanted[i], 12));
    const { history: once } = await model.fit(column(xs), column(ys), {
      batchSize: 2,
      stepsPerEpoch: 1,
      epochs: 3,
      shuffle: false,
      ...quiet,
    });
    once.loss.forEach((loss, i) => expect(loss).toBeCloseTo(losses[i], 12));
    expect((await model.evaluate(generator, { steps: 1 })).loss).toBeCloseTo(losses[0], 12);
  });

  test("a generator is read once: an endless one serves many epochs, one that ends too early is an error", async () => {
    const model = line();
    let closed = false;
    function* endless() {
      try {
        for (;;) yield all[0];
      } finally {
        closed = true;
      }
    }
    const { epoch } = await model.fit(endless(), { stepsPerEpoch: 5, epochs: 3, ...quiet });
    expect([epoch, closed]).toEqual([[0, 1, 2], true]);
    await expect(model.fit(generator(), { epochs: 2, ...quiet })).rejects.toThrow(
      'Functional "line".fit: there are no batches (left); a generator gives its batches once, so pass a function that makes one.',
    );
  });

  test("tensors in batches are not disposed", async () => {
    const pair = [tensor(xs, [6, 1]), tensor(ys, [6, 1])] as const;
    const model = line();
    await model.trainOnBatch(...pair);
    const { buffers } = memory();
    await model.fit([pair], { epochs: 3, ...quiet });
    await model.evaluate([pair]);
    expect([pair[0].isDisposed, pair[1].isDisposed, memory().buffers]).toEqual([false, false, buffers]);
  });

  test("fit throws an error that a generator throws", async () => {
    function* broken(): Generator<Batch> {
      yield all[0];
      throw new Error("disk full");
    }
    await expect(line().fit(broken, quiet)).rejects.toThrow("disk full");
  });

  test("are refused where something is missing or too much", async () => {
    const model = line();
    await expect(model.fit(all as never, column(ys), quiet)).rejects.toThrow(
      /targets and weights come with the batches; give \[x, y, sampleWeight\] there/,
    );
    await expect(model.fit(all, { validationSplit: 0.5, ...quiet })).rejects.toThrow(/validationSplit needs samples/);
    await expect(model.fit([[column(xs)]] as Batch[], quiet)).rejects.toThrow(/received no targets/);
    await expect(model.fit(() => [column(xs)] as unknown as Batch[], quiet)).rejects.toThrow(
      /a batch is Object; expected \[x, y\]/,
    );
  });
});

describe("the output of verbose", () => {
  const shown = async (run: () => Promise<unknown>): Promise<string[]> => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
    await run().finally(() => log.mockRestore());
    return lines;
  };

  test("one line for each epoch where the output is no terminal, none with verbose 0", async () => {
    const model = line({ metrics: ["mae"] });
    const fit = (verbose: 0 | 1 | 2) => shown(() => model.fit(column(xs), column(ys), { epochs: 2, verbose }));
    expect(await fit(0)).toEqual([]);
    for (const verbose of [1, 2] as const) {
      const lines = await fit(verbose);
      expect(lines).toHaveLength(2);
      expect(lines[1]).toMatch(/^Epoch 2\/2: [\d.]+ s, loss: \d+\.\d{4}, mae: \d+\.\d{4}$/);
    }
    expect(await shown(() => model.evaluate(column(xs), column(ys)))).toEqual([]);
  });

  test("one line that is updated in a terminal", async () => {
    const model = line();
    const { stdout } = process;
    const [isTTY, columns] = [stdout.isTTY, stdout.columns];
    let text = "";
    const write = vi.spyOn(stdout, "write").mockImplementation((chunk) => Boolean((text += String(chunk))));
    Object.assign(stdout, { isTTY: true, columns: 200 });
    try {
      await model.fit(column(xs), column(ys), { batchSize: 5, epochs: 1 });
    } finally {
      Object.assign(stdout, { isTTY, columns });
      write.mockRestore();
    }
    expect(text).toMatch(/\rEpoch 1\/1 ━+─+ 1\/2 loss: \d+\.\d{4} [\d.]+ s left/);
    expect(text).toMatch(/\rEpoch 1\/1: [\d.]+ s, loss: \d+\.\d{4}.*\n$/);
  });
});

describe("compile", () => {
  const model = line();
  test.each([
    [
      { loss: "categoricalCrosentropy" },
      'unknown loss "categoricalCrosentropy"; did you mean "categoricalCrossentropy"?',
    ],
    [{ loss: "mse", optimizer: "adan" }, 'unknown optimizer "adan"; did you mean "adam"?'],
    [{ loss: "mse", metrics: ["acuracy"] }, 'unknown metric "acuracy"; did you mean "accuracy"?'],
    [{ loss: "mse", metric: ["mae"] }, 'unknown option "metric"; did you mean "metrics"?'],
    [{ loss: ["mse", "mse"] }, "received 2 loss, for 1 outputs; give one for each."],
    [{ loss: { z: "mse" } }, 'loss: unknown output "z"; did you mean "y"?'],
  ])("%o", (options, message) => {
    expect(() => model.compile(options)).toThrow(message);
  });

  test("must come first, with a loss", async () => {
    const x = Input({ shape: [1] });
    const bare = Model({ inputs: x, outputs: Dense({ units: 1 })(x), name: "bare" });
    const missing = 'Functional "bare".fit: not compiled; call compile({ optimizer, loss }) first.';
    await expect(bare.fit(column(xs), column(ys))).rejects.toThrow(missing);
    bare.compile();
    expect(bare.optimizer?.name).toBe("RMSprop");
    await expect(bare.trainOnBatch(column(xs), column(ys))).rejects.toThrow(/compile was given no loss/);
  });
});

test("a Sequential without layers says that it is empty", async () => {
  const model = Sequential();
  model.compile({ loss: "mse" });
  for (const work of [() => model.fit([[1]], [[1]]), () => model.evaluate([[1]], [[1]])]) {
    await expect(work()).rejects.toThrow(/: the model is empty; add an Input and layers first\.$/);
  }
});

test("what is no source of batches is refused", async () => {
  for (const odd of [() => 3, () => undefined, { [Symbol.iterator]: 3 }, { [Symbol.asyncIterator]: undefined }]) {
    await expect(line().fit(odd as never)).rejects.toThrow(
      /fit: received .* as inputs; expected a tensor, { data, shape }, an array, or batches\.$/,
    );
  }
});

test.each<[string, object, string]>([
  ["a loss", { loss: 5 }, "compile: loss: 5; expected a function."],
  ["a loss in a list", { loss: [[1]] }, "compile: loss: [1]; expected a function."],
  ["a metric", { loss: "mse", metrics: [null] }, "compile: metric: null; expected a function."],
  ["a weight of a loss", { loss: "mse", lossWeights: NaN }, "compile: lossWeights NaN; expected a finite number."],
  ["an optimizer", { optimizer: {}, loss: "mse" }, "expected a name, or an optimizer, as Adam()."],
])("compile refuses what is not %s", (_, options, message) => {
  expect(() => line().compile(options)).toThrow(message);
});

test("a callback's hook is a function", async () => {
  const model = line();
  model.compile({ optimizer: SGD(), loss: "mse" });
  await expect(model.fit([[1]], [[1]], { callbacks: [{ onTrainBegin: 5 } as never], verbose: 0 })).rejects.toThrow(
    "callbacks: onTrainBegin: 5; expected a function.",
  );
});

test("a mask and initial states are tensors, a seed is a number", () => {
  const [dense, lstm, x] = [Dense({ units: 1 }), LSTM({ units: 1 }), tensor([[[1]]])];
  expect(() => dense(x, { mask: 3 as never })).toThrow(/: mask \[3\]; expected a tensor \[batch, time\]/);
  expect(() => lstm(x, { initialState: 3 as never })).toThrow(/expected tensors.*received \[Tensor, 3\]/);
  expect(() => setSeed(Symbol("a") as never)).toThrow("setSeed: seed Symbol(a); expected a finite number.");
});
