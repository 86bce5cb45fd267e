// fit with a checkpoint in a page, where it lies in IndexedDB: the page is reloaded in the midst of training.
import { build } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, findChromium } from "../support/browser/chromium.mjs";
import { openPage } from "../support/browser/page.mjs";

/** Trains, with a checkpoint after each batch, and gives the weights, the updates of this page, and what is kept. */
const module = `
  import { BatchNormalization, Dense, Dropout, Input, Sequential, setSeed } from "./dist/index.js";
  import { checkpointAt } from "./dist/formats/index.js";

  export async function train(checkpoint, callbacks = []) {
    setSeed(1);
    const model = Sequential([Input({ shape: [2] }), Dense({ units: 4 }), BatchNormalization(), Dropout({ rate: 0.5 }), Dense({ units: 1 })]);
    model.compile({ optimizer: "adam", loss: "mse" });
    const x = Array.from({ length: 64 }, (_, i) => [Math.sin(i), Math.cos(i)]);
    const y = x.map(([a, b]) => [a * b]);
    let updates = 0;
    const count = { onTrainBatchEnd: () => void updates++ };
    const { history } = await model.fit(x, y, { batchSize: 4, epochs: 4, verbose: 0, checkpoint, callbacks: [count, ...callbacks] });
    const weights = await Promise.all(model.weights.map(async (weight) => [...(await weight.data())]));
    return { weights, loss: history.loss, updates };
  }

  /** Bytes by name in the table of the database. */
  export const kept = () => new Promise((done) => {
    const opening = indexedDB.open("zoetrope");
    opening.onsuccess = () => {
      const all = opening.result.transaction("checkpoints").objectStore("checkpoints");
      const keys = all.getAllKeys();
      keys.onsuccess = () => done(keys.result);
    };
  });
`;

async function scriptOf(main: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: module + main, resolveDir: "." },
    ...({ bundle: true, write: false, format: "esm", platform: "browser", logLevel: "silent" } as const),
  });
  return outputFiles[0].text;
}

describe.runIf(findChromium())("in a page", () => {
  afterAll(closeBrowser);

  test("training goes on after a reload, to the same bits", async () => {
    const slow = "{ async onTrainBatchEnd() { globalThis.batches = (globalThis.batches ?? 0) + 1; await new Promise((done) => setTimeout(done, 20)); } }"; // prettier-ignore
    const { page, answer, close } = await openPage("plain", await scriptOf(`
      export default async () => {
        const result = await train(checkpointAt("run", { every: 1 }), [${slow}]);
        return { ...result, kept: await kept(), undisturbed: await train() };
      };`)); // prettier-ignore
    try {
      await page.waitForFunction("globalThis.batches >= 20");
      await page.reload();
      await page.waitForFunction("globalThis.batches >= 1");
      const { undisturbed, kept, ...result } = await answer();
      expect(kept).toEqual(["run", "run.previous"]);
      expect(undisturbed.updates).toBe(64);
      expect(result.updates).toBeLessThanOrEqual(45);
      expect(result).toEqual({ ...undisturbed, updates: result.updates });
    } finally {
      await close();
    }
  });

  test("a full disk is an error, and the last checkpoint stays", async () => {
    const { answer, close } = await openPage("plain", await scriptOf(`
      export default async () => {
        let error;
        const { put } = IDBObjectStore.prototype;
        const full = { onTrainBatchEnd(batch) {
          if (batch === 2) IDBObjectStore.prototype.put = function (value, key) {
            if (key === "full") throw new DOMException("no space is left", "QuotaExceededError");
            return put.call(this, value, key);
          };
        } };
        await train(checkpointAt("full", { every: 1 }), [full]).catch((thrown) => (error = thrown));
        IDBObjectStore.prototype.put = put;
        const { updates } = await train(checkpointAt("full"));
        return { name: error.name, message: error.message, updates };
      };`)); // prettier-ignore
    try {
      expect(await answer()).toEqual({
        name: "FileError",
        message: "full: cannot be changed in IndexedDB (QuotaExceededError: no space is left).",
        updates: 62,
      });
    } finally {
      await close();
    }
  });
});
