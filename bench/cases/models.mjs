// Whole models, as a user calls them: predictions from host arrays to results on the host, and training steps. `start`
// takes an engine: `zoetrope`, the exports of the package, and `weights`, which gives the bytes of MobileNet's.
import { randomArray } from "../random.mjs";
import { convLstmFlops, gruFlops, lstmFlops, mobileNetFlops, windowFlops } from "./flops.mjs";

const sum = (parts) => Object.values(parts).reduce((a, b) => a + b, 0);

function dispose(model) {
  model.optimizer?.dispose();
  for (const weight of model.weights) weight.dispose();
}

/**
 * A case: `start` builds the model and returns the call to time, which predicts and reads the result, and a function
 * that disposes it.
 */
const prediction = (name, flops, shape, build, options) => ({
  name,
  isMain: true,
  async start(engine) {
    const model = await build(engine);
    const x = randomArray(shape);
    const run = async () => {
      const y = await model.predict(x, options);
      await y.data();
      y.dispose();
    };
    return { run, stop: () => dispose(model), flops };
  },
});

/** A case whose call is one training step: forward pass, backward pass, Adam's update, and reading the loss. */
const training = (name, flops, loss, xShape, yShape, build) => ({
  name,
  async start({ zoetrope }) {
    const model = await build(zoetrope);
    model.compile({ optimizer: "adam", loss });
    const x = randomArray(xShape);
    const y = targets(loss, yShape);
    const run = () => model.trainOnBatch(x, y);
    return { run, stop: () => dispose(model), flops };
  },
});

/** Targets for a loss: one-hot rows, or random values of 0 and 1. */
function targets(loss, shape) {
  const { data } = randomArray(shape);
  const isOneHot = loss === "categoricalCrossentropy";
  const classes = shape[shape.length - 1];
  return { data: data.map((v, i) => +(isOneHot ? i % classes === Math.floor(i / classes) % classes : v > 0)), shape };
}

// ── prediction ────────────────────────────────────────────────────────────────────────────────────────────────────────

const frame = [224, 224, 3];
/** MobileNet's features, with trained weights: with random ones, the values would become almost zero. */
const features = async ({ zoetrope, weights }) =>
  zoetrope.MobileNet({ includeTop: false, inputShape: frame, weights: await weights() });
const seedLstm = ({ ConvLSTM2D }) => ConvLSTM2D({ filters: 256, kernelSize: 3 });
const seedLstmFlops = sum(convLstmFlops(25, 32, 1024, 256));

function convLstmOfSeed({ zoetrope }) {
  const { Input, Model } = zoetrope;
  const clip = Input({ shape: [32, 7, 7, 1024] });
  return Model({ inputs: clip, outputs: seedLstm(zoetrope)(clip) });
}

async function seed(engine) {
  const { zoetrope } = engine;
  const { Dense, Flatten, Input, Model, TimeDistributed } = zoetrope;
  const clip = Input({ shape: [32, ...frame] });
  let x = TimeDistributed(await features(engine))(clip);
  x = Flatten()(seedLstm(zoetrope)(x));
  x = Dense({ units: 256, activation: "relu" })(x);
  return Model({ inputs: clip, outputs: Dense({ units: 10, activation: "softmax" })(x) });
}

/** One step of a stream of the seed's model: a new frame through MobileNet, one step of the ConvLSTM, the dense layers. */
const streamStep = {
  name: "seed_stream_step",
  isMain: true,
  async start(engine) {
    const model = await seed(engine);
    const live = model.stream();
    const x = randomArray(frame);
    const run = async () => {
      const y = await live.step(x);
      await y.data();
      y.dispose();
    };
    const stop = () => {
      live.dispose();
      dispose(model);
    };
    // The second of two steps, which the others are like.
    const step = sum(convLstmFlops(25, 2, 1024, 256)) - sum(convLstmFlops(25, 1, 1024, 256));
    return { run, stop, flops: sum(mobileNetFlops(224, 1)) + step + 2 * 256 * (6400 + 10) };
  },
};

// ── training ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Two ConvLSTM2D layers, and a frame that is predicted from their last state. */
function stackedConvLstm(batch, time, side, filters) {
  const pixels = batch * side * side;
  const cells = [convLstmFlops(pixels, time, 1, filters), convLstmFlops(pixels, time, filters, filters)];
  const head = windowFlops(pixels, 3, filters, 1);
  // Forward, and the gradients of input and kernel; the clip itself needs none.
  const flops = 2 * cells[0].input + 3 * (cells[0].recurrent + sum(cells[1]) + head);
  const layer = { filters, kernelSize: 3, padding: "same" };
  const build = ({ Conv2D, ConvLSTM2D, Input, Sequential }) =>
    Sequential([
      Input({ shape: [time, side, side, 1] }),
      ConvLSTM2D({ ...layer, returnSequences: true }),
      ConvLSTM2D(layer),
      Conv2D({ filters: 1, kernelSize: 3, padding: "same", activation: "sigmoid" }),
    ]);
  const name = `train_n${batch}t${time}s${side}f${filters}`;
  return training(name, flops, "binaryCrossentropy", [batch, time, side, side, 1], [batch, side, side, 1], build);
}

function mobileNetTraining(batch, side, alpha) {
  const { first, rest } = mobileNetFlops(side, alpha);
  const build = ({ MobileNet }) => MobileNet({ inputShape: [side, side, 3], alpha, weights: null, classes: 10 });
  const flops = batch * (2 * first + 3 * (rest + 2 * 1024 * alpha * 10));
  const name = `train_mobilenet_a${alpha * 100}s${side}n${batch}`;
  return training(name, flops, "categoricalCrossentropy", [batch, side, side, 3], [batch, 10], build);
}

/** `kind` is LSTM, or GRU; both are one op. */
function recurrentTraining(kind, batch, time, features, units) {
  const { input, recurrent } = { LSTM: lstmFlops, GRU: gruFlops }[kind](batch, time, features, units);
  const build = ({ Dense, Input, Sequential, [kind]: recurrentLayer }) =>
    Sequential([
      Input({ shape: [time, features] }),
      recurrentLayer({ units }),
      Dense({ units: 1, activation: "sigmoid" }),
    ]);
  const name = `train_${kind.toLowerCase()}${units}_n${batch}t${time}f${features}`;
  const flops = 2 * input + 3 * recurrent;
  return training(name, flops, "binaryCrossentropy", [batch, time, features], [batch, 1], build);
}

export const modelCases = [
  prediction("mobilenet_b1", sum(mobileNetFlops(224, 1)), [1, ...frame], features),
  prediction("mobilenet_b1_by_layers", sum(mobileNetFlops(224, 1)), [1, ...frame], features, { plan: false }),
  prediction("convlstm_seed", seedLstmFlops, [1, 32, 7, 7, 1024], convLstmOfSeed),
  prediction("seed", 32 * sum(mobileNetFlops(224, 1)) + seedLstmFlops + 2 * 256 * (6400 + 10), [1, 32, ...frame], seed),
  streamStep,
  stackedConvLstm(2, 2, 32, 16),
  stackedConvLstm(2, 8, 32, 16),
  stackedConvLstm(4, 10, 64, 32),
  mobileNetTraining(16, 64, 0.25),
  recurrentTraining("LSTM", 32, 50, 64, 128),
  recurrentTraining("GRU", 32, 50, 64, 128),
  recurrentTraining("GRU", 2, 50, 16, 8),
];
