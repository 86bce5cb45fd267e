// Callbacks that write files: CSVLogger against lines of Keras 3.15.1, event files against bytes of TensorFlow 2.21.0.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ArgumentError, type Callback, Dense, FileError, Input, Sequential, setSeed } from "../../src/index.js";
import { checkpointAt } from "../../src/formats/index.js";
import { scalarEvent, versionEvent } from "../../src/node/eventFile.js";
import { CSVLogger, TensorBoard } from "../../src/node/index.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("callbacks");
const text = (path: string) => readFileSync(path, "utf8");
const lines = async (logger: Callback, epochs: readonly Record<string, number>[], first = 0) => {
  await logger.onTrainBegin!();
  for (const [i, logs] of epochs.entries()) await logger.onEpochEnd!(first + i, logs);
};

describe("CSVLogger", () => {
  test("writes what Keras does, and adds to it", async () => {
    const filename = join(folder, "log.csv");
    const header = "epoch,accuracy,loss,val_accuracy,val_loss\r\n";
    const two = `${header}0,0.25,1.5,NA,NA\r\n1,NA,0.125,NA,NA\r\n`;
    await lines(CSVLogger({ filename }), [{ loss: 1.5, accuracy: 0.25 }, { loss: 0.125 }]);
    expect(text(filename)).toBe(two);
    await lines(CSVLogger({ filename, append: true }), [{ loss: 0.0625, accuracy: 0.5 }], 2);
    expect(text(filename)).toBe(`${two}2,0.5,0.0625,NA,NA\r\n`);
    const other = lines(CSVLogger({ filename, append: true }), [{ loss: 1 }]);
    await expect(other).rejects.toThrow(/log\.csv: has the columns "epoch,accuracy.*, but this training "epoch,loss,val_loss"; give another file\.$/);
    expect(text(filename)).toBe(`${two}2,0.5,0.0625,NA,NA\r\n`);
    await lines(CSVLogger({ filename, separator: ";" }), [{ val_loss: 2.5, "a;b": 0.5, 'c"': 1 }]);
    expect(text(filename)).toBe('epoch;"a;b";"c""";val_loss\r\n0;0.5;1;2.5\r\n');
  }); // prettier-ignore

  test("a line for each epoch of fit, and a new file for the next fit", async () => {
    using model = smallModel();
    const filename = join(folder, "fit.csv");
    const callbacks = [CSVLogger({ filename })];
    const { history } = await model.fit(x, y, { epochs: 2, validationSplit: 0.25, callbacks, verbose: 0 });
    const rows = history.loss.map((loss, i) => `${i},${loss},${history.val_loss[i]}\r\n`);
    expect(text(filename)).toBe(`epoch,loss,val_loss\r\n${rows.join("")}`);
    await model.fit(x, y, { validationSplit: 0.25, callbacks, verbose: 0 });
    expect(text(filename).split("\r\n")).toHaveLength(3);
  });

  test("goes on in its file where fit goes on from a checkpoint", async () => {
    const run = async (name: string, lastEpoch: number) => {
      using model = smallModel();
      const stop = new AbortController();
      const onEpochBegin = (epoch: number) => void (epoch > lastEpoch && stop.abort(new Error("enough")));
      const callbacks = [CSVLogger({ filename: join(folder, `${name}.csv`) }), { onEpochBegin }];
      const checkpoint = checkpointAt(join(folder, `${name}.checkpoint`));
      const options = {
        epochs: 4,
        batchSize: 4,
        seed: 3,
        callbacks,
        checkpoint,
        signal: stop.signal,
        verbose: 0,
      } as const;
      await model.fit(x, y, options).catch((error: Error) => expect(error.message).toBe("enough"));
      return text(join(folder, `${name}.csv`));
    };
    const whole = await run("whole", 3);
    expect(whole.split("\r\n")).toHaveLength(6);
    expect(whole.startsWith(await run("stopped", 1))).toBe(true);
    expect(await run("stopped", 3)).toBe(whole);
  });

  test("wrong options and paths", async () => {
    expect(() => CSVLogger({} as never)).toThrow(ArgumentError);
    expect(() => CSVLogger({ filename: "a", separator: "\n" })).toThrow('separator "\\n"; expected one character');
    expect(() => CSVLogger({ filename: "a", seperator: "," } as never)).toThrow('did you mean "separator"');
    const nowhere = CSVLogger({ filename: join(folder, "none", "log.csv") });
    await expect(nowhere.onTrainBegin!()).rejects.toThrow(FileError);
    await expect(nowhere.onTrainBegin!()).rejects.toThrow(/none.log\.csv: cannot be written \(ENOENT.*\)\.$/);
  });
});

const x = { data: Float32Array.from({ length: 16 }, (_, i) => i / 16), shape: [8, 2] };
const y = { data: Float32Array.from({ length: 8 }, (_, i) => i % 2), shape: [8, 1] };
function smallModel() {
  setSeed(1);
  const model = Sequential([Input({ shape: [2] }), Dense({ units: 1 })]);
  model.compile({ optimizer: "adam", loss: "mse" });
  return model;
}

interface Case {
  name: string;
  events: { time: number; step: number; scalars: { tag: string; value: string }[] }[];
  bytes: string;
}
const { cases }: { cases: Case[] } = JSON.parse(text("test/fixtures/eventFiles.json"));

test.each(cases)("event files: the bytes of TensorFlow, $name", ({ events, bytes }) => {
  const number = (value: string) => (value === "inf" ? Infinity : Number(value));
  const ours = events.map(({ time, step, scalars }) =>
    scalarEvent(time, step, scalars.map(({ tag, value }) => ({ tag, value: number(value) }))),
  ); // prettier-ignore
  expect(Buffer.concat([versionEvent(events[0].time), ...ours]).toString("base64")).toBe(bytes);
});

/** The records of the only file of a folder, without the first eight bytes of each, and the times that they begin with. */
function recordsIn(path: string) {
  const names = readdirSync(path);
  expect(names).toHaveLength(1);
  expect(names[0]).toMatch(/^events\.out\.tfevents\.\d+\..+\.\d+\.\d+\.v2$/);
  const bytes = readFileSync(join(path, names[0]));
  const records: { bytes: Buffer; time: number }[] = [];
  for (let at = 0; at < bytes.length; at += records.at(-1)!.bytes.length) {
    const length = 12 + bytes.readUInt32LE(at) + 4;
    records.push({ bytes: bytes.subarray(at, at + length), time: bytes.readDoubleLE(at + 13) });
  }
  return records;
}

describe("TensorBoard", () => {
  test("values of epochs and batches, those of validation by themselves", async () => {
    using model = smallModel();
    const logDir = join(folder, "logs", "1");
    const batches: number[] = [];
    const { history } = await model.fit(x, y, {
      ...{ epochs: 2, batchSize: 2, validationSplit: 0.25, verbose: 0 },
      callbacks: [
        TensorBoard({ logDir, updateFreq: 2 }),
        { onTrainBatchEnd: (_, { loss }) => void batches.push(loss) },
      ],
    });
    const scalar = (tag: string, value: number) => ({ tag, value });
    const epoch = (i: number) => [i, [scalar("epoch_loss", history.loss[i]), scalar("epoch_learning_rate", 1e-3)]] as const;
    const batch = (i: number) => [i, [scalar("batch_loss", batches[i - 1])]] as const;
    const [version, ...train] = recordsIn(join(logDir, "train"));
    expect(version.bytes).toEqual(Buffer.from(versionEvent(version.time)));
    const expected = [batch(2), epoch(0), batch(4), batch(6), epoch(1)];
    expect(train.map(({ bytes }) => bytes)).toEqual(
      expected.map(([step, scalars], i) => Buffer.from(scalarEvent(train[i].time, step, scalars))),
    );
    const [, ...validation] = recordsIn(join(logDir, "validation"));
    expect(validation.map(({ bytes }) => bytes)).toEqual(
      validation.map(({ time }, i) => Buffer.from(scalarEvent(time, i, [scalar("epoch_loss", history.val_loss[i])]))),
    );
    expect(validation).toHaveLength(2);
    expect(Math.abs(version.time - Date.now() / 1000)).toBeLessThan(3600);
  }); // prettier-ignore

  test("counts on where fit goes on from a checkpoint", async () => {
    const [first, second] = [0, 1].map((i) => TensorBoard({ logDir: join(folder, `on${i}`), updateFreq: "batch" }));
    for (let batch = 0; batch < 6; batch++) await first.onTrainBatchEnd!(batch, { loss: 1 });
    await second.onTrainBegin!();
    second.setState!(first.getState!() as never);
    await second.onTrainBatchEnd!(6, { loss: 1 });
    expect([first.getState!(), second.getState!()]).toEqual([6, 7]);
  });

  test("wrong options and paths", async () => {
    expect(() => TensorBoard({ logDir: "" })).toThrow('logDir ""; expected the path of a folder');
    expect(() => TensorBoard({ updateFreq: 0 })).toThrow(ArgumentError);
    expect(() => TensorBoard({ updateFreq: "step" as never })).toThrow(
      'updateFreq "step"; expected "epoch", "batch" or',
    );
    expect(() => TensorBoard({ histogramFreq: 1 } as never)).toThrow(ArgumentError);
    mkdirSync(join(folder, "file"));
    writeFileSync(join(folder, "file", "train"), "");
    const board = TensorBoard({ logDir: join(folder, "file") });
    await board.onTrainBegin!();
    await expect(board.onEpochEnd!(0, { loss: 1 })).rejects.toThrow(/cannot be written \((ENOTDIR|EEXIST)/);
  });
});
