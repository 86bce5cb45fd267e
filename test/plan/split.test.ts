// Long rows are split, so that a run can pause within them, and give the same result.
import { describe, expect, test } from "vitest";
import * as z from "../../src/index.js";
import { planOf } from "../../src/plan/plan.js";
import { record } from "../../src/plan/recorder.js";
import { macsOf } from "../../src/plan/row.js";
import { runPlan } from "../../src/plan/run.js";
import { checkKernelCalls } from "../support/checker.js";
import { difference, mixWeights } from "./support.js";

const layers: Record<string, { shape: number[]; layer: () => z.Layer; kernel: string }> = {
  convolution: { shape: [7, 9, 8, 3], layer: () => z.Conv2D({ filters: 4, kernelSize: 3 }), kernel: "conv2d" },
  "depthwise convolution": {
    shape: [5, 9, 8, 4],
    layer: () => z.DepthwiseConv2D({ kernelSize: 3, strides: 2, padding: "same" }),
    kernel: "depthwiseConv2d",
  },
  "dense layer": { shape: [11, 6], layer: () => z.Dense({ units: 5, activation: "relu" }), kernel: "gemm" },
};

describe("rows in parts", () => {
  for (const [name, { shape, layer, kernel }] of Object.entries(layers)) {
    test(name, async () => {
      const stop = checkKernelCalls();
      const input = z.Input({ shape: shape.slice(1) });
      using model = z.Model({ inputs: input, outputs: layer().apply(input) as z.SymbolicTensor });
      mixWeights(model as never);
      using x = z.random(shape, { seed: 1, min: -1 });
      const recording = record(x.backend, [shape], [undefined], (inputs) => model.compute(inputs));
      const macs = planOf(recording, undefined, Infinity).macs;
      for (const parts of [1, 2, 3, 100]) {
        const plan = planOf(recording, undefined, macs / parts);
        const rows = plan.steps.filter(({ row }) => row.kernel === kernel).map(({ row }) => row);
        expect(plan.macs).toBe(macs);
        expect(rows.length).toBe(Math.ceil(shape[0] / Math.ceil(shape[0] / Math.min(parts, shape[0]))));
        const one = macs / shape[0];
        for (const row of rows)
          expect(macsOf(row)).toBeLessThanOrEqual(Math.max(one, Math.ceil(shape[0] / parts) * one));
        const run = runPlan(plan, [x.buffer]);
        let step = run.next();
        while (!step.done) step = run.next();
        const [y] = step.value;
        const [got, whole] = [[Array.from(await y.data())], [Array.from(await model(x).data())]];
        // A matrix of few rows is multiplied by another loop.
        if (kernel === "gemm") expect(difference(got, whole)).toBeLessThan(1e-6);
        else expect(got).toEqual(whole);
        y.dispose();
      }
      stop();
    });
  }
});
