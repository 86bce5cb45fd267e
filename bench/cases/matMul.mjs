// A matrix product through the engine, which threads share out: calls of bare kernels run on one thread.
import { randomFloats } from "../random.mjs";

const n = 512;

export const matMulCase = {
  name: "matmul512",
  start({ zoetrope: { matMul, tensor } }) {
    const [a, b] = [0, 1].map(() => tensor(randomFloats(n * n), [n, n]));
    const run = () => matMul(a, b).dispose();
    return { run, stop: () => [a, b].forEach((each) => each.dispose()), flops: 2 * n ** 3 };
  },
};
