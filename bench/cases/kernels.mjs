// Single kernels of the wasm backend, at sizes of MobileNet's and ConvLSTM2D's layers.
import { conv2dSize, depthwiseConv2dSize, gemmSize } from "../../dist/shape.js";
import { randomFloats } from "../random.mjs";

/** A case of the bench: `start` makes what it computes with and returns the call to be timed and what ends it. */
const kernelCase = (name, flops, lengths, run) => ({
  name,
  flops,
  start(backend) {
    const buffers = lengths.map(({ length, kind }) => {
      const buffer = backend.allocate(length, kind);
      backend.write(buffer, randomFloats(length));
      return buffer;
    });
    return { run: () => run(backend, ...buffers), stop: () => buffers.forEach((buffer) => backend.free(buffer)) };
  },
});

const product = (shape) => shape.reduce((a, b) => a * b, 1);
const data = (...shape) => ({ length: product(shape) });
/** Weights, which the backend packs for the matrix kernel once and keeps so. */
const weight = (...shape) => ({ length: product(shape), kind: "weight" });

function gemmCase(m, k, n) {
  const size = gemmSize(m, k, n);
  const buffers = [data(m, n), data(m, k), data(k, n)];
  return kernelCase(`gemm ${m}x${k}x${n}`, 2 * m * k * n, buffers, (g, c, a, b) => g.gemm(c, a, b, size));
}

/** A convolution with its two gradients, which do the same number of multiplications. */
function family(op, text, flops, size, x, kernel, y) {
  return [
    kernelCase(`${op} ${text}`, flops, [y, x, kernel], (g, y, x, kernel) => g[op](y, x, kernel, size)),
    kernelCase(`${op}GradInput ${text}`, flops, [x, y, kernel], (g, dx, dy, kernel) =>
      g[`${op}GradInput`](dx, dy, kernel, size),
    ),
    kernelCase(`${op}GradFilter ${text}`, flops, [data(kernel.length), x, y], (g, dKernel, x, dy) =>
      g[`${op}GradFilter`](dKernel, x, dy, size),
    ),
  ];
}

function conv2dCases(side, channels, filters, kernelSide) {
  const shape = [1, side, side, channels];
  const kernel = [kernelSide, kernelSide, channels, filters];
  const size = conv2dSize("bench", shape, kernel, { padding: "same" });
  const text = `${kernelSide}x${kernelSide} ${side}x${side}x${channels}->${filters}`;
  const y = data(side, side, filters);
  return family("conv2d", text, 2 * side * side * product(kernel), size, data(...shape), weight(...kernel), y);
}

function depthwiseConv2dCases(side, channels, strides) {
  const shape = [1, side, side, channels];
  const kernel = [3, 3, channels, 1];
  const size = depthwiseConv2dSize("bench", shape, kernel, { padding: "same", strides });
  const text = `3x3 ${side}x${side}x${channels}${strides === 1 ? "" : ` stride ${strides}`}`;
  const y = data(size.outHeight, size.outWidth, channels);
  const flops = 2 * size.outHeight * size.outWidth * product(kernel);
  return family("depthwiseConv2d", text, flops, size, data(...shape), weight(...kernel), y);
}

const million = 1_000_000;

export const kernelCases = [
  gemmCase(512, 512, 512),
  ...conv2dCases(14, 512, 512, 1),
  ...conv2dCases(56, 64, 64, 3),
  ...depthwiseConv2dCases(112, 64, 1),
  ...depthwiseConv2dCases(56, 128, 2),
  kernelCase("sigmoid 1M", undefined, [data(million), data(million)], (g, y, x) => g.sigmoid(y, x)),
  kernelCase("tanh 1M", undefined, [data(million), data(million)], (g, y, x) => g.tanh(y, x)),
];
