// Training on a page's main thread, with threads beside it and without: the same losses to the bit.
import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, findChromium } from "../support/browser/chromium.mjs";
import { inPage } from "../support/browser/page.mjs";

/**
 * Planned steps in which almost all rows come after one that changes a weight (that of SpectralNormalization), so that they run
 * in one part with the optimizer. The convolutions are large enough to be shared out.
 */
const trains = `
  import * as zoetrope from "/dist/zoetrope.min.js";
  const { Conv2D, Dense, Flatten, info, init, Input, random, Sequential, setSeed, SpectralNormalization } = zoetrope;
  export default async () => {
    await init({ relaxed: false, threads: globalThis.crossOriginIsolated ? 2 : 1 });
    setSeed(1);
    const model = Sequential([
      Input({ shape: [24, 24, 8] }),
      Conv2D({ filters: 20, kernelSize: 3, padding: "same" }),
      SpectralNormalization(Conv2D({ filters: 16, kernelSize: 3 })),
      Flatten(),
      Dense({ units: 10, activation: "softmax" }),
    ]);
    model.compile({ optimizer: "adam", loss: "mse" });
    const [x, y] = [random([9, 24, 24, 8], { seed: 3 }), random([9, 10], { seed: 4 })];
    await model.predict(x); // starts the threads
    const { history } = await model.fit(x, y, { epochs: 5, batchSize: 3, shuffle: false, verbose: 0 });
    return { threads: info().threads, loss: history.loss };
  };`;

describe.runIf(findChromium())("in Chromium", () => {
  afterAll(closeBrowser);

  test("an isolated page trains to the losses of a page with one thread", async () => {
    const [alone, isolated] = [await inPage("plain", trains), await inPage("isolated", trains)];
    expect([alone.threads, isolated.threads]).toEqual([1, 2]);
    expect(alone.loss[4]).toBeLessThan(alone.loss[0]);
    expect(isolated.loss).toEqual(alone.loss);
  });
});
