// A training whose weights must have the same bits in every JavaScript engine: layers of all kinds, random numbers of all kinds,
// schedules, and every optimizer. It needs nothing but the package and `crypto.subtle`, so that it runs in pages too.

/**
 * The SHA-256 of the weights in hexadecimal, with the plain build. A change of a kernel, of the random numbers or of this file changes
 * it; anything else that does is an error.
 */
export const expected = "5c60ad8d28fd538c8392d6e5f560e150a9eff3d266f1fff21fe15551369b75a3";

/** Numbers from -1 to 1 by a formula that whole numbers compute exactly. */
function numbers(/** @type {number} */ length, /** @type {number} */ seed) {
  return Float32Array.from({ length }, (_, i) => {
    const x = Math.imul(i + seed, 0x9e3779b1);
    return (Math.imul(x ^ (x >>> 15), 0x85ebca6b) >> 8) / 2 ** 23;
  });
}

const samples = 20;
const classes = 3;

/** Clips [20, 4, 12, 12, 2] and their classes. */
function data() {
  const labels = new Float32Array(samples * classes);
  for (let i = 0; i < samples; i++) labels[i * classes + ((i * 7) % classes)] = 1;
  const shape = [samples, 4, 12, 12, 2];
  return {
    x: { data: numbers(samples * 4 * 12 * 12 * 2, 1), shape },
    y: { data: labels, shape: [samples, classes] },
  };
}

/** Augmentation, convolutions on all roads, normalization, ConvLSTM2D, LSTM and kinds of dropout. */
function film(/** @type {typeof import("zoetrope")} */ z) {
  const frames = z.Sequential([
    z.Input({ shape: [12, 12, 2] }),
    z.Conv2D({ filters: 8, kernelSize: 5, padding: "same", kernelInitializer: "heNormal" }),
    z.BatchNormalization({ momentum: 0.9 }),
    z.ReLU(),
    z.DepthwiseConv2D({ kernelSize: 3, padding: "same", activation: "sigmoid" }),
    z.SpatialDropout2D({ rate: 0.1 }),
    z.Conv2D({ filters: 16, kernelSize: 3, padding: "same", activation: "elu", kernelRegularizer: "l2" }),
    z.MaxPooling2D(),
  ]);
  const clips = z.Input({ shape: [4, 12, 12, 2] });
  let x = z.RandomRotation({ factor: 0.1, seed: 1 })(clips);
  x = z.RandomGaussianBlur({ kernelSize: 3, seed: 2 })(x);
  x = z.MixUp({ alpha: 0.4, seed: 3 })(x);
  x = z.TimeDistributed(frames)(x);
  x = z.ConvLSTM2D({ filters: 6, kernelSize: 3, dropout: 0.1, recurrentDropout: 0.1, returnSequences: true })(x);
  x = z.TimeDistributed(z.Flatten())(x);
  x = z.GaussianNoise({ stddev: 0.1 })(x);
  x = z.LSTM({ units: 12, kernelConstraint: { className: "MaxNorm", config: { maxValue: 1.5 } } })(x);
  x = z.LayerNormalization()(x);
  x = z.AlphaDropout({ rate: 0.2 })(x);
  const outputs = z.Dense({ units: classes, activation: "softmax", kernelInitializer: "randomNormal" })(x);
  return { model: z.Model({ inputs: clips, outputs }), frames };
}

/** The optimizers that compute powers or roots on the host, each with another schedule. */
function optimizers(/** @type {typeof import("zoetrope")} */ z) {
  const [initialLearningRate, decaySteps] = [0.02, 6];
  return [
    z.Adamax({ learningRate: z.ExponentialDecay({ initialLearningRate, decaySteps, decayRate: 0.7 }) }),
    z.Nadam({ learningRate: z.InverseTimeDecay({ initialLearningRate, decaySteps, decayRate: 0.7 }) }),
    z.Lamb({ learningRate: z.PolynomialDecay({ initialLearningRate, decaySteps, power: 1.7 }) }),
    z.Adafactor({ learningRate: z.CosineDecayRestarts({ initialLearningRate, firstDecaySteps: 3, tMul: 1.5 }) }),
    z.AdamW({ learningRate: initialLearningRate, globalClipnorm: 0.5, useEma: true }),
    z.SGD({ learningRate: initialLearningRate, momentum: 0.9, nesterov: true, clipnorm: 0.1 }),
    ...[z.RMSprop, z.Adagrad, z.Adadelta, z.Ftrl, z.Lion, z.Muon, z.ScheduleFreeAdamW].map((make) => make()),
  ];
}

/**
 * Trains for 100 steps, and ten more with every other optimizer, on the current backend.
 * @param {typeof import("zoetrope")} z The package.
 * @returns {Promise<string>} the SHA-256 of all weights in hexadecimal.
 */
export async function trainedHash(z) {
  z.setSeed(1);
  z.clearNames();
  const { x, y } = data();
  /** @type {Float32Array[]} */
  const weights = [];
  const keepWeights = async (/** @type {import("zoetrope").Model} */ model) => {
    for (const weight of model.weights) weights.push(/** @type {Float32Array} */ (await weight.data()));
  };
  const { model, frames } = film(z);
  const learningRate = z.CosineDecay({ initialLearningRate: 0, decaySteps: 90, warmupTarget: 0.01, warmupSteps: 10 });
  const adam = z.Adam({ learningRate, clipnorm: 1 });
  model.compile({ optimizer: adam, loss: "categoricalCrossentropy" });
  await model.fit(x, y, { batchSize: 4, epochs: 20, verbose: 0 });
  await keepWeights(model);
  for (const each of [model, frames, adam]) each.dispose();
  for (const optimizer of optimizers(z)) {
    const small = z.Sequential([
      z.Input({ shape: [32] }),
      z.Dense({ units: 8, activation: "tanh", kernelInitializer: "orthogonal" }),
      z.Dropout({ rate: 0.3 }),
      z.Dense({ units: classes, kernelInitializer: "lecunNormal" }),
    ]);
    small.compile({ optimizer, loss: "huber" });
    const rows = { data: numbers(samples * 32, 2), shape: [samples, 32] };
    await small.fit(rows, y, { batchSize: 4, epochs: 2, verbose: 0 });
    await keepWeights(small);
    small.dispose();
    optimizer.dispose();
  }
  const bytes = new Uint8Array(weights.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const values of weights) {
    if (!values.every(Number.isFinite)) throw new Error("a weight is no finite number, whose bits engines choose");
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
