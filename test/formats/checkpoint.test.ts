// Checkpoints: training goes on from them to the same bit, and nothing that happens to a file is taken for one.
import { promises as files, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { removeCheckpoint, restoreCheckpoint, writeCheckpoint } from "../../src/formats/checkpoint.js";
import { Adam, BatchNormalization, Dense, Dropout, Input, type ModelLayer, type Optimizer, random, Sequential, SGD, tensor } from "../../src/index.js"; // prettier-ignore
import { readSafetensors } from "../../src/formats/index.js";
import { RandomStream } from "../../src/random.js";
import { openHandles } from "../support/openHandles.js";
import { buildProcess } from "../support/processes/build.js";
import { runProcess } from "../support/processes/run.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("checkpoint");
let count = 0;
let path: string;
beforeEach(() => {
  path = join(folder, `${count++}.checkpoint`);
});

/** Whatever has happened, no file may stay open. */
function checkHandles(): void {
  expect(openHandles(folder)).toEqual([]);
}
afterEach(checkHandles);

/** Its own stream of random numbers, statistics that are no trained weights, and a weight that is not updated. */
function network(optimizer: Optimizer): ModelLayer {
  const frozen = Dense({ units: 4, activation: "tanh" });
  frozen.trainable = false;
  const model = Sequential([
    Input({ shape: [3] }),
    frozen,
    BatchNormalization(),
    Dropout({ rate: 0.4 }),
    Dense({ units: 2 }),
  ]);
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}
const momentum = () => network(SGD({ learningRate: 0.1, momentum: 0.9 }));
const scheduled = () => network(Adam({ learningRate: (step) => 0.1 / (1 + step) }));
const pair = () => ({ key: "a key", models: { first: momentum(), second: scheduled() } });

async function update({ models }: ReturnType<typeof pair>, steps: readonly number[]): Promise<void> {
  for (const step of steps) {
    const [x, y] = [random([6, 3], { seed: step }), random([6, 2], { seed: 100 + step })];
    for (const model of Object.values(models)) await model.trainOnBatch(x, y);
  }
}

/** All numbers that the next update depends on. */
const stateOf = ({ models }: ReturnType<typeof pair>) =>
  Promise.all(
    Object.values(models).map(async ({ weights, optimizer }) => ({
      weights: await Promise.all(weights.map(async (weight) => [...(await weight.data())])),
      slots: await Promise.all(optimizer!.variables.map(async (slot) => [...(await slot.data())])),
      iterations: optimizer!.iterations,
      learningRate: optimizer!.learningRate,
    })),
  );

test("training goes on to the same bit in models whose layers have other names", async () => {
  const progress = { epoch: 2, history: { loss: [0.1, NaN, 1 / 3, -Infinity] }, note: "ü" };
  const one = pair();
  await update(one, [1, 2]);
  one.models.first.optimizer!.learningRate = 0.05; // as a callback does
  await writeCheckpoint(path, one, progress);
  const then = await stateOf(one);
  await update(one, [3, 4]);

  const two = pair();
  await update(two, [7]); // it has slots of its own
  expect(await restoreCheckpoint(path, two)).toEqual({ progress, path, faults: [] });
  expect(await stateOf(two)).toEqual(then);
  await update(two, [3, 4]);
  expect(await stateOf(two)).toEqual(await stateOf(one));
});

test("one of a training that has not begun restores that, slots included", async () => {
  const one = pair();
  await writeCheckpoint(path, one, {});
  const two = pair();
  await update(two, [1]);
  await restoreCheckpoint(path, two);
  for (const steps of [[2], [3]]) {
    await update(one, steps);
    await update(two, steps);
  }
  expect((await stateOf(two)).map(({ weights }) => weights)).toEqual((await stateOf(one)).map(({ weights }) => weights));
}); // prettier-ignore

test("holds the values of the moment when it was called", async () => {
  const one = pair();
  await update(one, [1]);
  const then = await stateOf(one);
  const writing = writeCheckpoint(path, one, {});
  one.models.first.weights[0].assign(Array(12).fill(5));
  await writing;
  const two = pair();
  await restoreCheckpoint(path, two);
  expect(await stateOf(two)).toEqual(then);
});

test("is a safetensors file", async () => {
  await writeCheckpoint(path, pair(), 7);
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  expect(metadata).toMatchObject({ format: "zoetrope checkpoint", version: "1", key: "a key", progress: "7" });
  expect(tensors.get("first/0")!.shape).toEqual([3, 4]);
});

/** What is restored into new models; their state is checked to be unchanged where it is nothing. */
async function restored(training = pair()) {
  const before = await stateOf(training);
  const result = await restoreCheckpoint(path, training);
  if (result.progress === undefined) {
    const after = await stateOf(training);
    expect(after.map(({ weights }) => weights)).toEqual(before.map(({ weights }) => weights));
    expect(after.map(({ iterations }) => iterations)).toEqual(before.map(({ iterations }) => iterations));
  }
  return result;
}

describe("the newest whole one is used", () => {
  test("none where there is none", async () => {
    expect(await restored()).toEqual({ faults: [] });
  });

  test("whatever byte of a file is changed, or where it is cut off, it is not used, and said to be damaged", async () => {
    const training = pair();
    await writeCheckpoint(path, training, 1);
    const good = readFileSync(path);
    const headerEnd = 8 + Number(good.readBigUInt64LE(0));
    const places = Array.from({ length: 40 }, (_, i) => Math.floor((i * headerEnd) / 40));
    for (const place of [...places, ...Array.from({ length: 8 }, (_, i) => i), headerEnd, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[place] ^= 1;
      writeFileSync(path, bad);
      expect(await restored(training), `byte ${place}`).toEqual({
        faults: [`${path}: damaged, or no checkpoint (its checksum is wrong).`],
      });
    }
    for (const length of [0, 7, 50, 90, 200, headerEnd, good.length - 1]) {
      writeFileSync(path, good.subarray(0, length));
      expect((await restored(training)).faults.length, `${length} bytes`).toBe(1);
    }
    writeFileSync(path, good);
    expect(await restored(training)).toEqual({ progress: 1, path, faults: [] });
  });

  test("the previous one where the newest is damaged, which is deleted then; it survives the next that fails", async () => {
    const training = pair();
    await writeCheckpoint(path, training, 1);
    await writeCheckpoint(path, training, 2);
    await writeCheckpoint(path, training, 3);
    expect((await restored()).progress).toBe(3);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, -1));
    const previous = `${path}.previous`;
    expect(await restored()).toEqual({ progress: 2, path: previous, faults: [expect.stringContaining(path)] });
    const full = vi.spyOn(files, "open").mockRejectedValue(new Error("ENOSPC: no space left on device"));
    await expect(writeCheckpoint(path, training, 4)).rejects.toThrow(/cannot be written \(ENOSPC/);
    full.mockRestore();
    expect(await restored()).toEqual({ progress: 2, path: previous, faults: [] });
  });

  test("where the disk is full, the last one stays, and nothing unfinished", async () => {
    const training = pair();
    await writeCheckpoint(path, training, 1);
    await writeCheckpoint(path, training, 2);
    const open = files.open;
    const full = vi.spyOn(files, "open").mockImplementation(async (...args) => {
      const handle = await open(...args);
      vi.spyOn(handle, "sync").mockRejectedValue(new Error("ENOSPC: no space left on device, fsync"));
      return handle;
    });
    for (let i = 0; i < 3; i++) {
      await expect(writeCheckpoint(path, training, 3)).rejects.toThrow(/cannot be written \(ENOSPC: .*fsync\)\.$/);
    }
    full.mockRestore();
    expect((await restored()).progress).toBe(2);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
    await writeCheckpoint(path, training, 3);
    expect((await restored()).progress).toBe(3);
    await removeCheckpoint(path);
    await removeCheckpoint(path);
    expect(readdirSync(folder).filter((name) => join(folder, name).startsWith(path))).toEqual([]);
  });
});

describe("one of another training is not used, and nothing changes", () => {
  test.each([
    ["another key", () => ({ ...pair(), key: "b" }), /belongs to another training, of other settings or data/],
    ["another optimizer", () => ({ key: "a key", models: { first: scheduled(), second: scheduled() } }), /"first" was trained by another optimizer than this Adam/],
    ["a schedule in place of a rate", () => ({ key: "a key", models: { first: network(SGD({ learningRate: () => 1, momentum: 0.9 })), second: scheduled() } }), /"first" was trained by another optimizer than this SGD/],
    ["other names", () => ({ key: "a key", models: { first: momentum(), third: scheduled() } }), /its record of "third" is nothing; expected an object/],
    ["fewer models", () => ({ key: "a key", models: { first: momentum() } }), /holds other weights than those of these models/],
    ["other shapes", () => ({ key: "a key", models: { first: Sequential([Input({ shape: [9] }), Dense({ units: 1 })]), second: scheduled() } }), /holds "first\/0" as \[3, 4\], which .* needs as \[9, 1\]/],
  ])("%s", async (_, make, fault) => {
    const training = pair();
    await update(training, [1]);
    await writeCheckpoint(path, training, 1);
    const other = make() as ReturnType<typeof pair>;
    if (!other.models.first.optimizer) other.models.first.compile({ optimizer: SGD({ momentum: 0.9 }), loss: "meanSquaredError" });
    expect(await restored(other)).toEqual({ faults: [expect.stringMatching(fault)] });
  }); // prettier-ignore

  test("a model file under its name", async () => {
    await writeCheckpoint(path, pair(), 1);
    renameSync(path, `${path}.previous`);
    writeFileSync(path, "a text");
    expect((await restored()).progress).toBe(1);
  });
});

test("two that are written at once leave one that is whole", async () => {
  await Promise.all([1, 2, 3].map((progress) => writeCheckpoint(path, pair(), progress)));
  const { progress, faults } = await restored();
  expect([1, 2, 3]).toContain(progress);
  expect(faults).toEqual([]);
});

test("what cannot be saved is refused before the last checkpoint is touched", async () => {
  const training = pair();
  await writeCheckpoint(path, training, 1);
  training.models.first.weights[0].assign(Array(12).fill(NaN));
  await expect(writeCheckpoint(path, training, 2)).rejects.toThrow('"first/0" holds values that are not finite');
  const plain = Sequential([Input({ shape: [1] }), Dense({ units: 1 })]);
  const uncompiled = { key: "a key", models: { plain } };
  await expect(writeCheckpoint(path, uncompiled, 2)).rejects.toThrow('checkpoint: the model "plain" is not compiled; call compile before.'); // prettier-ignore
  expect((await restored()).progress).toBe(1);
  expect(readdirSync(folder)).not.toContain(`${count - 1}.checkpoint.previous`);
});

test("a process that is killed while it writes leaves one that is whole, and of one moment", async () => {
  const script = await buildProcess("writeCheckpoints", folder);
  const random = new RandomStream(20261130);
  for (let kill = 0; kill < 3; kill++) {
    const { out, err } = await runProcess(script, [path], random.integer(60));
    expect(err).toBe("");
    const model = Sequential([Input({ shape: [300] }), Dense({ units: 300 })]);
    model.compile({ optimizer: Adam(), loss: "meanSquaredError" });
    const { progress, faults } = await restoreCheckpoint(path, { key: "numbers", models: { model } });
    expect(faults).toEqual([]);
    // The one that was announced last, or the next.
    const last = Number(out.trim().split("\n").at(-1));
    expect([last, last + 1]).toContain(progress);
    const [kernel] = model.weights;
    const expected = tensor(Array(300 * 300).fill(progress), [300, 300]);
    expect(await kernel.data()).toEqual(await expected.data());
    expect(model.optimizer!.iterations).toBe(progress);
  }
});
