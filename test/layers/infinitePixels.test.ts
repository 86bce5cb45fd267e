// Infinite numbers and NaN reach the elements that are computed from them, and no others.
import { beforeEach, expect, test } from "vitest";
import * as z from "../../src/index.js";
import { powerOf } from "../../src/operations/elementwise.js";

const train = async (layer: z.Layer, x: z.Tensor) => [...(await layer.compute([x], { training: true })[0].data())];

beforeEach(() => z.setSeed(1));

/** Frames of one pixel that is infinite, one that is NaN, and others. */
const odd = (channels: number) => {
  const data = Float32Array.from({ length: 16 * channels }, (_, i) => 1 + (i % 7));
  data[0] = Infinity;
  data[1] = -Infinity;
  data[5] = NaN;
  return z.tensor(data, [1, 4, 4, channels]);
};

test("Discretization without boundaries has one bin, also for infinite numbers and NaN", async () => {
  const x = z.tensor([Infinity, NaN, -Infinity, 1], [2, 2]);
  const y = await z.Discretization({ binBoundaries: [] }).compute([x])[0].data();
  expect([...y]).toEqual([0, 0, 0, 0]);
  const shape = z.Discretization({ binBoundaries: [], outputMode: "one_hot" }).compute([x])[0];
  expect([shape.shape, ...(await shape.data())]).toEqual([[2, 2, 1], 1, 1, 1, 1]);
});

test.each([[9], [[9, 8, 10]], [null]])(
  "RandomErasing keeps what is outside of the box, filling %j",
  async (fillValue) => {
    const x = odd(3);
    const before = [...(await x.data())];
    const layer = z.RandomErasing({ factor: [1, 1], scale: [0.25, 0.25], fillValue, valueRange: [0, 255], seed: 3 });
    const after = await train(layer, x);
    const isChanged = after.map((value, i) => !Object.is(value, before[i]));
    expect(isChanged.filter(Boolean).length).toBe(2 * 2 * 3);
    if (fillValue === null) return;
    expect(after.filter((_, i) => isChanged[i])).toEqual(
      new Array<number[]>(4).fill(Array.isArray(fillValue) ? fillValue : [9, 9, 9]).flat(),
    );
  },
);

test("RandomGrayscale makes grey what it can", async () => {
  const x = z.tensor([Infinity, 0, 0, 1, 1, 1, NaN, 0, 0], [1, 1, 3, 3]);
  const [a, b, c] = [0, 3, 6];
  const y = await train(z.RandomGrayscale({ factor: 1 }), x);
  expect(y.slice(a, b)).toEqual([Infinity, Infinity, Infinity]);
  for (const value of y.slice(b, c)) expect(value).toBeCloseTo(0.9999, 5);
  expect(y.slice(c)).toEqual([NaN, NaN, NaN]);
});

test("CutMix takes each pixel from one frame or another, with all its channels", async () => {
  const sign = (row: number) => (row % 2 === 0 ? Infinity : -Infinity);
  const x = z.tensor(
    Float32Array.from({ length: 4 * 16 * 2 }, (_, i) => (i % 2 === 0 ? sign(Math.floor(i / 32)) : Math.floor(i / 32))),
    [4, 4, 4, 2],
  );
  const y = await train(z.CutMix({ factor: [1, 1], seed: 2 }), x);
  const rows = y.filter((_, i) => i % 2 === 1);
  expect(y.filter((_, i) => i % 2 === 0)).toEqual(rows.map(sign));
  expect(rows.some((row, i) => row !== Math.floor(i / 16))).toBe(true);
});

test("AutoContrast leaves what it cannot stretch, as Keras 3.15.1 does", async () => {
  const contrast = (values: number[]) => train(z.AutoContrast(), z.tensor(values, [1, 2, 2, 1]));
  expect(await contrast([Infinity, 1, 2, 3])).toEqual([Infinity, 0, 0, 0]);
  expect(await contrast([NaN, 1, 2, 3])).toEqual([NaN, 1, 2, 3]);
  expect(await contrast([2, 2, 2, 2])).toEqual([2, 2, 2, 2]);
});

const odds = () => z.tensor([Infinity, NaN, -Infinity, 0, 2]);

test("powers of an exponent 0 and of the base 1 are 1, as in Keras 3.15.1", async () => {
  expect([...(await z.power(odds(), 0).data())]).toEqual([1, 1, 1, 1, 1]);
  expect([...(await powerOf(odds(), 1).data())]).toEqual([1, 1, 1, 1, 1]);
  const [a, b, ...rest] = await powerOf(odds(), 2).data();
  expect([a, b, ...rest.map(Math.round)]).toEqual([Infinity, NaN, 0, 1, 4]);
});

test("UnitNorm makes zeros of what is finite beside an infinite weight, as Keras 3.15.1 does", async () => {
  const y = await z
    .UnitNorm()(z.tensor([[Infinity], [2]]))
    .data();
  expect([...y]).toEqual([NaN, 0]);
});

test("Ftrl with learningRatePower 0 takes sums that overflow", async () => {
  const w = new z.Variable("w", [1]).assign([1]);
  const optimizer = z.Ftrl({ learningRate: 0.5, learningRatePower: 0 });
  optimizer.apply([z.tensor([1e30])], [w]);
  expect(Math.abs((await w.data())[0])).toBeLessThan(Infinity);
  optimizer.dispose();
});
