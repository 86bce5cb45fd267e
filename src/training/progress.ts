/** What `fit` and `evaluate` show while they run, and how they let others run. */
import type { Logs } from "../callbacks.js";
import { apart, type Parts, scopeInParts } from "../tensor.js";

/** 0: nothing. 1: a line that moves, where there is a terminal; otherwise, and with 2, one line an epoch. */
export type Verbosity = 0 | 1 | 2;

const barWidth = 24;
const redrawMs = 80;
const clearToEnd = "\x1b[K";

export class Progress {
  readonly #terminal = globalThis.process?.stdout;
  readonly #verbose: Verbosity;
  #title = "";
  #steps: number | undefined;
  #began = 0;
  #drawn = 0;
  #isOpen = false;

  constructor(verbose: Verbosity) {
    this.#verbose = verbose;
  }

  get #moves(): boolean {
    return this.#verbose === 1 && this.#terminal?.isTTY === true;
  }

  /** `steps`: batches that will come, if that is known. */
  begin(title: string, steps: number | undefined): void {
    this.#title = title;
    this.#steps = steps;
    this.#began = performance.now();
    this.#drawn = 0;
  }

  /** After `done` batches. */
  update(done: number, logs: Logs): void {
    const now = performance.now();
    if (!this.#moves || now - this.#drawn < redrawMs) return;
    this.#drawn = now;
    const seconds = (now - this.#began) / 1000;
    const steps = this.#steps;
    const left = steps === undefined ? seconds : (seconds / done) * Math.max(0, steps - done);
    const time = `${secondsText(left)}${steps === undefined ? "" : " left"}`;
    const bar = steps === undefined ? "" : `${barOf(done / steps)} `;
    this.#draw(`${this.#title} ${bar}${done}/${steps ?? "?"} ${logsText(logs)} ${time}`);
  }

  end(logs: Logs): void {
    if (this.#verbose === 0) return;
    const line = `${this.#title}: ${secondsText((performance.now() - this.#began) / 1000)}, ${logsText(logs)}`;
    if (!this.#moves) return console.log(line);
    this.#terminal!.write(`\r${line}${clearToEnd}\n`);
    this.#isOpen = false;
  }

  /** Leaves the line where it is; the next output begins a new one. */
  close(): void {
    if (this.#isOpen) this.#terminal?.write("\n");
    this.#isOpen = false;
  }

  #draw(line: string): void {
    this.#isOpen = true;
    this.#terminal?.write(`\r${line.slice(0, (this.#terminal.columns ?? 80) - 1)}${clearToEnd}`);
  }
}

function barOf(share: number): string {
  const filled = Math.min(barWidth, Math.round(share * barWidth));
  return `${"━".repeat(filled)}${"─".repeat(barWidth - filled)}`;
}

function secondsText(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const logsText = (logs: Logs): string =>
  Object.entries(logs)
    .map(
      ([name, value]) =>
        `${name}: ${Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(3)}`,
    )
    .join(", ");

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
  async run<T>(work: Parts<T>, report: (done: number) => void, signal: AbortSignal | undefined): Promise<T> {
    const parts = apart(scopeInParts(work));
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
