/** What runs in a worker: it helps with each call, and sleeps in between. build.mjs makes a text of it, and dist/worker.js. */
import { ASLEEP, CALLS, Job, READY, spin } from "./job.js";

/** What a worker is given. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly job: SharedArrayBuffer;
  /** Its number, from 1 on. */
  readonly lane: number;
}

function work(data: WorkerData): never {
  const instance = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
  const job = new Job(data.job, instance.exports);
  const { words } = job;
  let calls = 0;
  Atomics.add(words, READY, 1);
  for (;;) {
    if (!spin(words, CALLS, calls)) {
      Atomics.add(words, ASLEEP, 1);
      Atomics.wait(words, CALLS, calls);
      Atomics.sub(words, ASLEEP, 1);
    }
    calls = Atomics.load(words, CALLS);
    job.help(data.lane);
  }
}

interface Host {
  process?: { getBuiltinModule?: (name: string) => { workerData: WorkerData } };
  onmessage?: (event: { data: WorkerData }) => void;
}

const host = globalThis as unknown as Host;
if (host.process?.getBuiltinModule) work(host.process.getBuiltinModule("node:worker_threads").workerData);
else host.onmessage = ({ data }) => work(data);
