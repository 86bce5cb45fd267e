// Winograd's minimal filtering: numbers that are not finite stay where a direct convolution has them, and `winograd: false` turns it off.
import { expect, describe, test } from "vitest";
import { getBackend, init } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import { createWasmBackend } from "../../src/backends/wasm/index.js";
import type { Backend, Buffer, EpilogueActivation, Kernels } from "../../src/kernels.js";
import { convolutionRoad } from "../../src/convolutionRoad.js";
import { type Conv2dSize, conv2dSize } from "../../src/shape.js";
import { forEachTile } from "../support/builds.js";
import { numbers } from "../support/cases/case.js";

const sizes = {
  "winograd 3x3": conv2dSize("test", [3, 7, 7, 16], [3, 3, 16, 12], { padding: "valid" }),
  "winograd 4x4": conv2dSize("test", [3, 8, 8, 17], [3, 3, 17, 10], { padding: "same" }),
} as const;

interface Memory extends Kernels<Buffer>, Pick<Backend<Buffer>, "allocate" | "free" | "write" | "read"> {}

async function convolved(
  k: Memory,
  s: Conv2dSize,
  xs: readonly Float32Array[],
  activation: EpilogueActivation = "linear",
): Promise<Float32Array> {
  const [x, kernel, bias] = hold(k, xs);
  const y = k.allocate(s.batch * s.outHeight * s.outWidth * s.filters);
  k.conv2d(y, x, kernel, bias, s, activation);
  const result = Float32Array.from(await k.read(y));
  for (const buffer of [x, kernel, bias, y]) k.free(buffer);
  return result;
}

const reference = createReferenceBackend({ precision: "float64" }) as unknown as Memory;
const current = (): Memory => {
  const { kernels, ...memory } = getBackend();
  return Object.assign(Object.create(kernels) as Memory, memory);
};

const hold = (k: Memory, xs: readonly Float32Array[]) =>
  xs.map((values) => {
    const buffer = k.allocate(values.length);
    k.write(buffer, values);
    return buffer;
  });

/** Both gradients, of the input and of the kernel. */
async function gradients(
  k: Memory,
  s: Conv2dSize,
  xs: readonly Float32Array[],
  dy: Float32Array,
): Promise<Float32Array[]> {
  const [x, kernel, dyAt] = hold(k, [xs[0], xs[1], dy]);
  const outputs = hold(k, [new Float32Array(xs[0].length), new Float32Array(xs[1].length)]);
  k.conv2dGradInput(outputs[0], dyAt, kernel, s);
  k.conv2dGradFilter(outputs[1], x, dyAt, s);
  const results = [];
  for (const buffer of outputs) results.push(Float32Array.from(await k.read(buffer)));
  for (const buffer of [x, kernel, dyAt, ...outputs]) k.free(buffer);
  return results;
}
const gradOf = (s: Conv2dSize) => numbers(s.batch * s.outHeight * s.outWidth * s.filters, 4);

const inputsOf = (s: Conv2dSize): Float32Array[] => [
  numbers(s.batch * s.height * s.width * s.channels, 1),
  numbers(9 * s.channels * s.filters, 2),
  numbers(s.filters, 3),
];

/** The elements where a number is not that of the reference: of another kind, or finite and more than 1e-4 of the largest away. */
function differing(actual: Float32Array, expected: Float32Array): number[] {
  const scale = expected.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1);
  const same = (a: number, b: number) => Object.is(a, b) || Math.abs(a - b) <= 1e-4 * scale;
  return [...actual.keys()].filter((i) => !same(actual[i], expected[i]));
}

forEachTile((build) => {
  describe.each(Object.entries(sizes))("%s", (road, s) => {
    test("is the road of this size", () => expect(convolutionRoad(s, { winograd: true })).toBe(road));

    const places = { "in a corner": [0, 0], "at a border": [3, 0], "between tiles": [4, 3], "at the end": [6, 6] };
    for (const [where, [row, column]] of Object.entries(places)) {
      test.each([Infinity, -Infinity, NaN])(`%s ${where} of one frame reaches the outputs that see it, and no others`, async (value) => {
        const inputs = inputsOf(s);
        const clean = await convolved(current(), s, inputs);
        inputs[0][((s.height + row) * s.width + column) * s.channels + 5] = value;
        const expected = await convolved(reference, s, inputs);
        const y = await convolved(current(), s, inputs);
        expect(differing(y, expected)).toEqual([]);
        expect(y.some((v) => !Number.isFinite(v))).toBe(true);
        const frame = y.length / 3;
        for (const i of [0, 2]) expect(y.slice(i * frame, (i + 1) * frame)).toEqual(clean.slice(i * frame, (i + 1) * frame));
      }); // prettier-ignore
    }

    test("several of them at once, with an activation", async () => {
      const inputs = inputsOf(s);
      for (const [i, value] of [Infinity, -Infinity, NaN, Infinity].entries()) inputs[0][200 + 97 * i] = value;
      for (const activation of ["relu6", "tanh"] as const) {
        const y = await convolved(current(), s, inputs, activation);
        expect(differing(y, await convolved(reference, s, inputs, activation))).toEqual([]);
        expect(y.some(Number.isNaN)).toBe(true);
      }
    });

    test("numbers that only a transform makes infinite", async () => {
      const inputs = inputsOf(s);
      inputs[0].forEach((_, i, x) => (x[i] = i % s.channels === 3 ? 3e38 * (i % 2 ? 1 : -1) : x[i]));
      inputs[1].forEach((_, i, kernel) => (kernel[i] *= 2 ** -30));
      const y = await convolved(current(), s, inputs);
      expect(differing(y, await convolved(reference, s, inputs))).toEqual([]);
      expect(y.every(Number.isFinite)).toBe(true);
    });

    test.each([Infinity, NaN])("%s in the kernel spoils the outputs that it spoils in a direct convolution", async (value) => {
      const inputs = inputsOf(s);
      inputs[1][s.filters * 7 + 2] = value;
      // Not the reference, which leaves out the padding: on other backends 0 * Infinity is NaN there.
      const options = { relaxed: build !== "plain", wide: build === "wide", winograd: false };
      const direct = createWasmBackend(options) as unknown as Memory;
      const expected = await convolved(direct, s, inputs);
      const y = await convolved(current(), s, inputs);
      expect(differing(y, expected)).toEqual([]);
      expect(y.filter(Number.isFinite)).toHaveLength((y.length / s.filters) * (s.filters - 1));
    }); // prettier-ignore

    describe("gradients", () => {
      const size = { ...s, batch: 8 };
      const options = { relaxed: build !== "plain", wide: build === "wide", winograd: false };
      const direct = createWasmBackend(options) as unknown as Memory;
      const compared = async (change: (inputs: Float32Array[], dy: Float32Array) => void) => {
        const [inputs, dy] = [inputsOf(size), gradOf(size)];
        change(inputs, dy);
        const actual = await gradients(current(), size, inputs, dy);
        // Not the reference, which leaves out the padding: on other backends 0 * Infinity is NaN there.
        const expected = await gradients(direct, size, inputs, dy);
        actual.forEach((each, i) => expect(differing(each, expected[i])).toEqual([]));
        return actual;
      };

      test("have other roundings than direct ones", async () => {
        const [inputs, dy] = [inputsOf(size), gradOf(size)];
        const expected = await gradients(direct, size, inputs, dy);
        for (const [i, each] of (await gradients(current(), size, inputs, dy)).entries()) {
          expect(differing(each, expected[i])).toEqual([]);
          expect(each).not.toEqual(expected[i]);
        }
      });

      test.each([Infinity, -Infinity, NaN])("%s in the input spoils what it does directly, the bits of other channels stay", async (value) => {
        const clean = await compared(() => {});
        const [, dKernel] = await compared(([x]) => (x[7 * s.channels + 5] = value));
        expect(dKernel.some((v) => !Number.isFinite(v))).toBe(true);
        const isOther = (_: unknown, i: number) => Math.floor(Math.floor(i / s.filters) % s.channels / 4) !== 1;
        expect(dKernel.filter(isOther)).toEqual(clean[1].filter(isOther));
      });

      test.each([Infinity, NaN])("%s in dy reaches the pixels and the taps that see it, and no others", async (value) => {
        const [dx, dKernel] = await compared((_, dy) => (dy[2] = value));
        expect(dx.filter((v) => !Number.isFinite(v)).length).toBeGreaterThan(0);
        expect(dx.filter((v) => !Number.isFinite(v)).length).toBeLessThanOrEqual(9 * s.channels);
        expect(dKernel.filter(Number.isFinite).length).toBeGreaterThanOrEqual((dKernel.length / s.filters) * (s.filters - 1));
      });

      test("numbers that only a transform makes infinite", async () => {
        const [, dKernel] = await compared(([x], dy) => {
          x.forEach((_, i) => (x[i] = i % s.channels === 3 ? 3e38 * (i % 2 ? 1 : -1) : x[i]));
          dy.forEach((_, i) => (dy[i] *= 2 ** -30));
        });
        expect(dKernel.every(Number.isFinite)).toBe(true);
      });
    }); // prettier-ignore
  });
});

test("init({ winograd: false }) computes from windows, with other roundings", async () => {
  const s = sizes["winograd 4x4"];
  const inputs = inputsOf(s);
  const expected = await convolved(reference, s, inputs);
  const results: Float32Array[] = [];
  const grads: Float32Array[][] = [];
  for (const winograd of [undefined, true, false]) {
    await init({ winograd });
    results.push(await convolved(current(), s, inputs));
    expect(differing(results.at(-1)!, expected)).toEqual([]);
    grads.push(await gradients(current(), s, inputs, gradOf(s)));
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).not.toEqual(results[0]);
  expect(grads[1]).toEqual(grads[0]);
  for (const i of [0, 1]) expect(grads[2][i]).not.toEqual(grads[0][i]);
});

test.each([1, null, "no"])("init({ winograd: %j }) is refused, and the backend stays", async (winograd) => {
  await init();
  const before = getBackend();
  const message = `init: winograd ${JSON.stringify(winograd)}; expected true or false.`;
  await expect(init({ winograd } as never)).rejects.toThrow(message);
  expect(getBackend()).toBe(before);
  expect(() => createWasmBackend({ winograd } as never)).toThrow(message);
});
