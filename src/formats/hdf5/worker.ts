/** Reads an HDF5 file in a Node worker of its own, because a broken file can make the library crash or loop forever. */
import { FileError } from "../../errors.js";
import { hostModule } from "../../host.js";
import { heard } from "../heard.js";
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
type Message = "ready" | "alive" | { missing: string } | { error: string } | { root: RawGroup };

/** Node's module of worker threads; undefined where there is none. */
export const threads = (): Threads | undefined => hostModule("node:worker_threads") as Threads | undefined;

/** How many milliseconds a hundred groups and datasets may take: two seconds, and one more for each 64 MB of the file. */
const deadline = (bytes: number): number => 2000 + bytes / 2 ** 16;

/**
 * On a busy machine reading may take this many times the deadline, while this process gets too little processor time.
 */
const patience = 10;

/** Calls `late` after this many milliseconds of processor time. Returns a function that cancels it. */
function afterWork(milliseconds: number, late: () => void): () => void {
  const { cpuUsage } = hostModule("node:process") as { cpuUsage(since?: object): { user: number; system: number } };
  const [began, used] = [performance.now(), cpuUsage()];
  const look = () => {
    const { user, system } = cpuUsage(used);
    const isStarved = (user + system) / 1000 < milliseconds && performance.now() - began < patience * milliseconds;
    // One more turn of the event loop in any case: the result may have arrived while this thread was busy.
    timer = isStarved ? setTimeout(look, 100) : setTimeout(late, 20);
  };
  let timer = setTimeout(look, milliseconds);
  return () => clearTimeout(timer);
}

/** The worker's module is a text, so that it works in any bundle of this module. */
const source = `
const __name = (item) => item; // some bundlers wrap functions in it
const readTree = ${readTree.toString()};
const { parentPort, workerData } = require("node:worker_threads");
import(workerData).then(({ ready }) => ready).then((hdf5) => {
  parentPort.on("message", ({ bytes, maxBytes }) => {
    try {
      const root = readTree(hdf5, bytes, maxBytes, () => parentPort.postMessage("alive"));
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
 * The root group of a file, read in a worker.
 * @param library the URL of h5wasm.
 * @param owned whether the memory of the bytes may be transferred to the worker, which saves a copy.
 * @throws FileError for whatever goes wrong in the worker; the signal's reason, and the worker is ended.
 */
export async function readInWorker(
  { Worker }: Threads,
  where: string,
  library: string,
  bytes: Uint8Array,
  { maxBytes, owned, signal }: { maxBytes: number; owned: boolean; signal: AbortSignal | undefined },
): Promise<RawGroup> {
  signal?.throwIfAborted();
  const fail = (what: string) => new FileError(`${where}: ${what.replace(/\s+/g, " ").replace(/\.$/, "")}.`);
  const worker = new Worker(source, {
    eval: true,
    workerData: library,
    execArgv: [],
    env: {},
    // Captured, because the library prints its errors.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  const { length } = bytes;
  let callOff = () => {};
  let watch = () => {};
  const begin = () => {
    // Small buffers may be parts of Node's shared pool.
    const isWhole = owned && length > 2 ** 20 && 2 * length > bytes.buffer.byteLength;
    // Not by slice, which makes no copy of a Node Buffer: the caller's bytes would be transferred.
    const sent = isWhole ? bytes : new Uint8Array(bytes);
    worker.postMessage({ bytes: sent, maxBytes }, [sent.buffer]);
    watch();
  };
  const read = new Promise<RawGroup>((resolve, reject) => {
    watch = () => {
      callOff();
      callOff = afterWork(deadline(length), () => reject(fail("reading takes too long; the HDF5 file is broken")));
    };
    worker.on("message", (message) => {
      if (message === "alive") watch();
      else if (message === "ready") {
        try {
          begin();
        } catch (error) {
          reject(error as Error); // no memory for the copy
        }
      } else if ("root" in message) resolve(message.root);
      else if ("error" in message) reject(fail(message.error));
      else reject(fail(`h5wasm cannot be loaded (${message.missing})`));
    });
    worker.on("error", ({ message }) => reject(fail(`reading failed (${message}); the HDF5 file is broken`)));
    worker.on("exit", () => reject(fail("reading broke off; the HDF5 file is broken")));
  });
  try {
    return await heard(read, signal);
  } finally {
    callOff();
    await worker.terminate();
  }
}
