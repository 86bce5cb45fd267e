// CNN-ConvLSTM: the same as cnnLstm.mjs, but the features of MobileNet keep height and width, and so do the states.
import { ConvLSTM2D, Dense, Flatten, Input, LSTM, Model, TimeDistributed } from "zoetrope";
import { Adam, MobileNet, mobileNet, setSeed } from "zoetrope";
import { discClips } from "./clips.mjs";

const [frames, size, filters] = [8, 64, 8];
const isQuick = process.argv.includes("--quick");
setSeed(1);

// The features before the classifier: [2, 2, 1024] for frames of this size.
const classifier = await MobileNet({ inputShape: [size, size, 3] });
const features = classifier.getLayer("conv_pw_13_relu").output;
const cnn = Model({ inputs: classifier.inputs[0], outputs: features, name: "cnn" });
cnn.trainable = false;

const sequence = Input({ shape: [frames, 2, 2, 1024] });
const convLstm = ConvLSTM2D({ filters, kernelSize: 3, padding: "same" });
const remembered = Flatten()(convLstm(sequence));
const head = Model({ inputs: sequence, outputs: Dense({ units: 2, activation: "softmax" })(remembered), name: "head" });

const film = Input({ shape: [frames, size, size, 3] });
const seen = TimeDistributed(cnn)(film);
await Model({ inputs: film, outputs: head(seen), name: "cnn_conv_lstm" }).summary();

// An LSTM with as many states has a weight from every place to every other one: the larger the maps, the more weights.
const lstm = LSTM({ units: 2 * 2 * filters });
lstm(TimeDistributed(Flatten())(seen));
const count = (layer) => layer.countParams().toLocaleString("en");
console.log(`ConvLSTM2D: ${count(convLstm)} parameters; an LSTM with as many states: ${count(lstm)}`);

// The CNN is not trained, so its features are computed once for each clip.
const look = Model({ inputs: film, outputs: seen });
async function data(count, seed) {
  const { x, y } = await discClips({ count, frames, size, seed });
  return [await look.predict(mobileNet.preprocessInput(x), { batchSize: 8 }), y];
}
head.compile({ optimizer: Adam({ learningRate: 2e-3 }), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
const training = await data(isQuick ? 16 : 128, 1);
await head.fit(...training, { batchSize: 16, epochs: isQuick ? 2 : 12 });

const test = await data(isQuick ? 8 : 64, 3);
const { accuracy } = await head.evaluate(...test);
for (const [features] of [training, test]) features.dispose(); // memory of WebAssembly is not garbage-collected
console.log(`unseen discs, growing or shrinking: ${(100 * accuracy).toFixed(0)} % right`);
