// The training loop by hand, as in README.md, in an engine with a small limit of memory.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Adam,
  ArgumentError,
  categoricalCrossentropy,
  ConvLSTM2D,
  Dense,
  Flatten,
  init,
  Input,
  memory,
  Model,
  OutOfMemoryError,
  random,
  scope,
  setBackend,
  setSeed,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "../../src/index.js";
import { getBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";

const megabyte = 2 ** 20;
/** More by the environment: a thousand show a leak of one tensor a turn. */
const turns = Number(process.env.ZOETROPE_TURNS ?? 1000);

describe("an engine with a limit of 64 MB", () => {
  beforeAll(() => init({ maxMemoryBytes: 64 * megabyte }));
  afterAll(() => init());

  test(`${turns} turns of a hand-written training loop leave nothing behind`, { timeout: 600_000 }, async () => {
    setSeed(1);
    const clip = Input({ shape: [3, 8, 7, 2] });
    const state = ConvLSTM2D({ filters: 4, kernelSize: 3 })(clip);
    const model = Model({ inputs: clip, outputs: Dense({ units: 3, activation: "softmax" })(Flatten()(state)) });
    const optimizer = Adam({ learningRate: 1e-2 });
    const step = valueAndGrad(
      (x: Tensor, t: Tensor) => categoricalCrossentropy(t, model(x, { training: true })),
      model.trainableWeights,
    );
    const losses: number[] = [];
    let held = 0;
    for (let turn = 0; turn < turns; turn++) {
      const x = random([4, 3, 8, 7, 2], { seed: turn % 5 });
      const t = tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]); // prettier-ignore
      const { value, grads } = step(x, t);
      optimizer.apply(grads);
      losses.push((await value.data())[0]);
      for (const done of [x, t, value]) done.dispose();
      if (turn === 1) held = memory().buffers;
    }
    expect(memory().buffers).toBe(held);
    expect(memory().reservedBytes).toBeLessThanOrEqual(64 * megabyte);
    expect(losses.at(-1)).toBeLessThan(losses[0] / 10);
  });

  test("running out of memory is an error that says how much was asked for, and the engine stays usable", async () => {
    const { buffers, usedBytes } = memory();
    const tooMuch = () => scope(() => Array.from({ length: 100 }, () => zeros([megabyte])));
    expect(tooMuch).toThrow(OutOfMemoryError);
    expect(tooMuch).toThrow(/asked for 4194304 bytes/);
    expect(memory()).toMatchObject({ buffers, usedBytes });
    const x = zeros([megabyte]);
    expect((await x.data()).length).toBe(megabyte);
    x.dispose();
  });
});

test.each([
  ["wasm", () => init()],
  ["reference", () => setBackend(createReferenceBackend())],
])("%s: no memory is given for a size that is no whole number from 0", async (_, open) => {
  await open();
  const { buffers, usedBytes } = memory();
  for (const size of [NaN, 1.5, -1, {} as never]) {
    expect(() => getBackend().allocate(size)).toThrow(ArgumentError);
  }
  expect(memory()).toMatchObject({ buffers, usedBytes });
  using x = zeros([2]);
  expect(Array.from(await x.data())).toEqual([0, 0]);
});
