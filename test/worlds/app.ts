// What every world's app does: predicts with the README's network, scaled down, trains it for a step, and saves and loads models.
import {
  Adam,
  clearNames,
  ConvLSTM2D,
  Dense,
  Flatten,
  Input,
  memory,
  MobileNet,
  Model,
  setSeed,
  stream,
  type Tensor,
  TimeDistributed,
} from "zoetrope";
import { kerasFile } from "./kerasFile.js";

type Formats = typeof import("zoetrope/formats");

/** What each step of the app gave, or `{ error }`. */
export type Answer = Record<string, unknown>;

const clips = {
  data: Float32Array.from({ length: 2 * 2 * 96 * 96 * 3 }, (_, i) => Math.sin(i)),
  shape: [2, 2, 96, 96, 3],
};
const labels = [
  [1, 0, 0],
  [0, 1, 0],
];

async function network() {
  const video = Input({ shape: [2, 96, 96, 3] });
  const cnn = await MobileNet({ alpha: 0.25, includeTop: false, inputShape: [96, 96, 3], weights: null });
  let x = TimeDistributed(cnn)(video);
  x = ConvLSTM2D({ filters: 4, kernelSize: 3, returnSequences: false })(x);
  x = Flatten()(x);
  x = Dense({ units: 8, activation: "relu", biasInitializer: "randomNormal" })(x);
  const predictions = Dense({ units: 3, activation: "softmax", biasInitializer: "randomNormal" })(x);
  const model = Model({ inputs: video, outputs: predictions });
  model.compile({ optimizer: Adam({ learningRate: 1e-3 }), loss: "categoricalCrossentropy" });
  return model;
}

const values = async (y: Tensor | Tensor[]) => Array.from(await (y as Tensor).data());

/**
 * Runs the app.
 * @param formats The subpath `zoetrope/formats`; without it no file is read or written.
 */
export async function runApp(formats?: Formats): Promise<Answer> {
  setSeed(1);
  clearNames();
  const answer: Answer = {};
  async function step(name: string, work: () => Promise<object>): Promise<void> {
    answer[name] = await work().catch((error: unknown) => ({ error: String(error) }));
  }
  const model = await network();
  await step("predict", async () => {
    const y = (await model.predict(clips)) as Tensor;
    return { shape: y.shape, values: await values(y) };
  });
  await step("stream", async () => {
    const live = stream(model);
    const size = 96 * 96 * 3;
    let y: Tensor | undefined;
    for (const time of [0, 1]) {
      const data = new Float32Array(2 * size);
      for (const clip of [0, 1]) data.set(clips.data.subarray((2 * clip + time) * size).subarray(0, size), clip * size);
      y = (await live.step({ data, shape: [2, 96, 96, 3] })) as Tensor;
    }
    return { values: await values(y!) };
  });
  await step("train", async () => {
    const { history } = await model.fit(clips, labels, { epochs: 1, batchSize: 2, verbose: 0 });
    return { losses: history.loss };
  });
  if (formats) {
    const { loadModel, saveModel } = formats;
    await step("safetensors", async () => {
      const again = await loadModel(await saveModel(model));
      const [before, after] = [await values(await model.predict(clips)), await values(await again.predict(clips))];
      return { same: before.length === 6 && before.every((value, i) => value === after[i]) };
    });
    await step("keras", async () => {
      const bytes = Uint8Array.from(atob(kerasFile), (letter) => letter.charCodeAt(0));
      return { values: await values(await (await loadModel(bytes)).predict([[1, 2, 3]])) };
    });
    await step("onnx", async () => ({ bytes: (await saveModel(model, undefined, { format: "onnx" })).length }));
  }
  answer.backend = memory().backend;
  return answer;
}

/** Runs the app and gives what the runner reads: the answer as JSON. */
export const runAppAsText = async (formats?: Formats): Promise<string> =>
  JSON.stringify(await runApp(formats).catch((error: unknown) => ({ error: String(error) })));
