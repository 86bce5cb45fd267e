/**
 * Kernel calls. Every kernel that the engine runs goes through `launch`, and all values from the host go through
 * `write`. Both raise the version of the memory that they change, and both can be watched, by a recorder, a profiler or
 * a checker.
 */
import { ArgumentError } from "./errors.js";
import type { Buffer, Kernels } from "./kernels.js";
import type { KernelName } from "./kernelTable.js";

/** Kernels that write to more than their first argument. A test compares this with the kernel table. */
const writeSeveral: Partial<Record<KernelName, number>> = { sgd: 2, adam: 3, rmsprop: 3 };

/** How many of its first arguments a kernel writes to: the output, and for optimizers the slots that follow it. */
export const numWritten = (kernel: KernelName): number => writeSeveral[kernel] ?? 1;

/** A kernel that is about to run. */
export interface KernelCall {
  /** Its name. */
  readonly kernel: KernelName;
  /** As in kernels.ts: the buffers first, which kernelTable.ts describes. */
  readonly args: readonly unknown[];
}

/** Observes or replaces kernel calls and writes. */
export interface Watcher {
  /** Called instead of the kernel. `run` makes the call; a watcher that does not call it skips the kernel. */
  kernel?(call: KernelCall, run: () => void): void;
  /** Called before values from the host are written into a buffer. */
  write?(buffer: Buffer, values: ArrayLike<number>): void;
}

/** In the order in which they were added. The last one sees a call first. */
const watchers: Watcher[] = [];

/** Adds a watcher for all backends. Returns a function that removes it. */
export function watchKernels(watcher: Watcher): () => void {
  watchers.push(watcher);
  return () => {
    const place = watchers.indexOf(watcher);
    if (place >= 0) watchers.splice(place, 1);
  };
}

type Kernel = (...args: readonly unknown[]) => void;

/** Runs a kernel and raises the versions of its first `written` arguments, which it writes to. */
function launch(kernel: KernelName, run: Kernel, written: number, args: readonly unknown[]): void {
  if (watchers.length > 0) return runWatched({ kernel, args }, () => runMarked(run, written, args));
  runMarked(run, written, args);
}

function runMarked(run: Kernel, written: number, args: readonly unknown[]): void {
  // Before the call: a kernel that fails midway has changed something too.
  for (let i = 0; i < written; i++) {
    const buffer = args[i] as Buffer | undefined;
    if (buffer) buffer.root.version++;
  }
  run(...args);
}

function runWatched(call: KernelCall, run: () => void): void {
  let next = run;
  for (const watcher of watchers) {
    const inner = next;
    if (watcher.kernel) next = () => watcher.kernel!(call, inner);
  }
  next();
}

/**
 * The kernels of a backend, called through `launch`. Each is made when it is first read, so that no list of them is
 * needed here.
 */
export function withLaunch(backend: Kernels<Buffer> & { readonly name: string }): Kernels<Buffer> {
  const maker = new Proxy(
    {},
    {
      get(_, kernel: KernelName | symbol, kernels: Record<string, unknown>) {
        // Read by whatever prints or awaits the object.
        if (typeof kernel === "symbol" || (kernel as string) === "then") return undefined;
        if (typeof backend[kernel] !== "function") return missingKernel(backend.name, kernel);
        const run: Kernel = (backend[kernel] as Kernel).bind(backend);
        const written = numWritten(kernel);
        return (kernels[kernel] = (...args: unknown[]) => launch(kernel, run, written, args));
      },
    },
  );
  // A kernel that was read once is found on the object itself.
  return Object.create(maker) as Kernels<Buffer>;
}

const missingKernel = (backend: string, kernel: string) => () => {
  throw new ArgumentError(`The backend "${backend}" lacks the kernel "${kernel}"; see the type Backend.`);
};

/** Writes values from the host into a buffer and raises its version. */
export function write(
  backend: { write(buffer: Buffer, values: ArrayLike<number>): void },
  buffer: Buffer,
  values: ArrayLike<number>,
): void {
  for (const watcher of watchers) watcher.write?.(buffer, values);
  buffer.root.version++;
  backend.write(buffer, values);
}
