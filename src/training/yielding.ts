/** How work that takes long lets others run. */
import { type Resumable, resumableScope, withOwnScopes } from "../scope.js";

/** Lets timers, events and drawing take their turn, at most every 32 ms; what is being done when these are over adds to that. */
export class Breather {
  #last = performance.now();

  get #isDue(): boolean {
    return performance.now() - this.#last >= 32;
  }

  async rest(): Promise<void> {
    if (!this.#isDue) return;
    await nextTask();
    this.#last = performance.now();
  }

  /** Runs work with rests between its parts; before each, `report` hears what is done. @throws the signal's reason. */
  async run<T>(work: Resumable<T>, report: (done: number) => void, signal: AbortSignal | undefined): Promise<T> {
    const parts = withOwnScopes(resumableScope(work));
    let done = 0;
    try {
      for (;;) {
        const step = parts.next();
        if (step.done) return step.value;
        done += step.value;
        if (!this.#isDue) continue;
        report(done);
        await this.rest();
        signal?.throwIfAborted();
      }
    } finally {
      parts.return(undefined as T);
    }
  }
}

/**
 * A task behind those that wait already. Not `scheduler.yield`, which in Chromium goes before timers and messages however often it
 * is called, and would leave a worker deaf to "stop"; nor a timer, where there is better: those that follow each other wait 4 ms.
 */
function nextTask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (work: () => void) => unknown }; // Node, Deno, Bun
  return new Promise((resolve) => {
    if (setImmediate || typeof MessageChannel === "undefined") return void (setImmediate ?? setTimeout)(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
