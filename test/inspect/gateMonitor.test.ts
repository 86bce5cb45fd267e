// GateMonitor: its values are those of saturation and of the gates themselves, and training is the same with it.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Bidirectional, Dense, GRU, Input, LSTM, memory, type ModelLayer, RNN, Sequential, setSeed, SimpleRNN, SimpleRNNCell, TimeDistributed } from "../../src/index.js"; // prettier-ignore
import { GateMonitor, saturation, trace } from "../../src/inspect/index.js";
import { uniform } from "../support/keptTraining.js";

const clips = uniform([3, 4, 2], 1);
const [x, y] = [uniform([8, 4, 2], 2), uniform([8, 1], 3)];
beforeEach(() => setSeed(1));

/** A forget gate of which one unit of four is always open, one always closed. */
function network(): ModelLayer {
  const model = Sequential([
    Input({ shape: [4, 2] }),
    LSTM({ units: 4, name: "memory", returnSequences: true, biasInitializer: "zeros" }),
    GRU({ units: 2, name: "reader" }),
    Dense({ units: 1 }),
  ]);
  const { bias } = model.getLayer("memory") as unknown as { bias: { assign(values: Float32Array): void } };
  bias.assign(Float32Array.from({ length: 16 }, (_, i) => (i === 5 ? 9 : i === 6 ? -9 : 0))); // i, f, c, o
  model.compile({ optimizer: "sgd", loss: "mse" });
  return model;
}

test("gives for each gate the share of saturated values, and of units that never move", async () => {
  const model = network();
  const { history } = await model.fit(x, y, {
    epochs: 2,
    verbose: 0,
    callbacks: [GateMonitor({ clips, batchSize: 2 })],
  });
  const names = ["input", "forget", "output"].map((gate) => `memory/${gate}`);
  const all = [...names, "reader/update", "reader/reset"].flatMap((gate) => [`${gate}_saturation`, `${gate}_dead`]);
  expect(Object.keys(history).filter((name) => name.includes("/"))).toEqual(all);
  expect(history["memory/forget_dead"]).toEqual([0.5, 0.5]);
  expect(history["memory/input_dead"]).toEqual([0, 0]);
  const { gates, count } = await saturation(model, clips, { layer: "memory" });
  const share = [...gates.f.low, ...gates.f.high].reduce((a, b) => a + b) / (4 * count);
  expect(share).toBeGreaterThan(0.49);
  expect(history["memory/forget_saturation"].at(-1)).toBe(share);
  const { f, ...rest } = trace(model, clips, { layer: "memory" });
  const values = [...(await f.data())];
  for (const used of [f, ...Object.values(rest)]) used.dispose();
  const ofUnit = (unit: number) => values.filter((_, i) => i % 4 === unit);
  expect(gates.f.min).toEqual([0, 1, 2, 3].map((unit) => Math.min(...ofUnit(unit))));
  expect(gates.f.max).toEqual([0, 1, 2, 3].map((unit) => Math.max(...ofUnit(unit))));
});

test("training is the same as without it, and nothing is left in memory", async () => {
  const train = async (callbacks: ReturnType<typeof GateMonitor>[]) => {
    setSeed(4);
    using model = Sequential([
      Input({ shape: [4, 2], batchSize: 4 }),
      LSTM({ units: 3, stateful: true, dropout: 0.3 }),
      Dense({ units: 1 }),
    ]);
    model.compile({ optimizer: "adam", loss: "mse" });
    const { history } = await model.fit(x, y, { batchSize: 4, epochs: 3, verbose: 0, callbacks });
    return { loss: history.loss, weights: await model.getWeights() };
  };
  const { buffers } = memory();
  const without = await train([]);
  expect(await train([GateMonitor({ clips: uniform([4, 4, 2], 1) })])).toEqual(without);
  expect(memory().buffers).toBe(buffers);
});

test("names layers inside of others by their path", async () => {
  const inner = Sequential({ layers: [Input({ shape: [4, 2] }), LSTM({ units: 2, name: "words" })], name: "line" });
  const model = Sequential([
    Input({ shape: [3, 4, 2] }),
    TimeDistributed(inner),
    Bidirectional(GRU({ units: 2, name: "gru" }), { name: "both" }),
    Dense({ units: 1 }),
  ]);
  model.compile({ loss: "mse" });
  const [films, target] = [uniform([2, 3, 4, 2], 1), uniform([2, 1], 2)];
  const { history } = await model.fit(films, target, { verbose: 0, callbacks: [GateMonitor({ clips: films })] });
  const names = Object.keys(history).filter((name) => name.endsWith("_dead"));
  expect(names.map((name) => name.replace(/^time_distributed\w*/, "td"))).toEqual([
    ...["input", "forget", "output"].map((gate) => `td/line/words/${gate}_dead`),
    ...["forward", "backward"].flatMap((way) => [`both/${way}_gru/update_dead`, `both/${way}_gru/reset_dead`]),
  ]);
});

test("progress lines do not show its values", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await network().fit(x, y, { verbose: 2, callbacks: [GateMonitor({ clips })] });
  expect(log.mock.calls.flat().join("\n")).toMatch(/^Epoch 1\/1: \d\.\d s, loss: \d\.\d+$/);
  log.mockRestore();
});

describe("is refused", () => {
  test.each([
    [{}, "GateMonitor: expected { clips }; give a few clips to look at."],
    [{ clips, batchSize: 0 }, "GateMonitor: batchSize 0; expected a whole number from 1."],
    [{ clips, gates: ["f"] }, "gates"],
  ])("with %j", (options, message) => {
    expect(() => GateMonitor(options as never)).toThrow(message);
  });

  test("without a model, or without logs", async () => {
    const monitor = GateMonitor({ clips });
    await expect(monitor.onEpochEnd!(0, {})).rejects.toThrow("GateMonitor: undefined; expected a model or layer.");
    await expect(monitor.onEpochEnd!(0, null as never)).rejects.toThrow(
      "GateMonitor: logs null; expected an object of numbers.",
    );
  });

  test("for a model without gates, before it is trained", async () => {
    for (const layer of [SimpleRNN({ units: 1 }), RNN(SimpleRNNCell({ units: 1 }))]) {
      const model = Sequential([Input({ shape: [4, 2] }), layer, Dense({ units: 1 })]);
      model.compile({ loss: "mse" });
      await expect(model.fit(x, y, { verbose: 0, callbacks: [GateMonitor({ clips })] })).rejects.toThrow(
        "GateMonitor: the model has no recurrent layer with gates; it watches LSTM, GRU and ConvLSTM.",
      );
      expect(model.optimizer!.iterations).toBe(0);
    }
  });
});
