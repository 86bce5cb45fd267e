import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { expect, test } from "vitest";
import { runDemo } from "../../src/cli/demo/demo.js";
import { averagingModel, recurrentModel } from "../../src/cli/demo/models.js";
import { train } from "../../src/cli/demo/training.js";
import { ProgressBar } from "../../src/cli/progress.js";
import { setSeed } from "../../src/index.js";

const silent = { write: () => true };
const { signal } = new AbortController();

test("the demo prints everything from the introduction to its last line and writes the picture", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zoetrope-demo-"));
  const before = process.cwd();
  process.chdir(folder);
  try {
    let text = "";
    const screen = { write: (part: string) => (text += part) };
    await runDemo(screen, 1, signal, { training: 160, validation: 40, test: 80, brief: 32 });
    for (const line of [
      /^Which way/,
      /conv_lstm2d/,
      /Total params: 47,688/,
      /^validation after 160 clips: /m,
      /^without memory: /m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).toMatch(/\ntest accuracy: \d+\.\d\d %\n$/);
    expect(text).not.toContain("\x1b");
    expect(existsSync("zoetrope-demo.png")).toBe(true);
    expect(decode(readFileSync("zoetrope-demo.png")).width).toBeGreaterThan(9 * 96);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
});

test("after 1600 clips the network with memory is far above chance, the one without is not", async () => {
  setSeed(1);
  const accuracyOf = async (model: ReturnType<typeof recurrentModel>) => {
    const report = await train(model, {
      seed: 1,
      clips: 1600,
      progress: new ProgressBar(silent, 1600, "clip"),
      signal,
    });
    expect(report.clips).toBe(1600);
    return report.accuracyAt(1600);
  };
  expect(await accuracyOf(recurrentModel())).toBeGreaterThan(0.4);
  expect(await accuracyOf(averagingModel())).toBeLessThan(0.2);
});

test("an abort signal stops training", async () => {
  const stopped = AbortSignal.abort();
  const plan = { seed: 1, clips: 32, progress: new ProgressBar(silent, 32, "clip"), signal: stopped };
  await expect(train(averagingModel(), plan)).rejects.toBe(stopped.reason);
});
