// An LSTM over word embeddings learns to tell praise from blame; then the state of one of its units is shown after each word.
import { parseArgs } from "node:util";
import { Adam, Dense, Dropout, Embedding, Input, LSTM, Sequential, setSeed, tensor, zeros } from "zoetrope";
import { coloured, numbersOf, sentences, vocabularyOf, wordsOf } from "./reviews.mjs";

const flag = (value) => ({ type: "string", default: value });
const { values: options } = parseArgs({
  options: { folds: flag("1"), epochs: flag("6"), seed: flag("1"), unit: flag("") },
});
const [length, units, percent] = [40, 32, (share) => `${(100 * share).toFixed(1)} %`];
setSeed(Number(options.seed));

function makeModel(numWords) {
  const model = Sequential([
    Input({ shape: [length] }),
    Embedding({ inputDim: numWords, outputDim: 32, maskZero: true, name: "words" }),
    Dropout({ rate: 0.5 }),
    LSTM({ units, name: "memory" }),
    Dense({ units: 1, activation: "sigmoid", name: "verdict" }),
  ]);
  model.compile({ optimizer: Adam({ learningRate: 3e-3 }), loss: "binaryCrossentropy", metrics: ["binaryAccuracy"] });
  return model;
}

/** Trains on four fifths of the sentences and evaluates on the other fifth. */
async function train(fold) {
  const isTest = (_, i) => Math.floor((i * 5) / sentences.length) === fold;
  const [training, test] = [sentences.filter((s, i) => !isTest(s, i)), sentences.filter(isTest)];
  const vocabulary = vocabularyOf(training);
  const data = (list) => [list.map(({ text }) => numbersOf(text, vocabulary, length)), list.map((s) => [s.class])];
  const model = makeModel(vocabulary.size + 2);
  await model.fit(...data(training), { epochs: Number(options.epochs), verbose: 0 });
  const { binaryAccuracy } = await model.evaluate(...data(test));
  console.log(`fold ${fold + 1}: ${percent(binaryAccuracy)} of ${test.length} unseen sentences`);
  return { model, vocabulary, test, accuracy: binaryAccuracy };
}

const results = [];
for (let fold = 0; fold < Number(options.folds); fold++) results.push(await train(fold));
const mean = results.reduce((sum, { accuracy }) => sum + accuracy, 0) / results.length;
if (results.length > 1) console.log(`mean of ${results.length} folds: ${percent(mean)}`);

const { model, vocabulary, test } = results[0];
const [words, memory, verdict] = ["words", "memory", "verdict"].map((name) => model.getLayer(name));
const weights = [...(await verdict.getWeights())[0].data];
const heaviest = weights.findIndex((w) => Math.abs(w) === Math.max(...weights.map(Math.abs)));
const unit = Number(options.unit || heaviest);
console.log(`\nThe cell state of unit ${unit}, which speaks for ${weights[unit] > 0 ? "praise" : "blame"}:`);
for (const { text } of test.slice(0, 8)) {
  let states = [zeros([1, units]), zeros([1, units])]; // h and c
  const shown = [];
  for (const word of wordsOf(text)) {
    states = memory.cell(words(tensor([vocabulary.get(word) ?? 1])), states)[1];
    shown.push(coloured(word, Math.tanh((await states[1].data())[unit])));
  }
  console.log(shown.join(" "));
}
