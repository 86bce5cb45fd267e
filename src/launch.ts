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

/** Gives the number of leading arguments that a kernel writes to: the output, and for optimizers the slots after it. */
export const numWritten = (kernel: KernelName): number => writeSeveral[kernel] ?? 1;

/** A kernel that is about to run. */
export interface KernelCall {
  /** The name of the kernel. */
  readonly kernel: KernelName;
  /** The arguments, as in kernels.ts: first the buffers, which kernelTable.ts describes. */
  readonly args: readonly unknown[];
}

/** The names of the layers that are computing, outermost first. */
const layersNow: string[] = [];

/** Runs the computation of a layer of this name. */
export function inLayer<T>(name: string, work: () => T): T {
  layersNow.push(name);
  try {
    return work();
  } finally {
    layersNow.pop();
  }
}

/** The layers that are computing, as "outer/inner"; "" outside of layers. */
export const layerPath = (): string => layersNow.join("/");

/** Observes or replaces kernel calls and writes. */
export interface Watcher {
  /** Called in place of the kernel. `run` calls the kernel; a watcher that does not call `run` skips the kernel. */
  kernel?(call: KernelCall, run: () => void): void;
  /** Called before values from the host are written into a buffer. */
  write?(buffer: Buffer, values: ArrayLike<number>): void;
}

/** The watchers in the order in which they were added. The last one is called first. */
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
  // Before the call, because a kernel that fails halfway has changed something too.
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
 * Wraps the kernels of a backend so that calls go through `launch`. Each is wrapped when it is first read, so that no
 * list of kernels is needed here.
 */
export function withLaunch(backend: Kernels<Buffer> & { readonly name: string }): Kernels<Buffer> {
  const maker = new Proxy(
    {},
    {
      get(_, kernel: KernelName | symbol, kernels: Record<string, unknown>) {
        // Printing or awaiting the object reads properties that are no kernels.
        if (typeof kernel === "symbol" || (kernel as string) === "then") return undefined;
        if (typeof backend[kernel] !== "function") return missingKernel(backend.name, kernel);
        const run: Kernel = (backend[kernel] as Kernel).bind(backend);
        const written = numWritten(kernel);
        return (kernels[kernel] = (...args: unknown[]) => launch(kernel, run, written, args));
      },
    },
  );
  // A kernel that was read once is stored on the object itself.
  return Object.create(maker) as Kernels<Buffer>;
}

/** Makes the error for a backend that is not complete. */
export const lacking = (backend: string, what: string): ArgumentError =>
  new ArgumentError(`The backend "${backend}" lacks ${what}; see the type Backend.`);

const missingKernel = (backend: string, kernel: string) => () => {
  throw lacking(backend, `the kernel "${kernel}"`);
};

/** Writes values from the host into a buffer and raises its version. */
export function write(
  backend: { write(buffer: Buffer, values: ArrayLike<number>): void },
  buffer: Buffer,
  values: ArrayLike<number>,
): void {
  for (const watcher of watchers) watcher.write?.(buffer, values);
  buffer.root.version++;
  if (values.length > 0) backend.write(buffer, values); // what was transferred away can be read no more
}
