// The cost of `launch`, through which every kernel call goes: a kernel that does almost nothing.

const calls = 1000;

/** A thousand calls of `fill` of one element. */
export const launchCase = {
  name: "launch x1000",
  start({ kernels }) {
    const y = kernels.allocate(1);
    const run = () => {
      for (let i = 0; i < calls; i++) kernels.unchecked.fill(y, i);
    };
    return { run, stop: () => kernels.free(y) };
  },
};
