// What streams of one model share is given back with the last of them.
import { expect, test } from "vitest";
import { BatchNormalization, Conv2D, Flatten, Input, LSTM, memory, Model, TimeDistributed } from "../../src/index.js";

test("the last stream of a model that is disposed gives back what its plan keeps of the weights", async () => {
  const clip = Input({ shape: [null, 4, 4, 16] });
  const frame = Input({ shape: [4, 4, 16] });
  const folded = BatchNormalization()(Conv2D({ filters: 32, kernelSize: 3 })(frame));
  const features = TimeDistributed(Model({ inputs: frame, outputs: Flatten()(folded) }))(clip);
  const model = Model({ inputs: clip, outputs: LSTM({ units: 2 })(features) });
  const streams = [model.stream(), model.stream()];
  for (const live of streams) (await live.step(new Float32Array(256).fill(0.5))).dispose();
  const open = memory().usedBytes;
  streams[0].dispose();
  expect(open - memory().usedBytes).toBeLessThan(1000); // its states
  streams[1].dispose();
  expect(open - memory().usedBytes).toBeGreaterThan(9 * 16 * 32 * 4); // the folded kernel
});
