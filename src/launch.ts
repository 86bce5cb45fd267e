/**
 * The one door to the kernels. Whatever the engine computes passes `launch`, and whatever it writes from the host passes
 * `write`: both raise the version of what they change, and are where a recorder, a profiler or a checker can stand.
 */
import type { Buffer, Kernels } from "./kernels.js";
import type { KernelArguments } from "./kernelTable.js";
import { type KernelName, kernelNames, numWritten } from "./kernelWrites.js";

/** A kernel that is about to run. */
export interface KernelCall {
  readonly kernel: KernelName;
  /** As in kernels.ts: the buffers first, which kernelTable.ts describes. */
  readonly args: readonly unknown[];
}

/** Whoever stands at the door. */
export interface Watcher {
  /** In place of the call, which `run` makes; whoever leaves `run` out skips it. */
  kernel?(call: KernelCall, run: () => void): void;
  /** Before values from the host are written into a buffer. */
  write?(buffer: Buffer, values: ArrayLike<number>): void;
}

/** In the order in which they came: the last one sees a call first. */
const watchers: Watcher[] = [];

/** Puts a watcher at the door, for all backends; returns the function that takes it away again. */
export function watchKernels(watcher: Watcher): () => void {
  watchers.push(watcher);
  return () => {
    const place = watchers.indexOf(watcher);
    if (place >= 0) watchers.splice(place, 1);
  };
}

/** Runs a kernel of a backend, and marks what it writes as changed. */
export function launch<K extends KernelName>(
  backend: Kernels<Buffer>,
  kernel: K,
  args: KernelArguments<K, Buffer>,
): void {
  if (watchers.length === 0) return run(backend, kernel, args);
  const call: KernelCall = { kernel, args };
  let next = () => run(backend, kernel, args);
  for (const watcher of watchers) {
    const inner = next;
    if (watcher.kernel) next = () => watcher.kernel!(call, inner);
  }
  next();
}

function run(backend: Kernels<Buffer>, kernel: KernelName, args: readonly unknown[]): void {
  // Before the call: a kernel that fails half way has changed something too.
  for (let i = 0; i < numWritten[kernel]; i++) {
    const buffer = args[i] as Buffer | undefined;
    if (buffer) buffer.root.version++;
  }
  (backend[kernel] as (...args: readonly unknown[]) => void)(...args);
}

/** The kernels of a backend, each behind the door. */
export function launched(backend: Kernels<Buffer>): Kernels<Buffer> {
  const entries = kernelNames.map((kernel) => [
    kernel,
    (...args: unknown[]) => launch(backend, kernel, args as KernelArguments<typeof kernel, Buffer>),
  ]);
  return Object.fromEntries(entries) as Kernels<Buffer>;
}

/** Writes values from the host into a buffer, and marks it as changed. */
export function write(
  backend: { write(buffer: Buffer, values: ArrayLike<number>): void },
  buffer: Buffer,
  values: ArrayLike<number>,
): void {
  for (const watcher of watchers) watcher.write?.(buffer, values);
  buffer.root.version++;
  backend.write(buffer, values);
}
