// Strings as inputs of models: the forms in which they are given, batches of them, and who refuses them.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { getBackend } from "../src/backend.js";
import { ArgumentError, DisposedError, ShapeError } from "../src/errors.js";
import {
  add,
  clearNames,
  concat,
  Concatenate,
  Dense,
  Dropout,
  Embedding,
  GlobalAveragePooling1D,
  init,
  Input,
  IntegerLookup,
  Model,
  print,
  reshape,
  scope,
  Sequential,
  setSeed,
  StringLookup,
  strings,
  StringTensor,
  tensor,
  type Tensor,
  TextVectorization,
  TimeDistributed,
} from "../src/index.js";

beforeAll(() => init());
beforeEach(() => {
  clearNames();
  setSeed(1);
});

const good = ["a fine film", "fine, fine cast", "what a film!", "a joy", "fine joy"];
const bad = ["a dull film", "dull, dull cast", "what a bore!", "a bore", "dull bore"];
const texts = [...good, ...bad];
const labels = texts.map((text) => [Number(good.includes(text))]);

/** A model of reviews. */
const reviews = (shape: number[] = [1]) =>
  Sequential([
    Input({ shape, dtype: "string" }),
    TextVectorization({ vocabulary: ["fine", "dull", "joy", "bore", "film"], outputSequenceLength: 4 }),
    Embedding({ inputDim: 7, outputDim: 4, maskZero: true }),
    GlobalAveragePooling1D(),
    Dense({ units: 1, activation: "sigmoid" }),
  ]);
const read = async (y: Tensor): Promise<number[]> => Array.from(await y.data());

describe("a model that begins with strings", () => {
  test("is given texts in a list, rows of one, strings(...) or a flat list with a shape, for shapes [1] and []", async () => {
    for (const shape of [[1], []]) {
      setSeed(1);
      const model = reviews(shape);
      const wanted = await read(await model.predict(texts));
      expect(new Set(wanted).size).toBeGreaterThan(3);
      const rows = texts.map((text) => [text]);
      for (const x of [rows, strings(texts), strings(rows), { data: texts, shape: [10, 1] }, [strings(texts)]]) {
        expect(await read(await model.predict(x))).toEqual(wanted);
      }
      expect(await read(await model.predict(texts, { batchSize: 3 }))).toEqual(wanted);
      expect(await read(await model.predictOnBatch(texts))).toEqual(wanted);
      expect(await read(scope(() => model(strings(texts, shape.length > 0 ? [10, 1] : [10]))))).toEqual(wanted);
    }
  });

  test("learns from texts, shuffled and held out, and from batches of them", async () => {
    const model = reviews();
    model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
    const before = await model.evaluate(texts, labels, { batchSize: 4 });
    const { history } = await model.fit(texts, labels, { epochs: 30, batchSize: 3, verbose: 0, seed: 1 });
    expect(history.loss.at(-1)).toBeLessThan(before.loss);
    const held = await model.fit(texts, labels, { epochs: 2, validationSplit: 0.3, batchSize: 2, verbose: 0 });
    expect(held.history.val_loss).toHaveLength(2);
    const batches = function* () {
      yield [texts.slice(0, 3), labels.slice(0, 3)] as const;
      yield [strings(texts.slice(3)), labels.slice(3)] as const;
    };
    const { history: ofBatches } = await model.fit(batches, { epochs: 2, verbose: 0 });
    expect(ofBatches.loss).toHaveLength(2);
    const list = [[strings(texts), tensor(labels)]] as const;
    expect((await model.evaluate(list)).loss).toBeCloseTo((await model.evaluate(texts, labels)).loss, 6);
    expect((await model.testOnBatch(texts, labels)).loss).toBeGreaterThan(
      (await model.trainOnBatch(texts, labels)).loss - 1,
    );
  });

  test("pairs each text with its own target in whatever order batches are drawn", async () => {
    const seen: [string, number][] = [];
    const colours = ["red", "green", "blue", "white", "black"];
    const model = Sequential([
      Input({ shape: [], dtype: "string" }),
      StringLookup({ vocabulary: colours, outputMode: "one_hot", numOovIndices: 0 }),
      Dense({ units: 1, useBias: false, kernelInitializer: "zeros" }),
    ]);
    // One step of gradient descent of a linear model with a rate of 1 has learnt the targets.
    const { SGD } = await import("../src/index.js");
    model.compile({ optimizer: SGD({ learningRate: 0.5 }), loss: "mse" });
    await model.fit(colours, colours.map((_, i) => [i]), { batchSize: 1, epochs: 1, verbose: 0, seed: 3 }); // prettier-ignore
    const y = await read(await model.predict(colours));
    colours.forEach((colour, i) => seen.push([colour, y[i]]));
    expect(seen).toEqual(colours.map((colour, i) => [colour, i]));
  });

  test("may have inputs of numbers beside", async () => {
    const [text, year] = [Input({ shape: [1], dtype: "string" }), Input({ shape: [2] })];
    const counts = TextVectorization({ vocabulary: ["a", "b"], outputMode: "count" })(text);
    const model = Model({ inputs: [text, year], outputs: Concatenate()([counts, year]) });
    const y = await model.predict([["a b a", "c"], [[1, 2], [3, 4]]]); // prettier-ignore
    expect(await read(y)).toEqual([0, 2, 1, 1, 2, 1, 0, 0, 3, 4]);
    await expect(model.predict([["a"], [[1, 2], [3, 4]]])).rejects.toThrow("1 samples in the inputs, 2 in the inputs"); // prettier-ignore
    await expect(model.predict(["a"])).rejects.toThrow("received 1 arrays as inputs; the model has 2");
  });

  test("says what it was given where that are no strings", async () => {
    const model = reviews();
    const expectError = (x: unknown, message: string) => expect(model.predict(x as string[])).rejects.toThrow(message);
    await expectError(new Float32Array(2), "expected a list of strings, received Float32Array");
    await expectError([[1], [2]], "1 at depth 2; expected strings in rows of equal length and depth");
    await expectError(tensor([[1]]), "received numbers, expected strings");
    await expectError([["a"], ["b", "c"]], "a row of 2 at depth 1; expected strings in rows");
    await expectError(["a", null], "null at depth 1; expected strings");
    await expectError({ data: ["a"], shape: [2, 1] }, "1 strings do not fill [2, 1]");
    await expectError({ data: ["a"], shape: [-1, 1] }, "is not a shape");
    await expectError("a", 'expected a list of strings, received "a"');
    await expectError([], "received no samples");
    await expectError([["a", "b"]], "expected [null, 1], received [1, 2]");
  });

  test("leaves no memory behind", async () => {
    const model = reviews();
    (await model.predict(texts)).dispose();
    const held = getBackend().memory().buffers;
    (await model.predict(strings(texts), { batchSize: 3 })).dispose();
    await expect(model.predict([1 as never])).rejects.toThrow(ArgumentError);
    expect(getBackend().memory().buffers).toBe(held);
  });
});

describe("strings", () => {
  test("have a shape and their texts, and say what they are", () => {
    const x = strings([["a", "b"], ["c", "d"]]); // prettier-ignore
    expect([x.shape, x.texts, x.dtype, String(x)]).toEqual([
      [2, 2],
      ["a", "b", "c", "d"],
      "string",
      "StringTensor [2, 2]",
    ]);
    expect(strings(["a", "b"], [2, 1]).shape).toEqual([2, 1]);
    expect(x).toBeInstanceOf(StringTensor);
    expect(() => strings(["a", "b"], [3])).toThrow(ShapeError);
    expect(() => strings("ab" as never)).toThrow('strings: expected a list of strings, received "ab"');
    const own: unknown[] = [];
    own.push(own);
    expect(() => strings(own as never)).toThrow(ArgumentError);
  });

  test("cannot be used once they are disposed", () => {
    const x = strings(["a"]);
    x.dispose();
    expect(() => x.texts).toThrow(DisposedError);
  });

  test("are refused by every op and by all other layers, in one line", async () => {
    const x = strings([["a"]]);
    const told = /received strings, expected numbers; look the strings up first/;
    expect(() => add(x, 1)).toThrow(told);
    expect(() => concat([x, x], 0)).toThrow(told);
    expect(() => Dense({ units: 2 })(x)).toThrow(told);
    expect(() => GlobalAveragePooling1D()(strings([[["a"]]]))).toThrow(told);
    expect(() => Embedding({ inputDim: 2, outputDim: 2 })(x)).toThrow(told);
    expect(() => IntegerLookup({ vocabulary: [1] })(x)).toThrow(told);
    await expect(x.data()).rejects.toThrow(told);
    await expect(print(x)).rejects.toThrow(told);
    const model = Sequential([Input({ shape: [1], dtype: "string" }), Dense({ units: 1 })]);
    StringLookup(); // from here on models take strings
    await expect(model.predict(["a"])).rejects.toThrow(told);
  });

  test("are given another shape, and pass layers that give back what they are given", async () => {
    expect((reshape(strings(["a", "b"]), [2, 1]) as StringTensor).texts).toEqual(["a", "b"]);
    const lines = Input({ shape: [2, 1], dtype: "string" });
    const each = TimeDistributed(TextVectorization({ vocabulary: ["b"], outputSequenceLength: 3 }))(lines);
    const poems = Model({ inputs: lines, outputs: each });
    const y = await poems.predict([[["b"], ["a b"]], [["b b b b"], [""]]]); // prettier-ignore
    expect(await read(y)).toEqual([2, 0, 0, 1, 2, 0, 2, 2, 2, 0, 0, 0]);
    const x = strings([["b"], ["z"]]);
    expect(await read(StringLookup({ vocabulary: ["a", "b"] })(Dropout({ rate: 0.5 })(x) as StringTensor))).toEqual([
      2, 0,
    ]);
  });

  test("are taken step by step, also where all steps at once are too many", async () => {
    const vocabulary = Array.from({ length: 5000 }, (_, i) => `w${i}`);
    const lines = Input({ shape: [10, 1], dtype: "string" });
    const lookup = StringLookup({ vocabulary, outputMode: "one_hot" });
    const model = Model({ inputs: lines, outputs: TimeDistributed(lookup)(lines) });
    const x = Array.from({ length: 100 }, (_, i) => Array.from({ length: 10 }, (__, t) => [`w${i * 10 + t}`]));
    const y = await model.predictOnBatch(x);
    expect(y.shape).toEqual([100, 10, 5001]);
    const ones = Array.from(await y.data()).flatMap((value, i) => (value === 1 ? [i] : []));
    expect(ones).toEqual(Array.from({ length: 1000 }, (_, i) => i * 5001 + i + 1));
    y.dispose();
  });

  test("an Input is of strings or numbers, and says so", () => {
    expect([Input({ shape: [1] }).dtype, Input({ shape: [1], dtype: "string" }).dtype]).toEqual(["float32", "string"]);
    expect(() => Input({ shape: [1], dtype: "int32" as never })).toThrow('unknown dtype "int32"; known are string');
    expect(() => TextVectorization()(Input({ shape: [1] }))).toThrow(
      'TextVectorization "text_vectorization": received numbers [null, 1], expected strings; begin with Input({ shape: [1], dtype: "string" }).',
    );
    expect(() => StringLookup()(tensor([1]) as never)).toThrow("received numbers [1], expected strings");
  });
});

test("whole numbers that 32 bits do not hold are refused where a model is given them", async () => {
  const x = Input({ shape: [2] });
  const model = Model({ inputs: x, outputs: IntegerLookup({ vocabulary: [5, 7] })(x) });
  expect(await read(await model.predict([[5, 16777215], [-16777215, 7]]))).toEqual([1, 0, 0, 2]); // prettier-ignore
  for (const given of [
    [[5, 2 ** 24]],
    Float64Array.of(0.5, -(2 ** 25)),
    { data: [1, 1e9], shape: [1, 2] },
    [[1, NaN]],
  ]) {
    const shaped = ArrayBuffer.isView(given) ? { data: given, shape: [1, 2] } : given;
    await expect(model.predict(shaped as number[][])).rejects.toThrow(
      "expected a whole number below 2^24, as 32-bit floats hold it; give others as strings to StringLookup",
    );
  }
});
