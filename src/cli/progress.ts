/** Shows the progress of long work: in a terminal one line that is redrawn, elsewhere a line now and then. */
import { bar, canMove, clearLine, plural, type Screen } from "./terminal.js";

const widestBar = 24;
const redrawMs = 100;

export interface ProgressOptions {
  /** The unit that is counted: "clip", "frame", "window". */
  unit: string;
  /** Outside a terminal, a line is written every so many; by default at each tenth of the work, at most every 5 s. */
  lineEvery?: number;
}

export class ProgressBar {
  readonly #began = performance.now();
  #drawnMs = -Infinity;
  #lineMs = performance.now();

  /** @param total the most that can be done; the work may end earlier. */
  constructor(
    readonly screen: Screen,
    readonly total: number,
    readonly options: ProgressOptions,
  ) {}

  /** Shows how many are done. @param details more text for the line: `loss 0.123  accuracy 98.7 %`. */
  update(done: number, details = ""): void {
    if (canMove(this.screen)) {
      const nowMs = performance.now();
      if (nowMs - this.#drawnMs < redrawMs) return;
      this.#drawnMs = nowMs;
      const columns = (this.screen.columns ?? 80) - 1; // a terminal may break a line that fills it
      const text = this.#describe(done, details);
      const barWidth = Math.max(0, Math.min(widestBar, columns - text.length - 1));
      const line = `${bar(done / this.total, barWidth)} ${text}`;
      this.screen.write(clearLine + line.slice(0, columns));
    } else if (this.#isDue(done)) {
      this.#lineMs = performance.now();
      this.screen.write(`${this.#describe(done, details)}\n`);
    }
  }

  #isDue(done: number): boolean {
    const { lineEvery } = this.options;
    if (lineEvery !== undefined) return done % lineEvery === 0;
    return performance.now() - this.#lineMs > 5000 && (done * 10) % this.total < 10;
  }

  /** Writes a line that stays, above the bar. */
  note(text: string): void {
    this.screen.write(`${canMove(this.screen) ? clearLine : ""}${text}\n`);
    this.#drawnMs = -Infinity;
  }

  /** Clears the bar; other output may follow. */
  finish(): void {
    if (canMove(this.screen)) this.screen.write(clearLine);
  }

  #describe(done: number, details: string): string {
    const { unit } = this.options;
    if (done === 0) return details;
    const seconds = (performance.now() - this.#began) / 1000;
    const perSecond = done / seconds;
    const secondsLeft = Math.ceil((this.total - done) / perSecond);
    return [
      `${plural(done, unit).padStart(plural(1000, unit).length)}`,
      ...(details ? [details] : []),
      `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} ${unit}s/s`,
      `${secondsLeft} s left`,
    ].join("  ");
  }
}

/** Runs `work` with a progress bar, which is cleared at the end, also after an error. */
export async function withProgress<T>(
  screen: Screen,
  total: number,
  unit: string,
  work: (progress: ProgressBar) => Promise<T>,
): Promise<T> {
  const progress = new ProgressBar(screen, total, { unit });
  return work(progress).finally(() => progress.finish());
}
