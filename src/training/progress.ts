/** The progress that `fit` and `evaluate` show. */
import type { Logs } from "../callback.js";
import type { Verbosity } from "./options.js";

const barWidth = 24;
const redrawMs = 80;
const clearToEnd = "\x1b[K";

/** A progress line in a terminal; elsewhere one line when the work under a title ends. */
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

  /** Begins a line. @param steps the number of batches, where that is known. */
  begin(title: string, steps: number | undefined): void {
    this.#title = title;
    this.#steps = steps;
    this.#began = performance.now();
    this.#drawn = 0;
  }

  /** Shows the state after `done` batches. */
  update(done: number, logs: Logs): void {
    const now = performance.now();
    if (!this.#moves || now - this.#drawn < redrawMs) return;
    this.#drawn = now;
    const seconds = (now - this.#began) / 1000;
    const steps = this.#steps;
    const [bar, time] =
      steps === undefined
        ? ["", secondsText(seconds)]
        : [`${barOf(done / steps)} `, `${secondsText((seconds / done) * Math.max(0, steps - done))} left`];
    this.#draw(`${this.#title} ${bar}${done}/${steps ?? "?"} ${logsText(logs)} ${time}`);
  }

  /** Shows the final line. */
  end(logs: Logs): void {
    if (this.#verbose === 0) return;
    const line = `${this.#title}: ${secondsText((performance.now() - this.#began) / 1000)}, ${logsText(logs)}`;
    if (!this.#moves) return console.log(line);
    this.#terminal!.write(`\r${line}${clearToEnd}\n`);
    this.#isOpen = false;
  }

  /** Ends an unfinished progress line; the next output begins a new line. */
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
