// Denormal numbers: the kernels with `flushes` in the table store 0 in their place, all others compute and keep them exactly.
import { beforeAll, describe, expect, test } from "vitest";
import { getBackend, setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import { type KernelName, kernelNames, rowOf } from "../../src/kernelTable.js";
import { conv2dSize, depthwiseConv2dSize, flatSize, gemmSize, windowSize } from "../../src/shape.js";
import { forEachTile } from "../support/builds.js";
import { callOf, type Case, type Run } from "../support/cases/case.js";
import { cases } from "../support/cases.js";

const leastNormal = 2 ** -126;
const isDenormal = (x: number) => x !== 0 && Math.abs(x) < leastNormal;

/** The output of a call, and the inputs afterwards. */
async function after(run: Run, inputs: readonly ArrayLike<number>[], length: number, start?: ArrayLike<number>) {
  const k = getBackend();
  const hold = (values: ArrayLike<number>) => {
    const buffer = k.allocate(values.length);
    k.write(buffer, values);
    return buffer;
  };
  const y = hold(start ?? new Float32Array(length));
  const xs = inputs.map(hold);
  run(k.kernels, y, xs);
  const results = await Promise.all([y, ...xs].map(async (buffer) => Array.from(await k.read(buffer))));
  for (const buffer of [y, ...xs]) k.free(buffer);
  return results;
}

const flushing = kernelNames.filter((name) => rowOf(name).flushes);

/** What a case of a flushing kernel stores: its output, of an optimizer the slots. */
async function stored(name: KernelName, c: Case): Promise<number[]> {
  const xs = c.inputs.map((x) => ({ length: x.length, root: { version: 0 } }));
  const args = callOf(c, undefined, xs);
  const uses = Object.values(rowOf(name).buffers);
  const changed = xs.map((x) => uses[args.indexOf(x)]?.startsWith("changed") ?? false);
  const [y, ...inputs] = await after(c.run, c.inputs, c.length, c.start);
  return uses[0] === "out" ? y : inputs.flatMap((values, i) => (changed[i] ? values : []));
}

/** The case with its gradients and slots so small that results lie around the smallest normal number. */
function shrunk(name: KernelName, c: Case): Case {
  const scale = (x: Float32Array) => x.map((value) => value * 1e-38);
  if (name === "softmax") return { ...c, inputs: c.inputs.map((x) => x.map((value, i) => (i % 2 ? value : value - 87))) };
  const isSmall = (i: number) => !/Grad/.test(name) || i === 0 || (name === "lstmGatesGrad" && i === 1);
  return { ...c, inputs: c.inputs.map((x, i) => (isSmall(i) ? scale(x) : x)) };
} // prettier-ignore

/** In all of these a denormal number is multiplied by 1, added to 0, chosen or moved. */
const keeping: Partial<Record<KernelName, Run>> = {
  copyFrom: (k, y, [x]) => k.copyFrom(y, x, flatSize(8)),
  copyInto: (k, y, [x]) => k.copyInto(y, x, flatSize(8)),
  copyWhere: (k, y, [x, one]) => k.copyWhere(y, x, one, same),
  gather: (k, y, [x, , zero]) => k.gather(y, x, zero, 1, 8, 1),
  gatherGrad: (k, y, [x, , zero]) => k.gatherGrad(y, x, zero, 1, 8, 1),
  affine: (k, y, [x]) => k.affine(y, x, 1, 0),
  clip: (k, y, [x]) => k.clip(y, x, -1, 1),
  tanh: (k, y, [x]) => k.tanh(y, x),
  add: (k, y, [x, , zero]) => k.add(y, x, zero, same),
  subtract: (k, y, [x, , zero]) => k.subtract(y, x, zero, same),
  multiply: (k, y, [x, one]) => k.multiply(y, x, one, same),
  divide: (k, y, [x, one]) => k.divide(y, x, one, same),
  maximum: (k, y, [x]) => k.maximum(y, x, x, same),
  minimum: (k, y, [x]) => k.minimum(y, x, x, same),
  sum: (k, y, [x]) => k.sum(y, x, { outer: 1, length: 1, inner: 8 }),
  max: (k, y, [x]) => k.max(y, x, { outer: 8, length: 1, inner: 1 }),
  gemm: (k, y, [x, one]) => k.gemm(y, x, one, undefined, gemmSize(8, 1, 1)),
  conv2d: (k, y, [x, one]) => k.conv2d(y, x, one, undefined, point),
  conv2dGradInput: (k, y, [x, one]) => k.conv2dGradInput(y, x, one, point),
  conv2dGradFilter: (k, y, [x, one]) => k.conv2dGradFilter(y, x, one, conv2dSize("test", [1, 1, 1, 8], [1, 1, 8, 1], {})),
  depthwiseConv2d: (k, y, [x, one]) => k.depthwiseConv2d(y, x, one, undefined, channels),
  depthwiseConv2dGradInput: (k, y, [x, one]) => k.depthwiseConv2dGradInput(y, x, one, channels),
  depthwiseConv2dGradFilter: (k, y, [x, one]) => k.depthwiseConv2dGradFilter(y, x, one, channels),
  maxPool2d: (k, y, [x]) => k.maxPool2d(y, x, windowSize("test", [1, 2, 4, 1], [1, 1], {})),
  maxPool2dGrad: (k, y, [x, one]) => k.maxPool2dGrad(y, x, one, windowSize("test", [1, 2, 4, 1], [1, 1], {})),
}; // prettier-ignore
const same = { shape: [8], aStrides: [1], bStrides: [1] };
const point = conv2dSize("test", [1, 2, 4, 1], [1, 1, 1, 1], {});
const channels = depthwiseConv2dSize("test", [1, 1, 1, 8], [1, 1, 8, 1], {});

function denormals(): void {
  test.each(flushing)("%s stores none", async (name) => {
    let zeros = 0;
    for (const c of cases[name]()) {
      if (c.inputs.length === 0 || c.length === 0) continue;
      const results = await stored(name, shrunk(name, c));
      expect(results.filter(isDenormal), c.name).toEqual([]);
      zeros += results.filter((value) => Object.is(value, 0)).length;
    }
    expect(zeros).toBeGreaterThan(0);
  });

  test("a gradient of NaN stays NaN, one of the smallest normal number stays as it is", async () => {
    const dy = [NaN, -NaN, leastNormal, -leastNormal, leastNormal / 2, -leastNormal / 2, -0, 1];
    const [dx] = await after((k, dx, [dy, x]) => k.clipGrad(dx, dy, x, -1, 1), [dy, new Float32Array(8)], 8);
    expect(dx).toEqual([NaN, NaN, leastNormal, -leastNormal, 0, 0, 0, 1]);
  });

  test.each(Object.keys(keeping) as KernelName[])("%s keeps them", async (name) => {
    expect(rowOf(name).flushes ?? false).toBe(false);
    const x = Float32Array.from([1e-40, -1e-40, 2 ** -149, -(2 ** -149), 1.1e-38, -1.1e-38, 3e-42, 7e-39]);
    const [y] = await after(keeping[name]!, [x, new Float32Array(8).fill(1), new Float32Array(8)], 8);
    expect(y).toEqual(Array.from(x));
  });
}

describe("reference, single", () => {
  beforeAll(() => setBackend(createReferenceBackend()));
  denormals();
});
forEachTile(denormals);
