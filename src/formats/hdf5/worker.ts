/** Reads HDF5 in a worker of Node's that lives for one file: a broken file can make the library loop for ever or crash. */
import { FileError } from "../../errors.js";
import { hostModule } from "../../host.js";
import { type RawGroup, readTree } from "./readTree.js";

interface Threads {
  Worker: new (source: string, options: object) => WorkerThread;
}
interface WorkerThread {
  on(event: "message", listener: (message: Message) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "exit", listener: () => void): this;
  postMessage(message: unknown, transfer: ArrayBufferLike[]): void;
  terminate(): Promise<unknown>;
}
type Message = "ready" | { missing: string } | { error: string } | { root: RawGroup };

/** Undefined where there are no workers of Node's kind. */
export const threads = (): Threads | undefined => hostModule("node:worker_threads") as Threads | undefined;

/** Milliseconds that a file has, from when the library is ready: two seconds, and one more for each 64 MB. */
const deadline = (bytes: number): number => 2000 + bytes / 2 ** 16;

/** On a busy machine a file has so many times as long, as long as this process does not get the time. */
const patience = 10;

/** Calls `late` after so many milliseconds of work. Gives what calls it off. */
function afterWork(milliseconds: number, late: () => void): () => void {
  const { cpuUsage } = hostModule("node:process") as { cpuUsage(since?: object): { user: number; system: number } };
  const [began, used] = [performance.now(), cpuUsage()];
  const look = () => {
    const { user, system } = cpuUsage(used);
    const isStarved = (user + system) / 1000 < milliseconds && performance.now() - began < patience * milliseconds;
    // Once more around the event loop in any case: the answer may have come while this thread was busy.
    timer = isStarved ? setTimeout(look, 100) : setTimeout(late, 20);
  };
  let timer = setTimeout(look, milliseconds);
  return () => clearTimeout(timer);
}

/** The worker's module is given as text, so that it works wherever this module was bundled into. */
const source = `
const __name = (item) => item; // some bundlers wrap functions in it
const readTree = ${readTree.toString()};
const { parentPort, workerData } = require("node:worker_threads");
import(workerData).then(({ ready }) => ready).then((hdf5) => {
  parentPort.on("message", ({ bytes, maxBytes }) => {
    try {
      const root = readTree(hdf5, bytes, maxBytes);
      const buffers = ({ groups, datasets }) => [
        ...Array.from(datasets.values(), (dataset) => dataset.bytes),
        ...Array.from(groups.values(), buffers).flat(),
      ];
      parentPort.postMessage({ root }, buffers(root));
    } catch (error) {
      parentPort.postMessage({ error: String(error?.message ?? error) });
    }
  });
  parentPort.postMessage("ready");
}, (error) => parentPort.postMessage({ missing: String(error) }));
`;

/**
 * @param library the URL of h5wasm.
 * @param owned whether the bytes' memory may be taken away, which saves a copy.
 * @throws FileError for whatever happens in the worker.
 */
export function readInWorker(
  { Worker }: Threads,
  where: string,
  library: string,
  bytes: Uint8Array,
  maxBytes: number,
  owned: boolean,
): Promise<RawGroup> {
  const fail = (what: string) => new FileError(`${where}: ${what.replace(/\s+/g, " ").replace(/\.$/, "")}.`);
  const worker = new Worker(source, {
    eval: true,
    workerData: library,
    execArgv: [],
    env: {},
    // The library prints what it finds wrong.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  let callOff = () => {};
  const begin = (late: () => void) => {
    const length = bytes.length;
    // Small buffers may be parts of Node's pool.
    const isWhole = owned && length > 2 ** 20 && 2 * length > bytes.buffer.byteLength;
    // Not by slice: of a Node Buffer that is no copy, and the caller's bytes would go with the message.
    const sent = isWhole ? bytes : new Uint8Array(bytes);
    worker.postMessage({ bytes: sent, maxBytes }, [sent.buffer]);
    callOff = afterWork(deadline(length), late);
  };
  return new Promise<RawGroup>((resolve, reject) => {
    worker.on("message", (message) => {
      if (message === "ready") {
        try {
          begin(() => reject(fail("reading takes too long; the HDF5 file is broken")));
        } catch (error) {
          reject(error as Error); // no memory for the copy
        }
      } else if ("root" in message) resolve(message.root);
      else if ("error" in message) reject(fail(message.error));
      else reject(fail(`h5wasm cannot be loaded (${message.missing})`));
    });
    worker.on("error", ({ message }) => reject(fail(`reading failed (${message}); the HDF5 file is broken`)));
    worker.on("exit", () => reject(fail("reading broke off; the HDF5 file is broken")));
    // oxlint-disable-next-line typescript/no-misused-promises -- `finally` waits for it, though its type says void
  }).finally(() => {
    callOff();
    return worker.terminate();
  });
}
