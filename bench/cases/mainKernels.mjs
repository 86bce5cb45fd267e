// A few calls of kernels that say much about models: alone, and with copies from and to the host, for comparison with
// engines that always copy.
import { randomFloats } from "../random.mjs";
import { kernelCall } from "./kernelCall.mjs";

const n = 512;
const sizes = {
  gemm512: {
    kernel: "gemm",
    lengths: [n * n, n * n, n * n],
    size: ({ gemmSize }) => gemmSize(n, n, n),
  },
  conv3x3_56x56x64: {
    kernel: "conv2d",
    lengths: [56 * 56 * 64, 56 * 56 * 64, 9 * 64 * 64],
    size: ({ conv2dSize }) => conv2dSize("bench", [1, 56, 56, 64], [3, 3, 64, 64], { padding: "same" }),
  },
  depthwise3x3_112x112x64: {
    kernel: "depthwiseConv2d",
    lengths: [112 * 112 * 64, 112 * 112 * 64, 9 * 64],
    size: ({ depthwiseConv2dSize }) =>
      depthwiseConv2dSize("bench", [1, 112, 112, 64], [3, 3, 64, 1], { padding: "same" }),
  },
  pointwise_14x14x512: {
    kernel: "conv2d",
    lengths: [14 * 14 * 512, 14 * 14 * 512, 512 * 512],
    size: ({ conv2dSize }) => conv2dSize("bench", [1, 14, 14, 512], [1, 1, 512, 512], {}),
  },
};

const caseOf = (name, { kernel, lengths: [ofY, ofX, ofWeight], size }, copies) => ({
  name: copies ? `${name}+copies` : name,
  isMain: !copies,
  start: (engine) =>
    kernelCall(engine, kernel, {
      y: ofY,
      xs: [randomFloats(ofX), randomFloats(ofWeight)],
      weights: [1],
      callOf: (y, [x, weight]) => [y, x, weight, undefined, size(engine.bare)],
      copies,
    }),
});

export const mainKernels = [false, true].flatMap((copies) =>
  Object.entries(sizes).map(([name, each]) => caseOf(name, each, copies)),
);
