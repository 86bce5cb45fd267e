// The state of optimizers as Keras 1.2 to 2.10 lists it in .h5 files: counts absent or doubled, moments in either order.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { stateOfNames } from "../../../src/formats/keras/weights/oldState.js";
import { readOptimizer } from "../../../src/formats/keras/config/read/optimizer.js";
import type { H5Dataset } from "../../../src/formats/hdf5/read.js";
import {
  Adadelta,
  Adam,
  Adamax,
  Dense,
  FileError,
  Input,
  Nadam,
  type Optimizer,
  RMSprop,
  Sequential,
  SGD,
} from "../../../src/index.js";
import { loadModel, saveModel } from "../../../src/formats/index.js";

/** Two weights of the same shape, and one of another. */
const model = () =>
  Sequential([Input({ shape: [2] }), Dense({ units: 2, useBias: false }), Dense({ units: 2 })]) as never as Parameters<
    typeof stateOfNames
  >[1];

const array = (shape: number[], first: number): H5Dataset => {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => first + i / 8) } as unknown as H5Dataset;
};
const weightShapes = [[2, 2], [2, 2], [2]];
/** The arrays of one kind, which begin with these numbers. */
const kind = (first: number) => weightShapes.map((shape, i) => array(shape, first + i));
const count = array([], 7);

const stateOf = (optimizer: Optimizer, named: [string, H5Dataset][]) => {
  const { slots, ...rest } = stateOfNames("file", model(), optimizer, named.map(([name]) => name), named.map(([, item]) => item)); // prettier-ignore
  return { ...rest, slots: slots.map(([slot, data]) => `${slot.name.split("/").at(-1)} ${data[0]}`) };
};
const unnamed = (list: H5Dataset[]) =>
  list.map((item, i): [string, H5Dataset] => [`training/Adam/Variable_${i}:0`, item]);
const paired = (a: H5Dataset[], b: H5Dataset[]) => a.flatMap((item, i) => [item, b[i]]);
const moments = ["momentum -1", "momentum 0", "momentum 1", "velocity 5", "velocity 6", "velocity 7"];

describe("names that say what an array is", () => {
  const paths = ["dense/kernel", "dense_1/kernel", "dense_1/bias"];
  const named = (name: (path: string, i: number) => string, list: H5Dataset[]) =>
    list.map((item, i): [string, H5Dataset] => [name(paths[i], i), item]);
  const styles: [string, (word: string) => (path: string, i: number) => string, string][] = [
    ["2.4 to 2.10", (word) => (path) => `Adam/${path}/${word}:0`, "Adam/iter:0"],
    ["from 2.11", (word) => (path) => `Adam/${word}/${path}:0`, "iteration:0"],
    ["2.3", (word) => (_, i) => `training/Adam/${word}_${i}:0`, "Adam/iterations:0"],
  ];

  test.each(styles)("Keras %s, in any order", (_, name, counter) => {
    const [m, v] = [named(name("m"), kind(-1)), named(name("v"), kind(5))];
    const orders = [
      [...m, ...v],
      [...v, ...m],
      m.flatMap((item, i) => [item, v[i]]),
      m.flatMap((item, i) => [v[i], item]),
    ];
    for (const order of orders) {
      expect(stateOf(Adam(), [[counter, count], ...order])).toEqual({ updates: 7, slots: moments });
      expect(stateOf(Adam(), [...order, [counter, count]]).updates).toBe(7);
    }
  });

  test("a count that is listed twice is no learning rate", () => {
    const state = stateOf(SGD(), [["SGD/iterations:0", count], ["SGD/iterations_1:0", count]]); // prettier-ignore
    expect(state).toEqual({ updates: 7, learningRate: undefined, slots: [] });
  });

  test("other words for the same slots", () => {
    const words = (optimizer: Optimizer, ...list: string[]) =>
      stateOf(optimizer, [["x/iter:0", count], ...list.flatMap((word, i) => named((path) => `x/${path}/${word}:0`, kind(i + 1)))]).slots; // prettier-ignore
    expect(words(Adamax(), "m", "v")[3]).toBe("norm 2");
    expect(words(RMSprop({ momentum: 0.5, centered: true }), "rms", "momentum", "mg")).toEqual(
      ["velocity 1", "velocity 2", "velocity 3", "momentum 2", "momentum 3", "momentum 4"].concat(
        ["averageGradient 3", "averageGradient 4", "averageGradient 5"], // prettier-ignore
      ),
    );
    expect(words(Adadelta(), "accum_grad", "accum_var")[3]).toBe("accumulatedDeltaVar 2");
  });

  test("the largest means of Adam are left out without amsgrad, and taken with it", () => {
    const list = ["m", "v", "vhat"].flatMap((word, i) => named((path) => `Adam/${path}/${word}:0`, kind(i)));
    expect(stateOf(Adam(), [["Adam/iter:0", count], ...list]).slots).toHaveLength(6);
    expect(stateOf(Adam({ amsgrad: true }), [["Adam/iter:0", count], ...list]).slots[6]).toBe("velocityHat 2");
  });

  test("Nadam's product of momentums follows from the count", () => {
    const list = ["m", "v"].flatMap((word, i) => named((path) => `Nadam/${path}/${word}:0`, kind(i)));
    expect(stateOf(Nadam(), [["Nadam/iter:0", count], ["Nadam/momentum_cache:0", array([], 0.5)], ...list]).updates).toBe(7); // prettier-ignore
  });
});

describe("names that say nothing", () => {
  test("kind by kind, and weight by weight only where that cannot be", () => {
    expect(stateOf(Adam(), unnamed([count, ...kind(-1), ...kind(5)]))).toMatchObject({ updates: 7, slots: moments });
    expect(stateOf(Adam(), unnamed([count, ...paired(kind(-1), kind(5))]))).toMatchObject({
      updates: 7,
      slots: moments,
    });
  });

  test("a mean of squares below 0 shows the order where shapes are the same", () => {
    const same = Sequential([Input({ shape: [2] }), Dense({ units: 2, useBias: false }), Dense({ units: 2, useBias: false })]); // prettier-ignore
    const [a, b] = [[-1, -2], [5, 6]].map((firsts) => firsts.map((first) => array([2, 2], first))); // prettier-ignore
    const list = [count, ...paired(a, b)];
    const { slots } = stateOfNames("file", same, Adam(), list.map((_, i) => `Variable_${i}`), list); // prettier-ignore
    expect(slots.map(([, data]) => data[0])).toEqual([-1, -2, 5, 6]);
  });

  test("a doubled count, small largest means, the momentum of plain SGD", () => {
    const none = weightShapes.map(() => array([1], 0));
    expect(stateOf(Adam(), unnamed([count, count, ...kind(-1), ...kind(5), ...none])).slots).toEqual(moments);
    expect(stateOf(SGD(), unnamed([count, ...kind(1)]))).toMatchObject({ updates: 7, slots: [] });
    expect(stateOf(SGD({ momentum: 0.9 }), unnamed([count, ...kind(1)])).slots).toHaveLength(3);
  });

  test("no count, where it does not matter", () => {
    expect(stateOf(RMSprop(), unnamed(kind(1)))).toMatchObject({ updates: undefined });
    expect(() => stateOf(Adam(), unnamed([...kind(-1), ...kind(5)]))).toThrow(FileError);
    expect(() => stateOf(Adam(), unnamed([...kind(-1), ...kind(5)]))).toThrow("without its number of updates, on which Adam"); // prettier-ignore
    expect(() => stateOf(RMSprop({ learningRate: () => 0.1 }), unnamed(kind(1)))).toThrow("on which the learning rate");
  });

  test("what fits in no order is refused", () => {
    const wrong = [array([3, 3], 1), ...kind(1).slice(1)];
    expect(() => stateOf(RMSprop(), unnamed([count, ...wrong]))).toThrow("holds 3 unnamed arrays of its optimizer");
    expect(() => stateOf(Adam(), unnamed([count, ...kind(1)]))).toThrow("holds 3 unnamed arrays of its optimizer");
    const mixed: [string, H5Dataset][] = [
      ["Adam/dense/kernel/m:0", array([2, 2], 1)],
      ["Adam/what:0", array([2], 1)],
    ];
    expect(() => stateOf(Adam(), mixed)).toThrow('holds "Adam/what:0" of its optimizer, whose meaning is not known');
  });
});

describe("a model whose compilation cannot be taken over", () => {
  const warn = vi.fn();
  beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(warn));
  afterEach(() => void vi.restoreAllMocks().clearAllMocks());

  const scheduled = async () => {
    const made = Sequential([Input({ shape: [2] }), Dense({ units: 1 })]);
    const mySchedule = () => 0.1;
    made.compile({ optimizer: SGD({ learningRate: mySchedule }), loss: "mse" });
    return { made, bytes: await saveModel(made) };
  };

  test("is loaded without it, and one sentence says what is missing", async () => {
    const { made, bytes } = await scheduled();
    const x = [[1, 2]];
    for (const options of [{}, { compile: true }, { onWarning: warn }]) {
      warn.mockClear();
      const again = await loadModel(bytes, options);
      expect(again.optimizer).toBeUndefined();
      expect(await (await again.predict(x)).data()).toEqual(await (await made.predict(x)).data());
      expect(warn.mock.calls).toEqual([[expect.stringMatching(/^loadModel: .*names the function "mySchedule", which it cannot hold; give it as \{ functions: \{ mySchedule \} \}\. The model is loaded without its compilation; compile it to train it\.$/)]]); // prettier-ignore
    }
  });

  test('is an error with "required", and nothing is said with false', async () => {
    const { bytes } = await scheduled();
    await expect(loadModel(bytes, { compile: "required" })).rejects.toThrow(FileError);
    expect((await loadModel(bytes, { compile: false })).optimizer).toBeUndefined();
    expect(warn).not.toHaveBeenCalled();
    await expect(loadModel(bytes, { compile: "always" as never })).rejects.toThrow('compile "always"; expected true, false or "required"'); // prettier-ignore
    await expect(loadModel(bytes, { onWarning: 1 as never })).rejects.toThrow("onWarning: 1; expected a function");
  });
});

test("the decay of Keras 2 becomes a schedule, that of its Nadam an option", () => {
  const optimizerOf = (class_name: string, config: object) => readOptimizer({ class_name, config }).config;
  const rate = { from: "schedules", function: "InverseTimeDecay", config: { initialLearningRate: 0.1, decaySteps: 1, decayRate: 0.5 } }; // prettier-ignore
  expect(optimizerOf("SGD", { lr: 0.1, decay: 0.5 })).toEqual({ learningRate: rate });
  expect(optimizerOf("SGD", { lr: 0.1, decay: 0 })).toEqual({ learningRate: 0.1 });
  expect(optimizerOf("Nadam", { lr: 0.1, schedule_decay: 0.004 })).toEqual({ learningRate: 0.1, scheduleDecay: 0.004 }); // prettier-ignore
  expect(optimizerOf("Nadam", { learning_rate: 0.1, decay: 0.004 })).toEqual({ learningRate: 0.1, scheduleDecay: 0.004 }); // prettier-ignore
});
