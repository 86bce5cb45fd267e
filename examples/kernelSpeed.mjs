// Kernels without the engine: what a call takes, and what it computes and moves.
import { conv2dSize, costOf, depthwiseConv2dSize, gemmSize, openKernels } from "zoetrope/kernels";

const rounds = process.argv.includes("--quick") ? 2 : 20;
const { name, tile, unchecked, allocate, free } = openKernels();
console.log(`${name}, tiles of ${tile.rows} x ${tile.columns}`);

const numbers = (length) => Float32Array.from({ length }, (_, i) => Math.sin(i));

/** Times a kernel that computes `length` numbers from x and a weight, of so many numbers each. */
function time(title, kernel, [length, ofX, ofWeight], size) {
  const [y, x, weight] = [allocate(length), allocate(numbers(ofX)), allocate(numbers(ofWeight), "weight")];
  const call = [y, x, weight, undefined, size];
  unchecked[kernel](...call); // packs the weight
  let ms = Infinity;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    unchecked[kernel](...call);
    ms = Math.min(ms, performance.now() - began);
  }
  const { multiplyAdds, bytes } = costOf(kernel, ...call);
  const [gflops, gbPerSecond] = [2 * multiplyAdds, bytes].map((count) => (count / ms / 1e6).toFixed(1));
  console.log(`${title}: ${ms.toFixed(3)} ms, ${gflops} GFLOP/s, ${gbPerSecond} GB/s`);
  for (const buffer of [y, x, weight]) free(buffer);
}

const n = 256;
time("matrix product, 256", "gemm", [n * n, n * n, n * n], gemmSize(n, n, n));

const [side, channels] = [28, 128];
const x = [1, side, side, channels];
const pixels = side * side;
const kernel = [3, 3, channels, channels];
const same = { padding: "same" };
time("convolution 3x3, 28x28x128", "conv2d", [pixels * channels, pixels * channels, 9 * channels ** 2], conv2dSize("", x, kernel, same)); // prettier-ignore
time("the same, each channel on its own", "depthwiseConv2d", [pixels * channels, pixels * channels, 9 * channels], depthwiseConv2dSize("", x, [3, 3, channels, 1], same)); // prettier-ignore
