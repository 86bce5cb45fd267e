/** A pool of threads that compute kernel calls together with the caller. */
import { ThreadError } from "../../../errors.js";
import { type Call, DONE, FAILED, ASLEEP, Job, JOB_BYTES, READY, spin } from "./job.js";
import type { Heap } from "../heap.js";
import type { HostThreads } from "./host.js";
import { type Started, startWorker } from "./start.js";

/** How long the caller sleeps before it looks whether the others get on, in milliseconds. */
const SLICE_MS = 100;
/**
 * So many times in a row nothing got done: 3 s. Times are counted and not the time, as a computer that was asleep has had none. Chunks that
 * would take so long are given more.
 */
const SLICES = 30;
/** Work that even a slow machine does in a slice. */
const WORK_A_SLICE = 1e8;

/** The parts of a started build that threads share. */
export interface Shared {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly exports: WebAssembly.Exports;
}

/** Threads that are started when they are first needed. A call is begun, helped with, and awaited. */
export class Pool {
  #reason: string | undefined;
  #workers: Started[] = [];
  #job: Job | undefined;
  #chunks = 0;
  #slices = 0;
  /** While lost workers are being ended. */
  #ending: Promise<unknown> | undefined;

  constructor(
    private readonly host: HostThreads,
    private readonly shared: Shared,
    private readonly heap: Heap,
  ) {}

  /** How many threads compute, or will once they have started. */
  get threads(): number {
    return this.#reason ? 1 : this.host.threads;
  }

  /** Why there are not more. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Whether the caller may sleep until the others are done. */
  get canWait(): boolean {
    return !!this.host.canWait;
  }

  /** Whether all workers have started. Starting takes some time, in which the caller computes alone. */
  get ready(): boolean {
    return !!this.#job && Atomics.load(this.#job.words, READY) === this.host.threads - 1;
  }

  /** Whether workers have to be woken. */
  get asleep(): boolean {
    return Atomics.load(this.#job!.words, ASLEEP) > 0;
  }

  /** Starts the workers, unless they have been. */
  start(): void {
    if (this.#job || this.#ending || this.#reason) return;
    const { module, memory, exports } = this.shared;
    try {
      const words = new SharedArrayBuffer(JOB_BYTES);
      const job = (this.#job = new Job(words, exports));
      const lost = (why: string) => {
        if (this.#job !== job) return;
        // That one never started will not change; one that ended will be replaced.
        if (!this.ready) this.#reason = `a worker did not start: ${why}`;
        this.close();
      };
      for (let lane = 1; lane < this.host.threads; lane++) {
        this.#workers.push(startWorker(this.host, { module, memory, job: words, lane }, lost));
      }
    } catch (error) {
      this.#reason = `a worker did not start: ${String(error)}`;
      this.close();
    }
  }

  /** Lays a call open for the workers. Only where the pool is `ready`. `work`: what it takes, in multiply-adds. */
  begin(call: Call, work: number): void {
    this.#chunks = call.chunks;
    this.#slices = SLICES + work / call.chunks / WORK_A_SLICE;
    this.#job!.begin(call, this.host.threads);
  }

  /** Computes as much of the call as others have not taken. Returns how many chunks. */
  help(): number {
    return this.#job!.help(0);
  }

  /** Waits until the call is done. @throws ThreadError when a worker has died. */
  wait(): void {
    const words = this.#job?.words;
    if (!words) throw died();
    let idle = 0;
    for (let done; (done = Atomics.load(words, DONE)) < this.#chunks;) {
      if (spin(words, DONE, done)) idle = 0;
      else if (this.canWait) idle += Number(Atomics.wait(words, DONE, done, SLICE_MS) === "timed-out");
      else idle += 1 / 2000; // a page's main thread cannot sleep; it has looked for 0.05 ms
      if (idle > this.#slices) throw this.#lose();
    }
    this.#check(words);
  }

  /** The same without holding up the caller, or until the call is `over`, which someone else has waited for. */
  async waitAsync(over: () => boolean): Promise<void> {
    const { words } = this.#job!;
    let idle = 0;
    for (let done; (done = Atomics.load(words, DONE)) < this.#chunks;) {
      const change = await waitAsync(words, DONE, done, SLICE_MS).value;
      if (over()) return;
      if (this.#job?.words !== words) throw died();
      idle = change === "timed-out" ? idle + 1 : 0;
      if (idle > this.#slices) throw this.#lose();
    }
    this.#check(words);
  }

  #check(words: Int32Array): void {
    if (Atomics.load(words, FAILED)) throw new ThreadError("wasm threads: a kernel failed; please report it.");
  }

  #lose(): ThreadError {
    this.close();
    return died();
  }

  /** Ends the workers; the next call that needs them starts new ones. */
  close(): void {
    const [workers, ready] = [this.#workers, this.ready];
    this.#job = undefined;
    if (workers.length === 0) return;
    this.#workers = [];
    const ending = Promise.allSettled(workers.map((worker) => worker.terminate()));
    this.#ending = ending.then(() => (this.#ending = undefined));
    if (ready) this.heap.keepAll(ending); // others have never been given a call
  }
}

const died = () =>
  new ThreadError(
    "wasm threads: a worker ended in the midst of a computation, whose result is lost; compute it again: new workers are started. init({ threads: 1 }) does without.",
  );

type Change = "ok" | "not-equal" | "timed-out";
type WaitAsync = (words: Int32Array, at: number, value: number, ms: number) => { value: Change | Promise<Change> };

const waitAsync: WaitAsync = (...args) => (Atomics as unknown as { waitAsync: WaitAsync }).waitAsync(...args);
