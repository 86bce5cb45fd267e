// Whatever a backend keeps beside a weight (packed panels, for example) is computed again when the weight has changed, however.
import { expect, test } from "vitest";
import { type AnyBackend, type Buffer, getBackend } from "../../src/backend.js";
import { type KernelCall, watchKernels } from "../../src/launch.js";
import { conv2dSize, depthwiseConv2dSize, flatSize, gemmSize } from "../../src/shape.js";
import { forEachBuild, withReference64 } from "../support/builds.js";
import { numbers, type Run } from "../support/cases/case.js";

interface User {
  x: number;
  weight: number;
  y: number;
  run: Run;
}

const conv = conv2dSize("test", [1, 8, 8, 8], [3, 3, 8, 16], { padding: "same" });
const depthwise = depthwiseConv2dSize("test", [1, 8, 8, 8], [3, 3, 8, 1], { padding: "same" });

const users: Record<string, User> = {
  gemm: { x: 216, weight: 384, y: 144, run: (k, y, [x, w]) => k.gemm(y, x, w, undefined, gemmSize(9, 24, 16)) },
  "gemm with transB": {
    ...{ x: 216, weight: 384, y: 144 },
    run: (k, y, [x, w]) => k.gemm(y, x, w, undefined, gemmSize(9, 24, 16, false, true)),
  },
  conv2d: { x: 512, weight: 1152, y: 1024, run: (k, y, [x, w]) => k.conv2d(y, x, w, undefined, conv) },
  conv2dGradInput: { x: 1024, weight: 1152, y: 512, run: (k, dx, [dy, w]) => k.conv2dGradInput(dx, dy, w, conv) },
  depthwiseConv2d: {
    x: 512,
    weight: 72,
    y: 512,
    run: (k, y, [x, w]) => k.depthwiseConv2d(y, x, w, undefined, depthwise),
  },
};

const changes: Record<string, (b: AnyBackend, w: Buffer, other: Buffer) => void> = {
  write: (b, w) => b.write(w, numbers(w.length, 9)),
  fill: ({ kernels: k }, w) => k.fill(w, 0.25),
  copyFrom: ({ kernels: k }, w, other) => k.copyFrom(w, other, flatSize(w.length)),
  copyInto: ({ kernels: k }, w, other) => k.copyInto(w, other, { shape: [w.length / 2], strides: [2], offset: 1 }),
  sgd: ({ kernels: k }, w, g) => k.sgd(w, undefined, g, { learningRate: 0.5, momentum: 0, nesterov: false }),
  adam: (b, w, g) => {
    const [m, v] = [b.allocate(w.length), b.allocate(w.length)];
    for (const slot of [m, v]) b.kernels.fill(slot, 0.5);
    b.kernels.adam(w, m, v, g, { alpha: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
    for (const slot of [m, v]) b.free(slot);
  },
  rmsprop: (b, w, g) => {
    const v = b.allocate(w.length);
    b.kernels.fill(v, 0.5);
    b.kernels.rmsprop(w, v, undefined, g, { learningRate: 0.5, rho: 0.9, momentum: 0, epsilon: 1e-7 });
    b.free(v);
  },
  "affine in place": ({ kernels: k }, w) => k.affine(w, w, -1, 0.5),
  "a replayed row": (b, w) => {
    const calls: KernelCall[] = [];
    const leave = watchKernels({ kernel: (call) => void calls.push(call) });
    b.kernels.affine(w, w, -1, 0.5);
    leave();
    for (const { kernel, args } of calls) (b.kernels[kernel] as (...args: readonly unknown[]) => void)(...args);
  },
};

function sameWithChangedWeights(): void {
  for (const [user, { x: xLength, weight, y: yLength, run }] of Object.entries(users)) {
    test.each(Object.keys(changes))(`${user} uses a weight as %s left it`, async (change) => {
      const b = getBackend();
      const { kernels: k } = b;
      const held = [b.allocate(xLength), b.allocate(yLength), b.allocate(weight), b.allocate(weight)];
      const [x, y, other, fresh] = held;
      const w = b.allocate(weight, "weight");
      b.write(x, numbers(xLength, 7));
      b.write(w, numbers(weight, 8));
      b.write(other, numbers(weight, 6));
      // Twice: a backend may pack a weight only when it comes again.
      run(k, y, [x, w]);
      run(k, y, [x, w]);
      const before = await b.read(y);
      changes[change](b, w, other);
      run(k, y, [x, w]);
      const seen = await b.read(y);
      b.write(fresh, await b.read(w));
      run(k, y, [x, fresh]);
      expect(distance(seen, await b.read(y))).toBeLessThan(1e-4);
      expect(distance(seen, before), "the change changes the result").toBeGreaterThan(0.1);
      for (const buffer of [...held, w]) b.free(buffer);
    });
  }

  test("the memory of a freed weight may hold another one", async () => {
    const b = getBackend();
    const [x, y] = [b.allocate(216), b.allocate(144)];
    b.write(x, numbers(216, 7));
    const results = [];
    for (const seed of [1, 2]) {
      const w = b.allocate(384, "weight");
      b.write(w, numbers(384, seed));
      for (let i = 0; i < 2; i++) b.kernels.gemm(y, x, w, undefined, gemmSize(9, 24, 16));
      results.push(await b.read(y));
      b.free(w);
    }
    expect(distance(results[0], results[1])).toBeGreaterThan(0.1);
    for (const buffer of [x, y]) b.free(buffer);
  });
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

withReference64(sameWithChangedWeights);
forEachBuild(() => {
  sameWithChangedWeights();

  test.each(Object.entries(users))("%s: what is kept beside a weight is freed with it", (_, user) => {
    const b = getBackend();
    const before = b.memory().usedBytes;
    const buffers = [b.allocate(user.x), b.allocate(user.y), b.allocate(user.weight, "weight")];
    const [x, y, w] = buffers;
    for (const buffer of buffers) b.kernels.fill(buffer, 0);
    user.run(b.kernels, y, [x, w]);
    for (const buffer of buffers) b.free(buffer);
    expect(b.memory().usedBytes).toBe(before);
  });
});
