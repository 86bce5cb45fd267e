// onnxruntime-web, WebAssembly, on the models of makeOnnx.mjs; in Node and in a page.
import * as ort from "onnxruntime-web";
import { randomFloats } from "../random.mjs";
import { inputShapes } from "./inputShapes.mjs";

/** ONNX has channels first. */
const channelsFirst = (shape) => (shape.length === 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape);

export async function open({ threads, host, bytesOf }) {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  if (host === "page") ort.env.wasm.wasmPaths = "/bench/peers/node_modules/onnxruntime-web/dist/";
  return async (name) => {
    if (!inputShapes[name]) throw new Error("not a case of this engine");
    const model = await bytesOf(`build/peers/${name}.onnx`);
    const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    const shape = channelsFirst(inputShapes[name]);
    const x = new ort.Tensor("float32", randomFloats(shape.reduce((a, b) => a * b, 1)), shape);
    return { run: () => session.run({ x }), stop: () => session.release() };
  };
}
