// Whatever a backend keeps beside a weight (packed panels, say) is made anew when the weight changes, by whatever road.
import { expect, test } from "vitest";
import { type AnyBackend, type Buffer, getBackend } from "../src/backend.js";
import { conv2dSize, depthwiseConv2dSize, gemmSize } from "../src/shape.js";
import { forEachBuild, withReference64 } from "./builds.js";
import { numbers, type Run } from "./cases/case.js";

interface User {
  x: number;
  weight: number;
  y: number;
  run: Run;
}

const conv = conv2dSize("test", [1, 8, 8, 8], [3, 3, 8, 16], { padding: "same" });
const depthwise = depthwiseConv2dSize("test", [1, 8, 8, 8], [3, 3, 8, 1], { padding: "same" });

const users: Record<string, User> = {
  gemm: { x: 216, weight: 384, y: 144, run: (k, y, [x, w]) => k.gemm(y, x, w, gemmSize(9, 24, 16)) },
  "gemm with transB": {
    ...{ x: 216, weight: 384, y: 144 },
    run: (k, y, [x, w]) => k.gemm(y, x, w, gemmSize(9, 24, 16, false, true)),
  },
  conv2d: { x: 512, weight: 1152, y: 1024, run: (k, y, [x, w]) => k.conv2d(y, x, w, conv) },
  conv2dGradInput: { x: 1024, weight: 1152, y: 512, run: (k, dx, [dy, w]) => k.conv2dGradInput(dx, dy, w, conv) },
  depthwiseConv2d: { x: 512, weight: 72, y: 512, run: (k, y, [x, w]) => k.depthwiseConv2d(y, x, w, depthwise) },
};

const changes: Record<string, (k: AnyBackend, w: Buffer, other: Buffer) => void> = {
  write: (k, w) => k.write(w, numbers(w.length, 9)),
  fill: (k, w) => k.fill(w, 0.25),
  copyFrom: (k, w, other) => k.copyFrom(w, other, { shape: [w.length], strides: [1], offset: 0 }),
  copyInto: (k, w, other) => k.copyInto(w, other, { shape: [w.length / 2], strides: [2], offset: 1 }),
  sgd: (k, w, g) => k.sgd(w, undefined, g, { learningRate: 0.5, momentum: 0, nesterov: false }),
  adam: (k, w, g) => {
    const [m, v] = [k.allocate(w.length), k.allocate(w.length)];
    for (const slot of [m, v]) k.fill(slot, 0.5);
    k.adam(w, m, v, g, { alpha: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
    for (const slot of [m, v]) k.free(slot);
  },
  affine: (k, w) => k.affine(w, w, -1, 0.5),
};

function sameWithChangedWeights(): void {
  for (const [user, { x: xLength, weight, y: yLength, run }] of Object.entries(users)) {
    test.each(Object.keys(changes))(`${user} sees what %s did to a weight`, async (change) => {
      const k = getBackend();
      const held = [k.allocate(xLength), k.allocate(yLength), k.allocate(weight), k.allocate(weight)];
      const [x, y, other, fresh] = held;
      const w = k.allocate(weight, "weight");
      k.write(x, numbers(xLength, 7));
      k.write(w, numbers(weight, 8));
      k.write(other, numbers(weight, 6));
      // Twice: a backend may pack a weight only when it comes again.
      run(k, y, [x, w]);
      run(k, y, [x, w]);
      const before = await k.read(y);
      changes[change](k, w, other);
      run(k, y, [x, w]);
      const seen = await k.read(y);
      k.write(fresh, await k.read(w));
      run(k, y, [x, fresh]);
      expect(distance(seen, await k.read(y))).toBeLessThan(1e-4);
      expect(distance(seen, before), "the change changes the result").toBeGreaterThan(0.1);
      for (const buffer of [...held, w]) k.free(buffer);
    });
  }

  test("a freed weight's place may hold another", async () => {
    const k = getBackend();
    const [x, y] = [k.allocate(216), k.allocate(144)];
    k.write(x, numbers(216, 7));
    const results = [];
    for (const seed of [1, 2]) {
      const w = k.allocate(384, "weight");
      k.write(w, numbers(384, seed));
      for (let i = 0; i < 2; i++) k.gemm(y, x, w, gemmSize(9, 24, 16));
      results.push(await k.read(y));
      k.free(w);
    }
    expect(distance(results[0], results[1])).toBeGreaterThan(0.1);
    for (const buffer of [x, y]) k.free(buffer);
  });
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

withReference64(sameWithChangedWeights);
forEachBuild(sameWithChangedWeights);
