// Watches every kernel call while tests run, and checks it against the kernel table.
import type { Buffer } from "../../src/kernels.js";
import { rowOf, type Use } from "../../src/kernelTable.js";
import { type KernelCall, watchKernels } from "../../src/launch.js";

/** From now on, throws for a call that contradicts the table. Returns a function that ends the checks. */
export function checkKernelCalls(): () => void {
  return watchKernels({
    kernel(call, run) {
      const problem = problemOf(call);
      if (problem) throw new Error(`${call.kernel}: ${problem}`);
      run();
    },
  });
}

/** Describes what is wrong with a call; undefined for a correct one. */
export function problemOf({ kernel, args }: KernelCall): string | undefined {
  const row = rowOf(kernel);
  const counts = row.elements(...args);
  const buffers = Object.entries(row.buffers).map(([name, use], i) => ({ name, use, i, buffer: args[i] as Buffer }));
  const [output] = buffers;
  for (const { name, use, i, buffer } of buffers) {
    if (buffer === undefined) {
      if (!use.endsWith("?")) return `${name} is missing`;
      continue;
    }
    if (use === "out" && buffer.length !== counts[i]) return `${name} has ${buffer.length} elements, not ${counts[i]}`;
    if (!isWalked(kernel, use) && buffer.length < counts[i]) return `${name} has fewer than ${counts[i]} elements`;
    if (i > 0 && buffer.root === output.buffer.root && !mayShare(use, buffer, output.buffer)) {
      return `${name} shares the memory of ${output.name}`;
    }
  }
  for (const f of [row.rows, row.macs, row.parts]) {
    const n = f?.(...args) ?? 1;
    if (!Number.isInteger(n) || n < 0) return `the table counts ${n}`;
  }
  return undefined;
}

/** A walk may come to an element several times, and may leave some out. */
const isWalked = (kernel: string, use: Use): boolean => kernel.startsWith("copy") && use !== "out";
const mayShare = (use: Use, buffer: Buffer, output: Buffer): boolean =>
  use === "in or out" && buffer.length === output.length;
