// node fitWithCheckpoint.cjs KIND PATH: trains with a checkpoint (PATH "none": without), writes "begun" before the first batch of
// this process, and at the end the result as JSON: hashes of the weights and of the history.
import { createHash } from "node:crypto";
import { checkpointAt } from "../../../src/formats/index.js";
import { Adam, BatchNormalization, Dense, Dropout, EarlyStopping, Input, LSTM, Sequential, setSeed } from "../../../src/index.js"; // prettier-ignore
import { RandomStream } from "../../../src/random.js";
import type { Batch, FitOptions } from "../../../src/training.js";
import "../../../src/training/static.js";

const [kind, path] = process.argv.slice(2);
const [batchSize, steps, features] = [4, 5, 3];

/** So many numbers, the same for the same seed. */
function numbers(count: number, seed: number): Float32Array {
  const stream = new RandomStream(seed);
  return Float32Array.from({ length: count }, () => stream.normal());
}

const xs = (count: number, seed: number) => ({
  data: numbers(count * steps * features, seed),
  shape: [count, steps, features],
});
const ys = (count: number, seed: number) => ({ data: numbers(count, seed + 1), shape: [count, 1] });

/** Batches that are no whole number of epochs. */
function* batches(): Generator<Batch> {
  for (let seed = 0; seed < 34; seed += 2) yield [xs(batchSize, seed), ys(batchSize, seed)];
}

async function main(): Promise<void> {
  setSeed(7);
  const model = Sequential([
    Input({ shape: [steps, features], batchSize }),
    LSTM({ units: 6, stateful: true, dropout: 0.2, returnSequences: true }),
    BatchNormalization(),
    Dropout({ rate: 0.3 }),
    LSTM({ units: 4 }),
    Dense({ units: 1 }),
  ]);
  model.compile({
    optimizer: Adam({ learningRate: (step) => 0.02 / (1 + step / 20), useEma: true }),
    loss: "mse",
    metrics: ["mae"],
  });
  let hasBegun = false;
  const begun = () => {
    if (!hasBegun) process.stdout.write("begun\n");
    hasBegun = true;
  };
  const options: FitOptions = {
    ...{ batchSize, epochs: 12, verbose: 0 as const },
    validationData: [xs(2 * batchSize, 100), ys(2 * batchSize, 100)],
    callbacks: [{ onTrainBatchBegin: begun }, EarlyStopping({ patience: 3, minDelta: 0.05, restoreBestWeights: true })],
    checkpoint: path === "none" ? undefined : checkpointAt(path, { every: 2 }),
  };
  const { history } =
    kind === "generator"
      ? await model.fit(batches, { ...options, stepsPerEpoch: 9 })
      : await model.fit(xs(10 * batchSize, 50), ys(10 * batchSize, 50), options);
  const hash = createHash("sha256");
  for (const weight of model.weights) hash.update(await weight.data());
  process.stdout.write(`${JSON.stringify({ weights: hash.digest("hex"), history })}\n`);
}

void main();
