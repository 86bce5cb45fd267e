// Files of Keras with vocabularies: see test/fixtures/lookup_cases.py. What is written again is read by real Keras in
// test/interop.
import { gunzipSync } from "node:zlib";
import { beforeAll, beforeEach, describe, expect } from "vitest";
import { loadModel, saveModel } from "../../../src/formats/index.js";
import { clearNames, init, type ModelLayer, type Tensor } from "../../../src/index.js";
import { decode, loadCases, type Stored, testEach } from "../../support/keras.js";

interface FileCase {
  name: string;
  /** A `.keras` or `.h5` file, packed. */
  file: string;
  /** Rows of strings or numbers, or texts, for each input. */
  x: (string | (string | number)[])[][];
  y: Stored;
}
const cases = ["lookupFiles", "keras2Lookups"].flatMap((file) =>
  loadCases<FileCase>(file).map((given) => ({ ...given, name: `${file}: ${given.name}` })),
);

beforeAll(() => init());
beforeEach(() => clearNames());

const bytesOf = ({ file }: FileCase): Uint8Array => Uint8Array.from(gunzipSync(Buffer.from(file, "base64")));
const predict = (model: ModelLayer<any>, { x }: FileCase): Promise<Tensor> =>
  model.predict((x.length > 1 ? x : x[0]) as never);

async function expectSame(y: Tensor, wanted: Stored): Promise<void> {
  const { data, shape } = decode(wanted);
  expect(y.shape).toEqual(shape);
  const got = await y.data();
  data.forEach((value, i) => expect(Math.abs(value - got[i])).toBeLessThan(1e-5 * Math.max(1, Math.abs(value))));
  y.dispose();
}

async function checkCase(given: FileCase): Promise<void> {
  using model = await loadModel(bytesOf(given));
  await expectSame(await predict(model, given), given.y);
  for (const format of ["keras", "safetensors"] as const) {
    using again = await loadModel(await saveModel(model, undefined, { format }));
    await expectSame(await predict(again, given), given.y);
  }
}

describe("a file with vocabularies predicts what Keras does, also when it is written again:", () => {
  testEach(cases, checkCase);
});
