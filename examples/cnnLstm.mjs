// CNN-LSTM: the features that MobileNet (trained on ImageNet) computes of each frame before its classifier, read by an LSTM.
import { Dense, GlobalAveragePooling2D, Input, LSTM, Model, TimeDistributed } from "zoetrope";
import { Adam, MobileNet, mobileNet, setSeed } from "zoetrope";
import { parseArgs } from "node:util";
import { checkpointAt } from "zoetrope/formats";
import { discClips } from "./clips.mjs";

const [frames, size] = [8, 64];
const { quick: isQuick, keep } = parseArgs({
  options: { quick: { type: "boolean" }, keep: { type: "string" } },
}).values;
setSeed(1);

// The first Ctrl-C ends the training after the batch under way, a second one the program at once. With --keep FILE the same
// command goes on from there, to the same result.
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const { signal } = stop;

// The features before the classifier, [2, 2, 1024] for frames of this size, averaged over height and width.
const classifier = await MobileNet({ inputShape: [size, size, 3] });
const features = classifier.getLayer("conv_pw_13_relu").output;
const cnn = Model({ inputs: classifier.inputs[0], outputs: GlobalAveragePooling2D()(features), name: "cnn" });
cnn.trainable = false;

const sequence = Input({ shape: [frames, 1024] });
const remembered = LSTM({ units: 32 })(sequence);
const head = Model({ inputs: sequence, outputs: Dense({ units: 2, activation: "softmax" })(remembered), name: "head" });

const film = Input({ shape: [frames, size, size, 3] });
const seen = TimeDistributed(cnn)(film);
await Model({ inputs: film, outputs: head(seen), name: "cnn_lstm" }).summary();

// The CNN is not trained, so its features are computed once for each clip.
const look = Model({ inputs: film, outputs: seen });
async function data(count, seed) {
  const { x, y } = await discClips({ count, frames, size, seed });
  return [await look.predict(mobileNet.preprocessInput(x), { batchSize: 8 }), y];
}
head.compile({ optimizer: Adam({ learningRate: 2e-3 }), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
const training = await data(isQuick ? 16 : 128, 1);
const checkpoint = keep && checkpointAt(keep);
await head.fit(...training, { batchSize: 16, epochs: isQuick ? 2 : 12, signal, checkpoint }).catch((error) => {
  if (!signal.aborted) throw error;
  console.log(keep ? `Stopped; the same command goes on from ${keep}.` : "Stopped.");
  process.exit(130);
});

const test = await data(isQuick ? 8 : 64, 3);
const { accuracy } = await head.evaluate(...test);
for (const [features] of [training, test]) features.dispose(); // memory of WebAssembly is not garbage-collected
console.log(`unseen discs, growing or shrinking: ${(100 * accuracy).toFixed(0)} % right`);
