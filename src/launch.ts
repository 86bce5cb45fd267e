/**
 * The one door to the kernels. Whatever the engine computes passes `launch`, and whatever it writes from the host passes
 * `write`: both raise the version of what they change, and are where a recorder, a profiler or a checker can stand.
 */
import { ArgumentError } from "./errors.js";
import type { Buffer, Kernels } from "./kernels.js";
import type { KernelName } from "./kernelTable.js";

/** Kernels that write to more than their first argument; the kernel table says so too, and a test holds the two together. */
const writeSeveral: Partial<Record<KernelName, number>> = { sgd: 2, adam: 3, rmsprop: 3 };

/** How many of a kernel's arguments it writes to: the output, which comes first, and what optimizers change beside it. */
export const numWritten = (kernel: KernelName): number => writeSeveral[kernel] ?? 1;

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

type Kernel = (...args: readonly unknown[]) => void;

/** Runs a kernel, and marks as changed what it writes: its first `written` arguments. */
function launch(kernel: KernelName, run: Kernel, written: number, args: readonly unknown[]): void {
  if (watchers.length > 0) return watched({ kernel, args }, () => mark(run, written, args));
  mark(run, written, args);
}

function mark(run: Kernel, written: number, args: readonly unknown[]): void {
  // Before the call: a kernel that fails half way has changed something too.
  for (let i = 0; i < written; i++) {
    const buffer = args[i] as Buffer | undefined;
    if (buffer) buffer.root.version++;
  }
  run(...args);
}

function watched(call: KernelCall, run: () => void): void {
  let next = run;
  for (const watcher of watchers) {
    const inner = next;
    if (watcher.kernel) next = () => watcher.kernel!(call, inner);
  }
  next();
}

/** The kernels of a backend, each behind the door; made as they are first asked for, so that nothing has to list them here. */
export function launched(backend: Kernels<Buffer> & { readonly name: string }): Kernels<Buffer> {
  const maker = new Proxy(
    {},
    {
      get(_, kernel: KernelName | symbol, kernels: Record<string, unknown>) {
        // Whoever prints an object or awaits it asks for these.
        if (typeof kernel === "symbol" || (kernel as string) === "then") return undefined;
        if (typeof backend[kernel] !== "function") return lacking(backend.name, kernel);
        const run: Kernel = (backend[kernel] as Kernel).bind(backend);
        const written = numWritten(kernel);
        return (kernels[kernel] = (...args: unknown[]) => launch(kernel, run, written, args));
      },
    },
  );
  // What was asked for once is found on the object itself.
  return Object.create(maker) as Kernels<Buffer>;
}

const lacking = (backend: string, kernel: string) => () => {
  throw new ArgumentError(`The backend "${backend}" lacks the kernel "${kernel}"; see the type Backend.`);
};

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
