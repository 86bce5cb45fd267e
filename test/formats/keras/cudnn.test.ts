// CuDNNLSTM and CuDNNGRU in .h5 files of Keras 2: read as LSTM and GRU, with their weights converted. See
// test/fixtures/cudnn_files.py.
import { gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { loadModel } from "../../../src/formats/index.js";
import { GRULayer, init, type Layer, LSTMLayer, type Tensor, tensor } from "../../../src/index.js";
import { loadCases, relativeError } from "../../support/keras.js";

interface Case {
  name: string;
  file: string;
  x: number[][][];
  y: number[];
  shape: number[];
}

beforeAll(() => init());

const inside = (layer: Layer): Layer[] => [layer, ...layer.sublayers.flatMap(inside)];

test.each(loadCases<Case>("cudnn"))("$name", async ({ file, x, y, shape }) => {
  const model = await loadModel(gunzipSync(Buffer.from(file, "base64")));
  expect(inside(model).some((layer) => layer instanceof LSTMLayer || layer instanceof GRULayer)).toBe(true);
  const made = await model.predict<Tensor>(tensor(x));
  expect(made.shape).toEqual(shape);
  expect(relativeError(await made.data(), y)).toBeLessThan(1e-6);
  made.dispose();
  model.dispose();
});
