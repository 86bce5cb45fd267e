// First values of weights: fans, bounds, spreads, orthogonality, seeds.
import { expect, test } from "vitest";
import { getInitializer, type Initializer } from "../src/initializers.js";
import { setSeed } from "../src/random.js";

const draw = (initializer: Initializer, shape: number[]) => Array.from(getInitializer("test", initializer)(shape));
const named = (className: string, config = {}) => ({ className, config: { seed: 5, ...config } });
const stddev = (values: number[]) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
};

// Fans of [5, 4, 10, 30]: 200 in, 600 out.
const shape = [5, 4, 10, 30];
const uniforms: [name: string, limit: number][] = [
  ["GlorotUniform", Math.sqrt(6 / 800)],
  ["heUniform", Math.sqrt(6 / 200)],
  ["lecunUniform", Math.sqrt(3 / 200)],
  ["uniform", 0.05],
];
test.each(uniforms)("%s lies within its bounds, and fills them", (name, limit) => {
  const values = draw(named(name), shape);
  expect(Math.max(...values)).toBeLessThanOrEqual(limit);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-limit);
  expect(Math.max(...values)).toBeGreaterThan(0.99 * limit);
  expect((stddev(values) / limit) * Math.sqrt(3)).toBeCloseTo(1, 1);
});

const normals: [name: string, spread: number][] = [
  ["glorotNormal", Math.sqrt(2 / 800)],
  ["HeNormal", Math.sqrt(2 / 200)],
  ["lecunNormal", Math.sqrt(1 / 200)],
];
test.each(normals)("%s has its standard deviation, and nothing beyond twice the uncut one", (name, spread) => {
  const values = draw(named(name), shape);
  expect(stddev(values) / spread).toBeCloseTo(1, 1);
  const largest = Math.max(...values.map(Math.abs)) / (spread / 0.87962566103423978);
  expect(largest).toBeLessThan(2);
  expect(largest).toBeGreaterThan(1.99);
});

test("the others", () => {
  expect(draw("zeros", [2])).toEqual([0, 0]);
  expect(draw("ones", [2])).toEqual([1, 1]);
  expect(draw(named("constant", { value: 0.5 }), [2])).toEqual([0.5, 0.5]);
  expect(draw(() => [1, 2, 3], [3])).toEqual([1, 2, 3]);
  expect(stddev(draw(named("randomNormal", { mean: 3 }), shape))).toBeCloseTo(0.05, 2);
  expect(stddev(draw(named("truncatedNormal"), shape)) / 0.044).toBeCloseTo(1, 1);
  const values = draw(named("randomUniform", { minval: 2, maxval: 4 }), shape);
  expect(Math.min(...values)).toBeCloseTo(2, 2);
  expect(Math.max(...values)).toBeCloseTo(4, 2);
});

/** The largest element of |qT q - 1|, or |q qT - 1| where there are more columns than rows. */
function obliqueness(values: number[], rows: number, columns: number): number {
  const tall = rows >= columns;
  const at = (i: number, j: number) => (tall ? values[i * columns + j] : values[j * columns + i]);
  const [long, short] = tall ? [rows, columns] : [columns, rows];
  let worst = 0;
  for (let a = 0; a < short; a++) {
    for (let b = 0; b <= a; b++) {
      let dot = 0;
      for (let i = 0; i < long; i++) dot += at(i, a) * at(i, b);
      worst = Math.max(worst, Math.abs(dot - (a === b ? 1 : 0)));
    }
  }
  return worst;
}

const orthogonals = [[1, 1], [1, 4], [5, 3], [3, 5], [4, 4], [7, 7], [13, 52], [3, 3, 5, 20], [3, 2, 4, 16], [100, 100]]; // prettier-ignore
test.each(orthogonals.map((each) => [each]))("orthogonal %j has orthonormal columns or rows", (each) => {
  for (let seed = 0; seed < 5; seed++) {
    const values = draw(named("orthogonal", { seed }), each);
    const columns = each.at(-1)!;
    expect(obliqueness(values, values.length / columns, columns)).toBeLessThan(5e-7); // values are rounded to float32
  }
});

test("orthogonal has both signs everywhere, and a gain", () => {
  const first = Array.from({ length: 20 }, (_, seed) => draw(named("orthogonal", { seed }), [2, 2]));
  for (let i = 0; i < 4; i++) expect(new Set(first.map((values) => Math.sign(values[i])))).toEqual(new Set([-1, 1]));
  const values = draw(named("orthogonal", { gain: 3 }), [6, 4]);
  expect(Math.hypot(...values)).toBeCloseTo(3 * 2, 5);
});

test("identity is the diagonal of a matrix, whatever its sides, with a gain", () => {
  expect(draw(named("Identity", { gain: 2 }), [2, 3])).toEqual([2, 0, 0, 0, 2, 0]);
  expect(() => draw("identity", [2, 2, 2])).toThrow("identity: expected a matrix, received [2, 2, 2].");
});

const scalings: [config: object, variance: number, cut: boolean][] = [
  [{}, 1 / 200, true],
  [{ scale: 3, mode: "fanOut", distribution: "untruncatedNormal" }, 3 / 600, false],
  [{ scale: 2, mode: "fanAvg", distribution: "uniform" }, 2 / 400, true],
];
test.each(scalings)("varianceScaling %j has its variance", (config, variance, cut) => {
  const values = draw(named("varianceScaling", config), shape);
  expect(stddev(values) / Math.sqrt(variance)).toBeCloseTo(1, 1);
  expect(Math.max(...values) / Math.sqrt(variance) < 2.3).toBe(cut);
});

test("varianceScaling refuses other modes and distributions", () => {
  expect(() => draw(named("varianceScaling", { mode: "fan_in" }), shape)).toThrow('did you mean "fanIn"?');
  expect(() => draw(named("varianceScaling", { distribution: "normal" }), shape)).toThrow("varianceScaling: unknown");
});

test("seeds repeat values; without one they follow the global seed", () => {
  expect(draw(named("heNormal"), [3, 3])).toEqual(draw(named("heNormal"), [3, 3]));
  const two = () => [draw("heNormal", [3, 3]), draw("heNormal", [3, 3])];
  setSeed(7);
  const before = two();
  expect(before[0]).not.toEqual(before[1]);
  setSeed(7);
  expect(two()).toEqual(before);
  const initializer = getInitializer("test", "heNormal");
  expect(initializer([2, 2])).toEqual(initializer([2, 2]));
});

test("unknown names and options are refused", () => {
  expect(() => draw("glorot", [1])).toThrow("test: unknown initializer");
  expect(() => draw(named("heNormal", { stddev: 1 }), [1])).toThrow('test: heNormal: unknown option "stddev"');
});
