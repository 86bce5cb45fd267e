// The files that the examples of README.md and docs/ read, by the names that they give them.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { decode } from "fast-png";
import { encode } from "jpeg-js";
import { saveModel, saveWeights } from "../../src/formats/index.js";
import { Adam, ConvLSTM2D, Dense, Flatten, Input, MobileNet } from "../../src/index.js";
import { Model, Sequential, setSeed, TimeDistributed } from "../../src/index.js";
import { ffmpeg, hasFfmpeg } from "./films.js";

/** Writes the files into a folder. */
export async function writeReaderFiles(folder: string): Promise<void> {
  const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  const photo = "test/fixtures/photos/coffee.png";
  write("photo.jpg", jpegOf(photo));
  if (hasFfmpeg) {
    const film = ["-loop", "1", "-t", "1", "-r", "8", "-i", photo, "-pix_fmt", "yuv420p", "-c:v", "libvpx-vp9"];
    ffmpeg(...film, join(folder, "walk.mp4"));
    for (const name of ["new.mp4", "clip.mp4"]) copyFileSync(join(folder, "walk.mp4"), join(folder, name));
  }
  setSeed(1);
  const digits = digitModel();
  await saveModel(digits, join(folder, "film.keras"));
  write("other.h5", await saveWeights(digits, undefined, { format: "weights.h5" }));
  const classifier = JSON.stringify({ classes: ["left", "right"], frames: 8, size: 224, windowSeconds: 0.5 });
  await saveModel(await filmModel(8, 224), join(folder, "gestures.safetensors"), { metadata: { classifier } });

  // A model of TensorFlow.js, with its weights in one file.
  const model = JSON.parse(readFileSync("test/fixtures/tfjs/film/model.json", "utf8"));
  const [{ paths, weights }] = model.weightsManifest as [{ paths: string[]; weights: object[] }];
  write("weights.bin", Buffer.concat(paths.map((path) => readFileSync(join("test/fixtures/tfjs/film", path)))));
  write("model.json", JSON.stringify({ ...model, weightsManifest: [{ paths: ["weights.bin"], weights }] }));
}

function jpegOf(png: string): Uint8Array {
  const { width, height, data, channels } = decode(readFileSync(png));
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgba[i * 4 + c] = data[i * channels + c];
  return encode({ width, height, data: rgba }, 95).data;
}

function digitModel() {
  const model = Sequential([
    Input({ shape: [8, 32, 32, 1] }),
    ConvLSTM2D({ filters: 2, kernelSize: 3, strides: 4 }),
    Flatten(),
    Dense({ units: 8, activation: "softmax" }),
  ]);
  model.compile({ optimizer: Adam(), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** A model like those of the command `train`, small and untrained. */
async function filmModel(frames: number, size: number) {
  const film = Input({ shape: [frames, size, size, 3] });
  const cnn = await MobileNet({ alpha: 0.25, inputShape: [size, size, 3], includeTop: false, weights: null });
  const maps = ConvLSTM2D({ filters: 4, kernelSize: 3, padding: "same" })(TimeDistributed(cnn)(film));
  return Model({ inputs: film, outputs: Dense({ units: 2, activation: "softmax" })(Flatten()(maps)) });
}

/** Serves the files of weights that are among the fixtures, as a mirror of Keras's would. */
export async function serveWeights(): Promise<{ address: string; close(): void }> {
  const folder = "test/fixtures";
  const names = new Set(readdirSync(folder).filter((name) => name.endsWith(".h5.gz")));
  const server = createServer(({ url }, answer) => {
    const name = `${url!.slice(1)}.gz`;
    if (names.has(name)) answer.end(gunzipSync(readFileSync(join(folder, name))));
    else answer.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  return { address: `http://localhost:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}
