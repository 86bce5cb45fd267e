// node ort.mjs CASE      onnxruntime-web, WebAssembly, one thread
import { answer, inputShapes, madeFile } from "./engine.mjs";
import * as ort from "onnxruntime-web";
import { randomArray } from "../random.mjs";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const predicts = (name) => async () => {
  const session = await ort.InferenceSession.create(madeFile(`${name}.onnx`), { executionProviders: ["wasm"] });
  const [batch, height, width, channels] = inputShapes[name];
  const { data, shape } = randomArray([batch, channels, height, width]);
  const x = new ort.Tensor("float32", data, shape);
  return async () => void (await session.run({ x }));
};

await answer(Object.fromEntries(Object.keys(inputShapes).map((name) => [name, predicts(name)])));
