// The loops by which the peak of a core is measured.
import { describe, expect, test } from "vitest";
import { loopOf, peakMeter } from "../../src/plan/peak.js";

describe.each([[false], [true]])("a loop, fused: %s", (isFused) => {
  test.each([10, 12, 20, 24])("multiplies and adds each of %i registers once in a turn", (count) => {
    const { run, memory } = loopOf(count, isFused);
    const values = new Float32Array(memory.buffer, 0, 4 * count + 4);
    values.forEach((_, i) => (values[i] = i + 1));
    run(2, 1, 3);
    const expected = Array.from(values, (_, i) => (i < 4 * count ? 8 * (i + 1) + 7 : i + 1)); // ((2 x + 1) 2 + 1) 2 + 1
    expect(Array.from(values)).toEqual(expected);
  });
});

test("a peak is a speed that only rises; other backends have none", () => {
  const meter = peakMeter("wasm (SIMD)")!;
  const first = meter();
  expect(first).toBeGreaterThan(0);
  expect(meter()).toBeGreaterThanOrEqual(first);
  expect(peakMeter("reference (float64)")).toBeUndefined();
});
