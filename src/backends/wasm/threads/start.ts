/** Starts workers, in Node and in pages. */
import { hostModule } from "../../../host.js";
import type { HostThreads } from "./host.js";
import type { WorkerData } from "./worker.js";
import { workerScript } from "./workerScript.js";

/** A worker that has been asked to start. */
export interface Started {
  /** Ends it. What is returned may be a promise, and resolves when it computes no more. */
  terminate(): unknown;
}

interface NodeWorker extends Started {
  on(event: "error" | "exit", listener: (error: unknown) => void): void;
  unref(): void;
}

interface ThreadModule {
  Worker: new (script: string, options: object) => NodeWorker;
}

/** Starts a worker. `lost` is called if it cannot start or ends by itself. */
export function startWorker(host: HostThreads, data: WorkerData, lost: (why: string) => void): Started {
  return host.inNode ? startInNode(data, lost) : startInPage(host, data, lost);
}

/** Nothing is inherited from the program: no preloaded modules, no environment. */
function startInNode(workerData: WorkerData, lost: (why: string) => void): Started {
  const { Worker } = hostModule("node:worker_threads") as ThreadModule;
  const worker = new Worker(workerScript, { eval: true, execArgv: [], env: {}, name: "zoetrope", workerData });
  worker.on("error", (error) => lost(String(error)));
  worker.on("exit", () => lost("it ended"));
  worker.unref(); // a program ends although its workers sleep
  return worker;
}

/** Browsers do not say when a worker has ended; it does at its next loop or call. */
const ENDING_MS = 1000;

let scriptAddress: string | undefined;

function startInPage(host: HostThreads, data: WorkerData, lost: (why: string) => void): Started {
  const address = () => (scriptAddress ??= URL.createObjectURL(new Blob([workerScript], { type: "text/javascript" })));
  const worker = new Worker(host.worker ?? address(), { name: "zoetrope" });
  worker.onerror = (event) => lost(event.message || "it could not be loaded");
  worker.postMessage(data);
  return {
    terminate() {
      worker.terminate();
      return new Promise((resolve) => setTimeout(resolve, ENDING_MS));
    },
  };
}
