// The training loop by hand: a loss and its gradient (valueAndGrad), then the optimizer's step.
import { BatchNormalization, Conv2D, ConvLSTM2D, Dense, Flatten, Input, Model, ReLU, TimeDistributed } from "zoetrope";
import { Adam, categoricalAccuracy, categoricalCrossentropy, setSeed, tensor, valueAndGrad } from "zoetrope";
import { directions, movingDigitBatches, movingDigits } from "zoetrope/datasets";

const [frames, size, batchSize] = [6, 32, 16];
const steps = process.argv.includes("--quick") ? 20 : 300;
setSeed(1);

// A handwritten digit moves in one of eight directions; it leaves the frame at one edge and comes back at the opposite one.
const frame = Input({ shape: [size, size, 1] });
const block = (filters, x) =>
  ReLU()(BatchNormalization()(Conv2D({ filters, kernelSize: 3, strides: 2, padding: "same", useBias: false })(x)));
const cnn = Model({ inputs: frame, outputs: block(16, block(8, frame)) });

const film = Input({ shape: [frames, size, size, 1] });
let x = ConvLSTM2D({ filters: 16, kernelSize: 3 })(TimeDistributed(cnn)(film));
x = Dense({ units: 32, activation: "relu" })(Flatten()(x));
const model = Model({ inputs: film, outputs: Dense({ units: directions.length, activation: "softmax" })(x) });

const optimizer = Adam({ learningRate: 3e-3 });
const lossAndGradients = valueAndGrad(
  (clips, labels) => categoricalCrossentropy(labels, model(clips, { training: true })),
  model.trainableWeights,
);

const batches = movingDigitBatches({ batchSize, frames, size, seed: 1 });
let recent = 0;
for (let step = 1; step <= steps; step++) {
  const [clips, labels] = batches.next().value.map(({ data, shape }) => tensor(data, shape));
  const { value: loss, grads } = lossAndGradients(clips, labels);
  optimizer.apply(grads); // also disposes the gradients
  recent += (await loss.data())[0];
  for (const used of [clips, labels, loss]) used.dispose();
  if (step % (steps / 10)) continue;
  console.log(`step ${step}: loss ${((recent * 10) / steps).toFixed(3)}`);
  recent = 0;
}

const test = movingDigits({ count: 200, frames, size, split: "test", seed: 3 });
const labels = tensor(test.labels.data, test.labels.shape);
const guesses = await model.predict(test.clips);
const accuracy = categoricalAccuracy(labels, guesses);
const percent = (100 * (await accuracy.data())[0]).toFixed(0);
console.log(`unseen digits: ${percent} % of ${directions.length} directions right`);
for (const used of [labels, guesses, accuracy]) used.dispose();
