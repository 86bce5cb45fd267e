/** Long work yields to the event loop. */
import { getBackend } from "../backend.js";
import { isPage } from "../host.js";
import { withOwnScopes, type Resumable, resumableScope } from "../scope.js";

/** Milliseconds between two yields; the part that is running is finished first. A page is to draw 60 times a second. */
const intervalMs = isPage ? 8 : 32;

/**
 * Yields to the event loop when some ms have passed since the last time, so that timers, events and drawing get their
 * turn.
 */
export class Yielder {
  #last = performance.now();

  get #isDue(): boolean {
    return performance.now() - this.#last >= intervalMs;
  }

  /** Yields if enough time has passed. */
  async yieldIfDue(): Promise<void> {
    if (!this.#isDue) return;
    await nextTask();
    this.#last = performance.now();
  }

  /**
   * Runs resumable work and yields between its parts; before each yield, `report` is called with the multiply-adds done
   * so far. A page's main thread may not wait for other threads, and awaits them after each part.
   * @param isShared Whether each part is one kernel call, which a page may share out; otherwise it computes them alone.
   * @throws the signal's reason when it is aborted.
   */
  async run<T>(
    work: Resumable<T>,
    report: (done: number) => void,
    signal: AbortSignal | undefined,
    isShared = true,
  ): Promise<T> {
    const parts = withOwnScopes(resumableScope(work));
    let done = 0;
    let step!: IteratorResult<number, T>;
    const next = () => void (step = parts.next());
    try {
      for (;;) {
        if (isPage && isShared) await getBackend().computeAsync(next);
        else next();
        if (step.done) return step.value;
        done += step.value;
        if (!this.#isDue) continue;
        report(done);
        await this.yieldIfDue();
        signal?.throwIfAborted();
      }
    } finally {
      parts.return(undefined as T);
    }
  }
}

/**
 * Resolves in a task after those that are already queued. `scheduler.yield` is not used, as Chromium runs it before
 * timers and messages however often it is called, so that a worker would not receive a message to stop. Timers are not
 * used, as nested ones wait 4 ms.
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
