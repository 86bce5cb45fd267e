// The call of one kernel as a case, with what the kernel table says that it costs.

/**
 * @param engine `bare`, the exports of zoetrope/kernels, and `kernels`, what they opened.
 * @param call `y`: the output's values or length; `xs`: the values of the inputs, of which those in `weights` are packed
 * once; `callOf(y, xs)`: the arguments. `copies`: a call begins with the values of the first input and ends with those
 * of the output on the host, as that of other engines does.
 */
export function kernelCall({ bare, kernels }, kernel, { y, xs, weights = [], callOf, copies = false }) {
  if (!kernels) throw new Error("this checkout does not hand out its kernels");
  const out = kernels.allocate(y);
  const ins = xs.map((x, i) => kernels.allocate(x, weights.includes(i) ? "weight" : undefined));
  const args = callOf(out, ins);
  const run = () => kernels.unchecked[kernel](...args);
  const { multiplyAdds, bytes } = bare.costOf(kernel, ...args);
  return {
    run: copies
      ? () => {
          kernels.write(ins[0], xs[0]);
          run();
          return kernels.read(out);
        }
      : run,
    stop: () => [out, ...ins].forEach((buffer) => kernels.free(buffer)),
    ...(multiplyAdds > 0 ? { flops: 2 * multiplyAdds } : { bytes }),
  };
}
