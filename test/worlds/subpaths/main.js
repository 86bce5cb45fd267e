import ndarray from "ndarray";
import * as formats from "zoetrope/formats";
import { gpujsKernels } from "zoetrope/gpujs";
import { gemmSize, openKernels } from "zoetrope/kernels";
import { fromNdarray, toNdarray } from "zoetrope/ndarray";
import { runAppAsText } from "./app.js";

async function run() {
  const { shape, data } = await toNdarray(fromNdarray(ndarray([1, 2, 3, 4], [2, 2]).transpose(1, 0)));
  if (shape.join() !== "2,2" || data.join() !== "1,3,2,4") throw new Error(`an ndarray came back as ${shape}: ${data}`);
  if (typeof gpujsKernels({ mode: "cpu" }).gemm !== "function") throw new Error("there are no kernels of gpu.js");
  const { kernels, allocate, read } = openKernels();
  const [a, product] = [allocate([1, 2, 3, 4]), allocate(4)];
  kernels.gemm(product, a, a, undefined, gemmSize(2, 2, 2));
  if ((await read(product)).join() !== "7,10,15,22")
    throw new Error(`the square of a matrix is ${await read(product)}`);
  return runAppAsText(formats);
}

const asText = (error) => JSON.stringify({ error: String(error) });
run().then(
  (text) => (document.documentElement.dataset.answer = text),
  (error) => (document.documentElement.dataset.answer = asText(error)),
);
