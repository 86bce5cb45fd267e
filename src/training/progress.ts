/** The progress that `fit` and `evaluate` show. */
import type { Logs } from "../callback.js";
import type { Verbosity } from "./options.js";

const barWidth = 24;
const redrawMs = 80;
const clearToEnd = "\x1b[K";

/** A progress line in a terminal; elsewhere one line when the work under a title ends. */
export interface Progress {
  /** Begins a line. @param steps the number of batches, where that is known. */
  begin(title: string, steps: number | undefined): void;
  /** Shows the state after `done` batches. */
  update(done: number, logs: Logs): void;
  /** Shows the final line. */
  end(logs: Logs): void;
  /** Ends an unfinished progress line; the next output begins a new line. */
  close(): void;
}

export function makeProgress(verbose: Verbosity): Progress {
  const terminal = globalThis.process?.stdout;
  const moves = () => verbose === 1 && terminal?.isTTY === true;
  let [title, began, drawn, isOpen] = ["", 0, 0, false];
  let steps: number | undefined;
  return {
    begin(ofWork, numSteps) {
      [title, steps, began, drawn] = [ofWork, numSteps, performance.now(), 0];
    },
    update(done, logs) {
      const now = performance.now();
      if (!moves() || now - drawn < redrawMs) return;
      drawn = now;
      const seconds = (now - began) / 1000;
      const [bar, time] =
        steps === undefined
          ? ["", secondsText(seconds)]
          : [`${barOf(done / steps)} `, `${secondsText((seconds / done) * Math.max(0, steps - done))} left`];
      const line = `${title} ${bar}${done}/${steps ?? "?"} ${logsText(logs)} ${time}`;
      isOpen = true;
      terminal?.write(`\r${line.slice(0, (terminal.columns ?? 80) - 1)}${clearToEnd}`);
    },
    end(logs) {
      if (verbose === 0) return;
      const line = `${title}: ${secondsText((performance.now() - began) / 1000)}, ${logsText(logs)}`;
      if (!moves()) return console.log(line);
      terminal!.write(`\r${line}${clearToEnd}\n`);
      isOpen = false;
    },
    close() {
      if (isOpen) terminal?.write("\n");
      isOpen = false;
    },
  };
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

/** Values under names with a slash are for the history: there may be many of them. */
const logsText = (logs: Logs): string =>
  Object.entries(logs)
    .filter(([name]) => !name.includes("/"))
    .map(
      ([name, value]) =>
        `${name}: ${Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(3)}`,
    )
    .join(", ");
