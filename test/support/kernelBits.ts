// The bits that a kernel call leaves, for tests that split its work in several ways.
import type { Backend, Buffer } from "../../src/kernels.js";
import type { KernelName } from "../../src/kernelTable.js";
import type { Case } from "./cases/case.js";
import { cases, timedCases } from "./cases.js";

/** The bits of numbers in single precision. */
export const bits = (values: ArrayLike<number>): Uint32Array => new Uint32Array(Float32Array.from(values).buffer);

/** The bits of the output and of the inputs, which some kernels change, after a call. */
export async function bitsAfter<B extends Buffer>(
  k: Backend<B>,
  c: Case,
  kind: "weight" | undefined,
): Promise<Uint32Array[]> {
  const hold = (values: Float32Array, kind?: "weight") => {
    const buffer = k.allocate(values.length, kind);
    k.write(buffer, values);
    return buffer;
  };
  const y = hold(c.start ?? new Float32Array(c.length).fill(NaN));
  const xs = c.inputs.map((x) => hold(x, kind));
  c.run(k as never, y as never, xs as never);
  const result: Uint32Array[] = [];
  for (const buffer of [y, ...xs]) {
    result.push(bits(await k.read(buffer)));
    k.free(buffer);
  }
  return result;
}

/** There are thousands of some; a prime, so that no option is skipped in step with it. */
const stepOf = (name: KernelName): number => (/gemm|conv2d|depthwise/i.test(name) ? 13 : 1);

/** Of the small cases of a kernel some, of the timed ones all. */
export function* chosenCases(name: KernelName): Iterable<Case> {
  let index = 0;
  for (const c of cases[name]()) if (index++ % stepOf(name) === 0) yield c;
  yield* timedCases[name]();
}
