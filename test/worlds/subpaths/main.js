import ndarray from "ndarray";
import * as formats from "zoetrope/formats";
import { gpujsKernels } from "zoetrope/gpujs";
import { fromNdarray, toNdarray } from "zoetrope/ndarray";
import { runAppAsText } from "./app.js";

async function run() {
  const { shape, data } = await toNdarray(fromNdarray(ndarray([1, 2, 3, 4], [2, 2]).transpose(1, 0)));
  if (shape.join() !== "2,2" || data.join() !== "1,3,2,4") throw new Error(`an ndarray came back as ${shape}: ${data}`);
  if (typeof gpujsKernels({ mode: "cpu" }).gemm !== "function") throw new Error("there are no kernels of gpu.js");
  return runAppAsText(formats);
}

const asText = (error) => JSON.stringify({ error: String(error) });
run().then(
  (text) => (document.documentElement.dataset.answer = text),
  (error) => (document.documentElement.dataset.answer = asText(error)),
);
