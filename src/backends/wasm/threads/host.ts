/** Which threads the host gives: Node's, those of a cross-origin isolated page or worker, or none. */
import { ArgumentError, shown } from "../../../errors.js";
import { hostModule } from "../../../host.js";
import type { WorkerData } from "./worker.js";
import { workerScript } from "./workerScript.js";

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

/** A worker that has been asked to start. */
export interface Started {
  terminate(): unknown;
}

/** The threads that can be had. */
export interface HostThreads {
  /** How many compute, the caller included. */
  readonly threads: number;
  /** Why there are not more. */
  readonly reason?: string;
  /** Whether the caller may sleep until the others are done. A page's main thread may not. */
  readonly canWait: boolean;
  /** Starts a worker. `lost` is called if it cannot start or ends by itself. */
  start(data: WorkerData, lost: (why: string) => void): Started;
}

const MOST_BY_DEFAULT = 16;

interface NodeWorker extends Started {
  on(event: "error" | "exit", listener: (error: unknown) => void): void;
  unref(): void;
}

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

/** @throws ArgumentError when `threads` is no whole number from 1 to 64. */
export function hostThreads({ threads, worker }: ThreadOptions): HostThreads {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64)) {
    throw new ArgumentError(`init: threads ${shown(threads)}; expected a whole number from 1 to 64.`);
  }
  const scope = globalThis as unknown as Scope;
  const { process } = scope;
  const none = (reason?: string): HostThreads => ({ threads: 1, reason, canWait: false, start: () => never(reason) });
  const some = (available: number, canWait: boolean, start: HostThreads["start"]): HostThreads => {
    const count = threads ?? Math.min(available, MOST_BY_DEFAULT);
    return count > 1 ? { threads: count, canWait, start } : none("there is one processor");
  };
  if (threads === 1) return none();
  if (scope.Deno || process?.versions?.bun) return none("workers of Deno and Bun are not used");
  // Electron's pages have both; they are pages.
  if (process?.versions?.node && process.type !== "renderer") {
    const threadModule = hostModule("node:worker_threads") as { Worker: NodeWorkerClass } | undefined;
    const os = hostModule("node:os") as { availableParallelism(): number } | undefined;
    if (!threadModule?.Worker || !os?.availableParallelism) return none("this host has no workers of Node");
    if (process.permission && !process.permission.has("worker")) return none("Node's permission model forbids workers");
    const byDefault = Number(process.env?.ZOETROPE_THREADS) || os.availableParallelism();
    if (!threads && byDefault <= 1 && process.env?.ZOETROPE_THREADS) return none("ZOETROPE_THREADS says so");
    return some(byDefault, true, (data, lost) => startInNode(threadModule.Worker, data, lost));
  }
  if (!scope.crossOriginIsolated) return none("the page is not cross-origin isolated");
  const isWorker = !!scope.DedicatedWorkerGlobalScope;
  if (!isWorker && !scope.document) return none("workers cannot be started here");
  if (!isWorker && !("waitAsync" in Atomics)) return none("the browser has no Atomics.waitAsync");
  return some(scope.navigator?.hardwareConcurrency ?? 1, isWorker, (data, lost) => startInPage(worker, data, lost));
}

const never = (reason?: string): never => {
  throw new Error(reason);
};

type NodeWorkerClass = new (script: string, options: object) => NodeWorker;

/** Nothing is inherited from the program: no preloaded modules, no environment. */
function startInNode(Worker: NodeWorkerClass, workerData: WorkerData, lost: (why: string) => void): Started {
  const worker = new Worker(workerScript, { eval: true, execArgv: [], env: {}, name: "zoetrope", workerData });
  worker.on("error", (error) => lost(String(error)));
  worker.on("exit", () => lost("it ended"));
  worker.unref(); // a program ends although its workers sleep
  return worker;
}

function startInPage(url: string | URL | undefined, data: WorkerData, lost: (why: string) => void): Started {
  const address = url ?? URL.createObjectURL(new Blob([workerScript], { type: "text/javascript" }));
  const worker = new Worker(address, { name: "zoetrope" });
  worker.onerror = (event) => lost(event.message || "it could not be loaded");
  worker.postMessage(data);
  return worker;
}
