// fit with a checkpoint: whatever ends it, the same program goes on with it to the same bits.
import { existsSync, promises as files, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { BackupAndRestore, checkpointAt } from "../../src/formats/index.js";
import { Adam, type Callback, Dense, EarlyStopping, FileError, Input, LearningRateScheduler, ModelCheckpoint, type ModelLayer, ReduceLROnPlateau, Sequential, setSeed, SGD, TerminateOnNaN } from "../../src/index.js"; // prettier-ignore
import { RandomStream } from "../../src/random.js";
import { batches, breakAt, data, type KeptTraining, memoryStore, stateOf, train } from "../support/keptTraining.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("fitCheckpoint");

/** How many hooks of each kind are tried; FIT_KILLS=1000 for all. */
const numHooks = Number(process.env.FIT_KILLS ?? 4);
const stream = new RandomStream(20261201);
const someOf = (count: number) => stream.permutation(count).slice(0, numHooks);

/** Training with a checkpoint after each batch, of callbacks that are made anew each time. */
interface Kind extends Omit<KeptTraining, "callbacks"> {
  callbacks?: () => Callback[];
}

const kinds: Record<string, Kind> = {
  "arrays, shuffled": {},
  "arrays in parts of epochs": { stepsPerEpoch: 3, validationSteps: 1, epochs: 4 },
  "arrays in order, a part held out": { shuffle: false, validationSplit: 0.4, validationData: undefined as never },
  "a function that makes batches": { batches },
  "batches in parts of epochs, validated in parts": { batches, stepsPerEpoch: 4, validationData: () => [data(2, 50), data(2, 60), data(2, 70)], validationSteps: 2, epochs: 4 }, // prettier-ignore
  "a generator that gives its batches once": { stepsPerEpoch: 2, epochs: 3 },
  "callbacks with states": {
    optimizer: () => SGD({ learningRate: 0.5 }),
    epochs: 5,
    callbacks: () => [
      LearningRateScheduler((_, rate) => rate * 0.9),
      ReduceLROnPlateau({ patience: 1, monitor: "loss", minDelta: 1 }),
      EarlyStopping({ patience: 2, restoreBestWeights: true, monitor: "val_accuracy", minDelta: 0.6 }),
    ],
  },
  "averages of weights, accumulated gradients, a scale of the loss": {
    optimizer: () => Adam({ useEma: true, gradientAccumulationSteps: 2, dynamicLossScale: { growthSteps: 3 } }),
  },
  "a callback that stops within an epoch": {
    callbacks: () => [{ onTrainBatchEnd(batch) { this.model!.stopTraining = batch === 2; } }],
  },
}; // prettier-ignore

const options = (name: string): KeptTraining => {
  const { callbacks, ...rest } = kinds[name];
  const source = name.startsWith("a generator") ? { batches: batches() } : {};
  return { ...rest, ...source, callbacks: callbacks?.() ?? [] };
};

describe.each(Object.keys(kinds))("%s", (name) => {
  test("ended at any hook, and again, it goes on to the same bits", async () => {
    const undisturbed = await train(options(name));
    const count = breakAt(-1);
    await train({ ...options(name), callbacks: [...options(name).callbacks!, count] });
    expect(count.count).toBeGreaterThan(10);
    const store = memoryStore();
    for (const hook of someOf(count.count)) {
      store.kept = [];
      // The second time some batches after it went on, unless it has ended before.
      for (const [time, at] of [hook, 21].entries()) {
        const broken = { ...options(name), callbacks: [...options(name).callbacks!, breakAt(at)] };
        const run = train({ ...broken, checkpoint: checkpointAt(store, { every: 1 }) });
        const error = await run.then(() => undefined, String);
        expect(error).toBe(error === undefined && time === 1 ? undefined : "Error: broken");
      }
      const again = { ...options(name), callbacks: [...options(name).callbacks!, breakAt(-1)] };
      expect(await train({ ...again, checkpoint: checkpointAt(store) }), `hook ${hook}`).toEqual(undisturbed);
    }
  });
});

test("a program of another seed goes on to the same bits, as all random numbers are in the checkpoint", async () => {
  const undisturbed = await train({});
  const store = memoryStore();
  const broken = { callbacks: [breakAt(17)], checkpoint: checkpointAt(store, { every: 1 }) };
  await expect(train(broken)).rejects.toThrow("broken");
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  expect(await train({ programSeed: 4, checkpoint: checkpointAt(store), verbose: 2 })).toEqual(undisturbed);
  expect(log.mock.calls[0]).toEqual(["Goes on after batch 5 of epoch 1: memory."]);
  log.mockRestore();
});

describe("a signal", () => {
  /** Aborts at a hook. */
  const aborting = (hook: keyof Callback, at: number) => {
    const stop = new AbortController();
    let times = 0;
    const callback: Callback = { [hook]: () => void (times++ === at && stop.abort(new Error("stop"))) };
    return { signal: stop.signal, callback };
  };

  test.each([
    ["onTrainBatchEnd", 0], ["onTrainBatchEnd", 7], ["onTrainBatchBegin", 6], ["onTestBegin", 0], ["onTestBatchEnd", 2],
    ["onEpochEnd", 1], ["onEpochBegin", 2], ["onTrainBegin", 0],
  ] as const)("aborted in %s saves what has been trained", async (hook, at) => {
    const rates = () => [LearningRateScheduler((_, rate) => rate * 0.9), EarlyStopping({ patience: 5, monitor: "loss" })];
    const undisturbed = await train({ callbacks: rates() });
    const store = memoryStore();
    const { signal, callback } = aborting(hook, at);
    let model!: ModelLayer;
    const first = train({ callbacks: [...rates(), callback], signal, onModel: (its) => (model = its), checkpoint: checkpointAt(store, { every: 10_000 }) });
    await expect(first).rejects.toThrow("stop");
    const then = await stateOf(model);
    let resumed: Awaited<ReturnType<typeof stateOf>> | undefined;
    const look: Callback = { async onTrainBatchBegin() { resumed ??= await stateOf(this.model as ModelLayer); } };
    expect(await train({ callbacks: [...rates(), look], checkpoint: checkpointAt(store) })).toEqual(undisturbed);
    expect(resumed).toEqual(then);
  }); // prettier-ignore
});

describe("what is another training is refused, and named", () => {
  const place = memoryStore();
  const line = (more: object = {}, units = 1) => {
    setSeed(1);
    const model = Sequential([
      Input({ shape: [2] }),
      Dense({ units: 3, activation: "tanh", ...more }),
      Dense({ units }),
    ]);
    model.compile({ optimizer: SGD({ learningRate: 0.1 }), loss: "mse" });
    return model;
  };
  const [x, y] = [[[1, 2], [3, 4], [5, 6], [7, 8]], [[1], [2], [3], [4]]]; // prettier-ignore
  const adam = line();
  adam.compile({ optimizer: Adam({ learningRate: 0.1 }), loss: "mse" });
  const faster = line();
  faster.compile({ optimizer: SGD({ learningRate: 0.2 }), loss: "mse" });
  const huber = line();
  huber.compile({ optimizer: SGD({ learningRate: 0.1 }), loss: "huber" });

  test.each<[string, ModelLayer, object, string]>([
    ["batch size", line(), { batchSize: 1 }, "fit batchSize was 2, now it is 1"],
    ["order", line(), { shuffle: false }, "fit shuffle was nothing, now it is false"],
    ["units", line({ units: 4 }), {}, 'layer 1 was "Dense [2, 3] [3]", now it is "Dense [2, 4] [4]"'],
    ["activation", line({ activation: "relu" }), {}, "layer 1 (Dense) activation was tanh, now it is relu"],
    ["frozen", line({ trainable: false }), {}, "layer 1 (Dense) trainable was true, now it is false"],
    ["optimizer", adam, {}, "optimizer was SGD, now it is Adam"],
    ["rate", faster, {}, "optimizer learningRate was 0.1, now it is 0.2"],
    ["loss", huber, {}, "compile loss was"],
    ["samples", line(), { x: x.slice(1), y: y.slice(1) }, 'x was "[4, 2]", now it is "[3, 2]"'],
    ["validation", line(), { validationData: [x, y] }, 'validation was none, now it is "2 batches"'],
    [
      "callbacks",
      line(),
      { callbacks: [EarlyStopping({ monitor: "loss" })] },
      "the number of callbacks with a state was 0, now it is 1",
    ],
  ])(
    "%s",
    async (_, model, { x: otherX = x, y: otherY = y, ...other }: { x?: number[][]; y?: number[][] }, message) => {
      const common = { batchSize: 2, epochs: 2, verbose: 0 as const, checkpoint: checkpointAt(place) };
      place.kept = [];
      await line().fit(x, y, common);
      const before = await stateOf(model);
      const error = await model.fit(otherX, otherY, { ...common, ...other }).then(String, (thrown: Error) => thrown);
      expect(error).toMatchObject({ name: "ArgumentError" });
      expect((error as Error).message).toContain(`memory: belongs to another training: ${message}`);
      expect((error as Error).message).toMatch(/; choose another place, or resume: false\.$/);
      expect((error as Error).message).not.toContain("\n");
      expect(await stateOf(model)).toEqual(before);
      await model.fit(otherX, otherY, { ...common, ...other, checkpoint: checkpointAt(place, { resume: false }) });
    },
  );
});

describe("the checkpoint of a training that has ended", () => {
  test("gives the result at once; with more epochs it goes on as if there had been no end", async () => {
    const longer = await train({ epochs: 5, optimizer: () => Adam({ useEma: true }) });
    const checkpoint = checkpointAt(memoryStore());
    const given = { optimizer: () => Adam({ useEma: true }), checkpoint };
    const first = await train(given);
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const count = breakAt(-1);
    expect(await train({ ...given, verbose: 2, callbacks: [count] })).toEqual(first);
    expect(count.count, "onTrainEnd").toBe(1);
    expect(log.mock.calls).toEqual([["Has been trained: memory."]]);
    log.mockRestore();
    expect(await train({ ...given, epochs: 5 })).toEqual(longer);
  });

  test("BackupAndRestore deletes it, as Keras does, unless it is to stay", async () => {
    const undisturbed = await train({});
    const backupDir = join(folder, "a", "b");
    const backup = () => BackupAndRestore({ backupDir, saveFrequency: 2 });
    await expect(train({ callbacks: [backup(), breakAt(20)] })).rejects.toThrow("broken");
    expect(readdirSync(backupDir).sort()).toEqual(["training.checkpoint", "training.checkpoint.previous"]);
    expect(await train({ callbacks: [backup(), breakAt(-1)] })).toEqual(undisturbed);
    expect(readdirSync(backupDir)).toEqual([]);
    await train({ callbacks: [BackupAndRestore({ backupDir, deleteCheckpoint: false })] });
    expect(existsSync(join(backupDir, "training.checkpoint"))).toBe(true);
  });
});

describe("what goes wrong", () => {
  test("a full disk ends fit with an error; the last checkpoint is whole, and the model trains on", async () => {
    const path = join(folder, "full.checkpoint");
    const undisturbed = await train({});
    let model!: ModelLayer;
    const fills: Callback = { onTrainBatchEnd: (batch) => void (batch === 3 && full()) };
    const open = files.open;
    const full = () => vi.spyOn(files, "open").mockImplementation(async (...args) => {
      const handle = await open(...args);
      if (String(args[1]).startsWith("w")) vi.spyOn(handle, "sync").mockRejectedValue(new Error("ENOSPC: no space left on device, fsync"));
      return handle;
    }); // prettier-ignore
    const error = await train({ callbacks: [fills], onModel: (its) => (model = its), checkpoint: checkpointAt(path, { every: 1 }) }).catch((thrown: Error) => thrown); // prettier-ignore
    vi.restoreAllMocks();
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(
      /full\.checkpoint: cannot be written \(ENOSPC: no space left on device, fsync\)\.$/,
    );
    expect((await stateOf(model)).iterations).toBe(4);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
    expect(await train({ callbacks: [{}], checkpoint: checkpointAt(path) })).toEqual(undisturbed);
    await model.fit(...data(2, 1), { batchSize: 2, verbose: 0 });
    expect((await stateOf(model)).iterations).toBe(5);
  });

  test("a place that cannot be written is known before anything is computed", async () => {
    const count = breakAt(-1);
    const checkpoint = checkpointAt(join(import.meta.filename, "no", "folder"));
    await expect(train({ callbacks: [count], checkpoint })).rejects.toThrow(/cannot be read \(ENOTDIR/);
    expect(count.count).toBe(0);
  });

  test("a damaged checkpoint is said, and the one before it used; two are an error", async () => {
    const undisturbed = await train({});
    const store = memoryStore();
    const checkpoint = checkpointAt(store, { every: 1 });
    await expect(train({ callbacks: [breakAt(20)], checkpoint })).rejects.toThrow("broken");
    store.kept[0]![300] ^= 1;
    const whole = [...store.kept];
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(await train({ callbacks: [breakAt(-1)], checkpoint })).toEqual(undisturbed);
    expect(warn.mock.calls).toEqual([["memory: damaged, or no checkpoint (its checksum is wrong). The one before it is used."]]); // prettier-ignore
    warn.mockRestore();
    store.kept = [whole[0], new Uint8Array(3)];
    const error = await train({ callbacks: [breakAt(-1)], checkpoint }).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message.replace(/_\d+/, "")).toBe('Sequential "sequential".fit: memory: damaged, or no checkpoint (its checksum is wrong). To begin anew, give resume: false.'); // prettier-ignore
    expect(store.kept[0]).toBe(whole[0]);
  });

  test("weights that are not finite are not kept, and training ends as without a checkpoint", async () => {
    const store = memoryStore();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const spoil: Callback = {
      onTrainBatchEnd(batch, logs) {
        if (batch < 2) return;
        logs.loss = NaN;
        const [{ size }] = (this.model as ModelLayer).weights;
        (this.model as ModelLayer).weights[0].assign(new Float32Array(size).fill(NaN));
      },
    };
    await train({ epochs: 1, callbacks: [spoil, TerminateOnNaN()], checkpoint: checkpointAt(store, { every: 1 }) });
    const said = warn.mock.calls.map(([text]) => String(text));
    warn.mockRestore();
    expect(said.at(-1)).toMatch(/^memory: "model\/0" holds values that are not finite;.* The last checkpoint stays\.$/);
    let iterations: number | undefined;
    const look: Callback = { onTrainBatchBegin() { iterations ??= (this.model as ModelLayer).optimizer!.iterations; } }; // prettier-ignore
    await train({ epochs: 1, callbacks: [look, TerminateOnNaN()], checkpoint: checkpointAt(store) });
    expect(iterations).toBe(2);
  });

  test("options and callbacks that cannot be kept are refused", async () => {
    const path = "run.checkpoint" as never;
    await train({ epochs: 1, callbacks: [{ checkpoint: path } as Callback] }); // a callback's own affair
    await expect(train({ checkpoint: path })).rejects.toThrow('.fit: checkpoint "run.checkpoint"; expected checkpointAt(path) of zoetrope/formats.');
    expect(() => checkpointAt("")).toThrow('checkpointAt: "" as the place; expected a path, or a store.');
    expect(() => checkpointAt("a", { every: 0 })).toThrow('checkpointAt: every 0; expected "epoch" or a number of batches.');
    expect(() => checkpointAt("a", { often: 1 } as object)).toThrow("often");
    expect(() => BackupAndRestore({} as never)).toThrow("BackupAndRestore: backupDir undefined; expected the path of a folder.");
    expect(() => BackupAndRestore({ backupDir: "a", saveFrequency: 0.5 })).toThrow('BackupAndRestore: saveFrequency 0.5; expected "epoch"');
    const checkpoint = checkpointAt(memoryStore());
    await expect(train({ checkpoint, callbacks: [{ getState: () => 1 }] })).rejects.toThrow(/\.fit: a callback has only one of getState and setState; give both, or none\.$/);
    const round: object[] = [];
    round.push(round);
    await expect(train({ checkpoint, callbacks: [{ getState: () => round, setState() {} }] })).rejects.toThrow("memory: holds something that no file can hold");
  }); // prettier-ignore
});

test("ModelCheckpoint and callbacks of a user's own go on with what they remember", async () => {
  const saved: number[] = [];
  const values = [5, 3, 4, 2, 6, 1];
  const callbacks = (): Callback[] => {
    let seen = new Float32Array(0);
    return [
      { onEpochEnd: (epoch, logs) => void (logs.value = values[epoch]) },
      ModelCheckpoint({ save: (_, epoch: number) => saved.push(epoch), target: (epoch) => epoch, monitor: "value", mode: "min", saveBestOnly: true }),
      {
        onEpochEnd: (_, logs) => void (seen = Float32Array.of(...seen, logs.value)),
        onTrainEnd: () => void saved.push(seen.length),
        getState: () => ({ seen }),
        setState: (state: { seen: Float32Array }) => void ({ seen } = state as { seen: Float32Array<ArrayBuffer> }),
      },
    ];
  }; // prettier-ignore
  const store = memoryStore();
  const given = { epochs: 6, checkpoint: checkpointAt(store, { every: "epoch" as const }) };
  const ends: Callback = { onEpochBegin: (epoch) => { if (epoch === 3) throw new Error("broken"); } }; // prettier-ignore
  await expect(train({ ...given, callbacks: [...callbacks(), ends] })).rejects.toThrow("broken");
  expect(saved.splice(0)).toEqual([0, 1]);
  const { history } = await train({ ...given, callbacks: [...callbacks(), {}] });
  expect(saved).toEqual([3, 5, 6]);
  expect(history.value).toEqual(values);
});

test("by default it is written at the beginning, after epochs, every 30 seconds, and at the end", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const store = memoryStore();
    const written: string[] = [];
    const { write } = store;
    let at = "begin";
    store.write = async (pieces) => {
      await write(pieces);
      written.push(at);
      vi.advanceTimersByTime(100); // the next comes 2 s later at the earliest
    };
    const passes: Callback = {
      onEpochBegin: (epoch) => void (at = `${epoch}`),
      onTrainBatchEnd(batch) {
        at = `${at[0]}.${batch}`;
        vi.advanceTimersByTime(at[0] === "1" ? 11_000 : 100);
      },
    };
    await train({ epochs: 5, callbacks: [passes], checkpoint: checkpointAt(store) });
    expect(written).toEqual(["begin", "1.2", "1.4", "4.4"]);
  } finally {
    vi.useRealTimers();
  }
});
