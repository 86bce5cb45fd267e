// Every kernel, at sizes that the tests check too (timedCases of test/cases.ts). The kernel table states what a call
// costs.
import { bytesOf, kernelNames, rowOf } from "../../dist/kernelTable.js";
import { loadCaseTables } from "../../scripts/caseTables.mjs";

/** Short, as there are many cases and a call is short. */
const time = { warmUpSeconds: 0.1, seconds: 0.3 };

/**
 * A case: `start` allocates its buffers and returns the call to time, what it costs, and a function that frees the
 * buffers.
 */
const kernelCase = (kernel, c, callOf) => ({
  name: `${kernel} ${c.name}`,
  time,
  start({ backend }) {
    const hold = (values, kind) => {
      const buffer = backend.allocate(values.length, kind);
      backend.write(buffer, values);
      return buffer;
    };
    const y = hold(c.start ?? new Float32Array(c.length));
    // Weights are packed for the matrix kernel once.
    const xs = c.inputs.map((x, i) => hold(x, c.weights?.includes(i) ? "weight" : undefined));
    const call = callOf(c, y, xs);
    return {
      run: () => backend[kernel](...call),
      stop: () => [y, ...xs].forEach((buffer) => backend.free(buffer)),
      flops: 2 * (rowOf(kernel).macs?.(...call) ?? 0),
      bytes: bytesOf(kernel, call),
    };
  },
});

export async function kernelCases() {
  const { timedCases, callOf } = await loadCaseTables();
  return kernelNames.flatMap((kernel) => Array.from(timedCases[kernel](), (c) => kernelCase(kernel, c, callOf)));
}
