// Layers with a vocabulary: what they refuse, and what adapt and files do to the vocabulary. Numbers: test/keras/lookups.test.ts.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { OutOfMemoryError } from "../../src/errors.js";
import { loadModel, loadWeights, saveModel, saveWeights } from "../../src/formats/index.js";
import {
  clearNames,
  Dense,
  Hashing,
  init,
  Input,
  IntegerLookup,
  Sequential,
  StringLookup,
  type Tensor,
  tensor,
  TextVectorization,
} from "../../src/index.js";
import { withReference64 } from "../support/builds.js";

beforeAll(() => init());
beforeEach(() => clearNames());

const read = async (y: Tensor): Promise<number[]> => Array.from(await y.data());

test.each<[message: string, make: () => unknown]>([
  ["a token of the vocabulary is 1; expected a string", () => StringLookup({ vocabulary: [1] as never })],
  ["a token of the vocabulary is 0.5; expected a whole number below 2^24", () => IntegerLookup({ vocabulary: [0.5] })],
  ["a token of the vocabulary is 16777216; expected", () => IntegerLookup({ vocabulary: [2 ** 24] })],
  ['"a" comes twice in the vocabulary; give each token once', () => StringLookup({ vocabulary: ["a", "b", "a"] })],
  ['"m" is a special token, which can only come first', () => StringLookup({ vocabulary: ["a", "m"], maskToken: "m" })],
  ["-1 is a special token", () => IntegerLookup({ vocabulary: [3, -1], invert: true })],
  ["vocabulary []; expected a list of tokens", () => StringLookup({ vocabulary: [] })],
  ['vocabulary "words.txt"; expected a list', () => StringLookup({ vocabulary: "words.txt" as never })],
  [
    "a vocabulary of 4 tokens (special ones included), maxTokens is 3",
    () => StringLookup({ vocabulary: ["a", "b", "c"], maxTokens: 3 }),
  ],
  ["maxTokens 1; expected a whole number from 2", () => StringLookup({ maxTokens: 1 })],
  ["padToMaxTokens needs maxTokens", () => StringLookup({ padToMaxTokens: true })],
  ["numOovIndices -1; expected a whole number from 0", () => StringLookup({ numOovIndices: -1 })],
  [
    "numOovIndices 1099511627776; expected less than 2^24",
    () => StringLookup({ numOovIndices: 2 ** 40, vocabulary: ["a"] }),
  ],
  ["numOovIndices 16777216; expected less than 2^24", () => IntegerLookup({ numOovIndices: 2 ** 24 })],
  ["maskToken is 0; expected a string", () => StringLookup({ maskToken: 0 as never })],
  ["idfWeights are missing", () => StringLookup({ vocabulary: ["a"], outputMode: "tf_idf" })],
  ["idfWeights are given; they need outputMode", () => StringLookup({ vocabulary: ["a"], idfWeights: [1] })],
  ["idfWeights without a vocabulary", () => StringLookup({ idfWeights: [1], outputMode: "tf_idf" })],
  [
    "idfWeights [1, 2]; expected 1 numbers",
    () => StringLookup({ vocabulary: ["a"], idfWeights: [1, 2], outputMode: "tf_idf" }),
  ],
  ['unknown outputMode "ints"; did you mean "int"?', () => StringLookup({ outputMode: "ints" as never })],
  ["salt -1; expected a whole number from 0, or two", () => StringLookup({ salt: -1 })],
  ["salt [1, 2, 3]; expected", () => Hashing({ numBins: 2, salt: [1, 2, 3] as never })],
  ["numBins 0; expected a whole number from 1", () => Hashing({ numBins: 0 })],
  ["maskValue 3; expected a string", () => Hashing({ numBins: 4, maskValue: 3 as never })],
  [
    'invert gives tokens, for which outputMode must be "int"',
    () => IntegerLookup({ invert: true, outputMode: "count" }),
  ],
  ['unknown option "invert"', () => StringLookup({ invert: true } as never)],
  [
    'unknown standardize "loud"; known are lower_and_strip_punctuation',
    () => TextVectorization({ standardize: "loud" as never }),
  ],
  ['unknown split "words"', () => TextVectorization({ split: "words" as never })],
  ["ngrams 0; expected a whole number from 1 to 99", () => TextVectorization({ ngrams: 0 })],
  ["ngrams [1, 1.5]; expected", () => TextVectorization({ ngrams: [1, 1.5] })],
  ["ngrams 1e+300; expected", () => TextVectorization({ ngrams: 1e300 })],
  [
    'outputSequenceLength is for outputMode "int" alone',
    () => TextVectorization({ outputMode: "count", outputSequenceLength: 3 }),
  ],
  ['"one_hot" needs split: null', () => TextVectorization({ outputMode: "one_hot" })],
  ["has no vocabulary; call adapt(data) or setVocabulary(tokens) first", () => TextVectorization()(["a"])],
  ["has no vocabulary", () => TextVectorization({ outputMode: "count" })(Input({ shape: [1], dtype: "string" }))],
  ["has no vocabulary", () => StringLookup().vocabulary()],
  [
    "expected [batch] or [batch, 1], one text for each sample, received [1, 2]",
    () => TextVectorization({ vocabulary: ["a"] })([["a", "b"]]),
  ],
  [
    "expected [batch, texts], received [1, 1, 1]",
    () => TextVectorization({ vocabulary: ["a"], split: null })([[["a"]]]),
  ],
  [
    '"z" is not in the vocabulary, and numOovIndices is 0',
    () => StringLookup({ vocabulary: ["a"], numOovIndices: 0 })(["z"]),
  ],
])("refused: %s", (message, make) => {
  expect(make).toThrow(message);
});

test("rows that no memory holds are refused as such", () => {
  const layer = TextVectorization({ vocabulary: ["a"], outputSequenceLength: 2 ** 40 });
  expect(() => layer(["a"])).toThrow(OutOfMemoryError);
});

describe("the vocabulary", () => {
  test("is set, with or without special tokens, and stays where another one is refused", () => {
    const layer = StringLookup({ maskToken: "" });
    layer.setVocabulary(["a", "b"]);
    expect(layer.vocabulary()).toEqual(["", "[UNK]", "a", "b"]);
    layer.setVocabulary(["", "[UNK]", "c"]);
    expect(layer.vocabulary({ includeSpecialTokens: false })).toEqual(["c"]);
    expect(() => layer.setVocabulary(["c", "c"])).toThrow("comes twice");
    expect([layer.vocabulary(), layer.vocabularySize()]).toEqual([["", "[UNK]", "c"], 3]);
  });

  test("cannot change the length of vectors that were given", async () => {
    const layer = TextVectorization({ vocabulary: ["a", "b"], outputMode: "count" });
    layer(Input({ shape: [1], dtype: "string" }));
    await layer.adapt(["x y", "x"]);
    expect(await read(layer(["y x x"]))).toEqual([0, 2, 1]);
    await expect(layer.adapt(["x y z"])).rejects.toThrow(
      "was called with vectors of 3, a vocabulary of 4 needs another length",
    );
    expect(layer.vocabulary()).toEqual(["[UNK]", "x", "y"]);
    const padded = TextVectorization({ vocabulary: ["a"], outputMode: "count", maxTokens: 5, padToMaxTokens: true });
    padded(["a"]);
    padded.setVocabulary(["a", "b", "c"]);
    expect(await read(padded(["c b"]))).toEqual([0, 0, 1, 1, 0]);
  });

  test("of nothing but special tokens is one, which files keep", async () => {
    const layer = TextVectorization();
    await layer.adapt(["", "  "]);
    expect(layer.vocabulary()).toEqual(["", "[UNK]"]);
    const model = Sequential([Input({ shape: [1], dtype: "string" }), layer]);
    for (const format of ["keras", "safetensors"] as const) {
      using again = await loadModel(await saveModel(model, undefined, { format }));
      expect(await read(await again.predict(["a b"]))).toEqual([1, 1]);
    }
  });

  test("of nothing at all is none in files", async () => {
    const layer = StringLookup({ numOovIndices: 0 });
    await layer.adapt([]);
    expect(layer.vocabulary()).toEqual([]);
    const model = Sequential([Input({ shape: [1], dtype: "string" }), layer]);
    for (const format of ["keras", "safetensors"] as const) {
      using again = await loadModel(await saveModel(model, undefined, { format }));
      await expect(again.predict(["a"])).rejects.toThrow("has no vocabulary; call adapt(data)");
    }
  });

  test("whose first token is the word for unknown ones is kept as it is", async () => {
    const layer = StringLookup({ vocabulary: ["[UNK]", "[UNK]", "a"] });
    const model = Sequential([Input({ shape: [1], dtype: "string" }), layer]);
    using again = await loadModel(await saveModel(model, undefined, { format: "keras" }));
    expect(await read(await again.predict(["[UNK]", "a", "b"]))).toEqual([1, 2, 0]);
  });

  test("adapt takes iterables of batches, also asynchronous ones, and refuses other data", async () => {
    const layer = TextVectorization();
    await layer.adapt(
      (async function* () {
        yield ["b a"];
        await Promise.resolve();
        yield [["b"], ["c"]];
      })(),
    );
    expect(layer.vocabulary()).toEqual(["", "[UNK]", "b", "c", "a"]);
    await expect(layer.adapt("b" as never)).rejects.toThrow('adapt: expected a list of strings, received "b"');
    await expect(layer.adapt([1] as never)).rejects.toThrow("1 at depth 1; expected strings");
    await expect(IntegerLookup().adapt([0.5])).rejects.toThrow("a number in the data is 0.5; expected a whole number");
    expect(layer.vocabularySize()).toBe(5);
  });

  test("a file of weights cannot change weights of tf_idf without a word", async () => {
    const make = (idfWeights: number[]) =>
      Sequential([
        Input({ shape: [1], dtype: "string" }),
        TextVectorization({ vocabulary: ["a", "b"], idfWeights, outputMode: "tf_idf" }),
        Dense({ units: 1 }),
      ]);
    const [model, alike, other] = [make([1, 2]), make([1, 2]), make([1, 3])];
    const file = await saveWeights(model, undefined, { format: "weights.h5" });
    await loadWeights(alike, file);
    expect(await read(await alike.predict(["a b"]))).toEqual(await read(await model.predict(["a b"])));
    await expect(loadWeights(other, file)).rejects.toThrow(
      /holds "layers\/text_vectorization\/vars\/idf_weights" that are not those of TextVectorization/,
    );
  });
});

withReference64(() => {
  test("whole numbers are found wherever they lie in the vocabulary", async () => {
    for (const size of [1, 2, 3, 4, 7, 8, 9, 100]) {
      const vocabulary = Array.from({ length: size }, (_, i) => ((i * 37) % size) * 3 - 2 * size);
      const layer = IntegerLookup({ vocabulary });
      const x = [...vocabulary, ...vocabulary.map((value) => value + 1), Infinity, -Infinity, NaN];
      const wanted = [...vocabulary.map((_, i) => i + 1), ...vocabulary.map(() => 0), 0, 0, 0];
      expect(await read(layer(tensor(x)))).toEqual(wanted);
    }
  });

  test("unknown whole numbers without a number of their own give NaN", async () => {
    const [none, several] = [0, 3].map((numOovIndices) => IntegerLookup({ vocabulary: [5], numOovIndices }));
    expect(await read(none(tensor([5, 6])))).toEqual([0, NaN]);
    expect(await read(several(tensor([5, 7, -1, -3, 2 ** 25])))).toEqual([3, 1, 2, 0, NaN]);
    expect(await read(several(tensor([5.5, -0.5, 2.5, NaN, Infinity, -Infinity])))).toEqual(new Array(6).fill(NaN));
    expect(await read(none(tensor([Infinity, -Infinity, 5.5])))).toEqual([NaN, NaN, NaN]);
    const counted = IntegerLookup({ vocabulary: [5, 6], numOovIndices: 0, outputMode: "count" });
    expect(await read(counted(tensor([[Infinity, 6, NaN]])))).toEqual([0, 1]);
    const masked = IntegerLookup({ vocabulary: [5], maskToken: 9 });
    expect(await read(masked(tensor([9, 8, Infinity, NaN])))).toEqual([0, 1, 1, 1]);
  });
});
