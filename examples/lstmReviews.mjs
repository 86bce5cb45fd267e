// An LSTM over word embeddings learns to tell praise from blame; then it shows what it says, and one of its units after each word.
import { parseArgs } from "node:util";
import { Adam, Dense, Dropout, Embedding, Input, LSTM, scope, Sequential, setSeed } from "zoetrope";
import { trace } from "zoetrope/inspect";
import { classes, coloured, numbersOf, sentences, verdictOn, vocabularyOf, wordsOf } from "./reviews.mjs";

const flag = (value) => ({ type: "string", default: value });
const flags = { folds: flag("1"), epochs: flag("6"), seed: flag("1"), unit: flag("") };
const { values: options } = parseArgs({ options: flags });
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
  return { model, data, test, accuracy: binaryAccuracy };
}

const results = [];
for (let fold = 0; fold < Number(options.folds); fold++) results.push(await train(fold));
const mean = results.reduce((sum, { accuracy }) => sum + accuracy, 0) / results.length;
if (results.length > 1) console.log(`mean of ${results.length} folds: ${percent(mean)}`);

// What the first network says about eight unseen sentences, and the state of one unit of its LSTM after each of their words.
const { model, data, test } = results[0];
const shown = test.filter((_, i) => i % 25 === 0);
const [x] = data(shown);
const [output, c] = [await model.predict(x), scope(() => trace(model, x, { layer: "memory" }).c)]; // c: [length, 8, units]
const [scores, states] = [await output.data(), await c.data()];
for (const used of [output, c]) used.dispose();
const weights = [...(await model.getLayer("verdict").getWeights())[0].data];
const heaviest = weights.findIndex((w) => Math.abs(w) === Math.max(...weights.map(Math.abs)));
const unit = Number(options.unit || heaviest);
console.log(`\nThe cell state of unit ${unit}, which speaks for ${classes[Number(weights[unit] > 0)]}:`);
shown.forEach(({ text, class: truth }, s) => {
  const words = wordsOf(text).slice(0, length);
  const start = length - words.length; // the zeros in front
  const stateAfter = (i) => states[((start + i) * shown.length + s) * units + unit];
  console.log(words.map((word, i) => coloured(word, Math.tanh(stateAfter(i)))).join(" "));
  console.log(`  says: ${verdictOn(scores[s], truth)}`);
});
