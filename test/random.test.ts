import { afterEach, describe, expect, test } from "vitest";
import { RandomStream, randomStream, setSeed, threefry } from "../src/random.js";
import { random, Variable } from "../src/tensor.js";
import { forEachBuild } from "./support/builds.js";

test.each([
  [
    [0, 0, 0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
    [0xc4923a9c, 0x483df7a0],
  ],
])("Threefry-2x32-20 of %j, as in the known answers of Random123", ([key0, key1, counter0, counter1], expected) => {
  expect(threefry(key0, key1, counter0, counter1)).toEqual(expected);
});

const count = 100_000;
const draw = (next: (stream: RandomStream) => number) => {
  const stream = new RandomStream(7, 3);
  return Float64Array.from({ length: count }, () => next(stream));
};
const mean = (values: Float64Array, power = 1) => values.reduce((sum, value) => sum + value ** power, 0) / count;
/** Four standard deviations of the mean of `count` draws that have this variance. */
const fourSigma = (variance: number) => 4 * Math.sqrt(variance / count);

describe("a stream", () => {
  test("uniform: moments of [0, 1), multiples of 2^-24", () => {
    const values = draw((stream) => stream.uniform());
    for (const power of [1, 2, 3, 4]) {
      const expected = 1 / (power + 1);
      expect(Math.abs(mean(values, power) - expected)).toBeLessThan(fourSigma(1 / (2 * power + 1) - expected ** 2));
    }
    expect(values.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24))).toBe(true);
  });

  test("uniform: neighbours do not depend on each other", () => {
    const values = draw((stream) => stream.uniform());
    for (const lag of [1, 2, 3]) {
      const products = values.map((value, i) => (value - 0.5) * (values[(i + lag) % count] - 0.5));
      expect(Math.abs(mean(products))).toBeLessThan(fourSigma(1 / 144));
    }
  });

  test("normal: the first four moments", () => {
    const values = draw((stream) => stream.normal());
    expect(Math.abs(mean(values))).toBeLessThan(fourSigma(1));
    expect(Math.abs(mean(values, 2) - 1)).toBeLessThan(fourSigma(2));
    expect(Math.abs(mean(values, 3))).toBeLessThan(fourSigma(15));
    expect(Math.abs(mean(values, 4) - 3)).toBeLessThan(fourSigma(96));
    expect(values.every(Number.isFinite)).toBe(true);
  });

  test("integer: every number below the limit equally often", () => {
    const values = draw((stream) => stream.integer(6));
    for (let face = 0; face < 6; face++) {
      const share = values.filter((value) => value === face).length / count;
      expect(Math.abs(share - 1 / 6)).toBeLessThan(fourSigma(5 / 36));
    }
  });

  test("permutation: every number once, every order equally often", () => {
    expect([...new RandomStream(1).permutation(50)].sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect([...new RandomStream(1).permutation(0)]).toEqual([]);
    const stream = new RandomStream(5);
    const orders = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const order = stream.permutation(3).join();
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const times of orders.values()) expect(Math.abs(times / count - 1 / 6)).toBeLessThan(fourSigma(5 / 36));
  });

  test("same seed and stream, same numbers; other seed or stream, others", () => {
    const first = (seed: number, stream?: number) => new RandomStream(seed, stream).bits();
    expect(first(1, 2)).toBe(first(1, 2));
    expect(new Set([first(1, 2), first(1, 3), first(2, 2), first(2, 3)]).size).toBe(4);
  });
});

test("setSeed makes the streams after it repeat", () => {
  const three = () => [1, 2, 3].map(() => randomStream().bits());
  setSeed(11);
  const first = three();
  setSeed(11);
  expect(three()).toEqual(first);
  expect(new Set(first).size).toBe(3);
  setSeed(12);
  expect(three()).not.toEqual(first);
  setSeed(11);
  expect(randomStream(4).bits(), "with its own seed").toBe(randomStream(4).bits());
  expect(three(), "streams with their own seeds do not change the global streams").toEqual(first);
});

forEachBuild(() => {
  const made: { dispose(): void }[] = [];
  afterEach(() => made.splice(0).forEach((x) => x.dispose()));
  const data = async (...args: Parameters<typeof random>) => {
    const x = random(...args);
    made.push(x);
    return x.data();
  };

  test("random tensors: bounds, moments, repeatable", async () => {
    const uniform = await data([100, 30], { seed: 3, min: -2, max: 5 });
    expect(uniform.every((value) => value >= -2 && value < 5)).toBe(true);
    expect(await data([3000], { seed: 3, min: -2, max: 5 })).toEqual(uniform);
    const normal = await data([3000], { seed: 3, distribution: "normal", mean: 10, stddev: 0.5 });
    const average = normal.reduce((a, b) => a + b, 0) / 3000;
    expect(Math.abs(average - 10)).toBeLessThan((4 * 0.5) / Math.sqrt(3000));
    setSeed(1);
    const [first, second] = [await data([4]), await data([4])];
    setSeed(1);
    expect(await data([4])).toEqual(first);
    expect(first).not.toEqual(second);
  });

  test("random values can be assigned to a variable", async () => {
    const w = new Variable("w", [2, 3]);
    const x = random([2, 3], { seed: 9 });
    made.push(w, x);
    expect(await w.assign(x).data()).toEqual(await x.data());
  });
});
