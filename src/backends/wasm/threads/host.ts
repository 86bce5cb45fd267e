/** Which threads the host gives: Node's, those of a cross-origin isolated page or worker, or none. */
import { ArgumentError, shown } from "../../../errors.js";
import { hostModule } from "../../../host.js";

/** Options about threads. */
export interface ThreadOptions {
  /**
   * The number of threads that compute, from 1 to 64, this one included. By default as many as there are processors, 16 at most, in Node
   * (there the environment variable `ZOETROPE_THREADS` is another default) and in cross-origin isolated pages; 1 elsewhere. `info()` says
   * how many there are, and why not more. Results are the same to the bit for any number.
   */
  threads?: number;
  /**
   * The address of `zoetrope/worker.js`, for pages whose content security policy forbids workers from `blob:` addresses, from which they
   * are started by default. Node needs none.
   */
  worker?: string | URL;
}

/** The threads that can be had. */
export interface HostThreads {
  /** How many compute, the caller included. */
  readonly threads: number;
  /** Why there are not more. */
  readonly reason?: string;
  /** Whether they are Node's. */
  readonly inNode?: boolean;
  /** Whether the caller may sleep until the others are done. A page's main thread may not. */
  readonly canWait?: boolean;
  /** The address of a worker's script; by default it is made from a text. */
  readonly worker?: string | URL;
}

const MOST_BY_DEFAULT = 16;

/** What is looked for in the global scope; the types of the web and of Node exclude each other. */
interface Scope {
  process?: {
    type?: string;
    versions?: Record<string, string | undefined>;
    env?: Record<string, string | undefined>;
    permission?: { has(scope: string): boolean };
  };
  Deno?: unknown;
  document?: unknown;
  crossOriginIsolated?: boolean;
  DedicatedWorkerGlobalScope?: unknown;
  navigator?: { hardwareConcurrency?: number };
}

const none = (reason?: string): HostThreads => ({ threads: 1, reason });

/** Finds out what this host gives. @throws ArgumentError when `threads` is no whole number from 1 to 64. */
export function hostThreads(options: ThreadOptions): HostThreads {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64)) {
    throw new ArgumentError(`init: threads ${shown(threads)}; expected a whole number from 1 to 64.`);
  }
  if (threads === 1) return none();
  try {
    return find(options);
  } catch (error) {
    return none(`the host refuses to say (${String(error)})`); // some only imitate Node
  }
}

function find({ threads, worker }: ThreadOptions): HostThreads {
  const { process, Deno, crossOriginIsolated, document, navigator, DedicatedWorkerGlobalScope } =
    globalThis as unknown as Scope;
  if (Deno || process?.versions?.bun) return none("workers of Deno and Bun are not used");
  let available = navigator?.hardwareConcurrency;
  // Electron's pages have both; they are pages.
  const inNode = !!process?.versions?.node && process.type !== "renderer";
  if (inNode) {
    const os = hostModule("node:os") as { availableParallelism?(): number } | undefined;
    if (!os?.availableParallelism) return none("this host has no workers of Node");
    if (process.permission && !process.permission.has("worker")) return none("Node's permission model forbids workers");
    available = Number(process.env?.ZOETROPE_THREADS) || os.availableParallelism();
  } else {
    if (!crossOriginIsolated) return none("the page is not cross-origin isolated");
    if (!document && !DedicatedWorkerGlobalScope) return none("workers cannot be started here");
    if (document && !("waitAsync" in Atomics)) return none("the browser has no Atomics.waitAsync");
  }
  const count = threads ?? Math.min(available!, MOST_BY_DEFAULT);
  if (!(count > 1)) return none("there is one processor, or ZOETROPE_THREADS says so");
  return { threads: count, inNode, canWait: inNode || !document, worker };
}
