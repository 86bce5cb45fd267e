/** Shows the progress of long work: in a terminal one line that is redrawn, elsewhere a line now and then. */
import { bar, canMove, clearLine, plural, type Screen } from "./terminal.js";

const widestBar = 24;
const redrawMs = 100;
/** Outside a terminal, the first line is written at the first update after this time; shorter work writes none. */
const firstLineMs = 500;
/** Between lines there is at least this time, and a tenth of the time since the beginning. */
const leastMs = 5000;

export interface ProgressOptions {
  /** The unit that is counted: "clip", "frame", "window". */
  unit: string;
  /**
   * Outside a terminal, a line is written every so many; by default one within the first second, if the work is not
   * done by then, then every 5 s, and less often the longer the work takes.
   */
  lineEvery?: number;
}

export class ProgressBar {
  readonly #began = performance.now();
  #drawnMs = -Infinity;
  #nextLineMs = performance.now() + firstLineMs;

  /** @param total the most that can be done, or an estimate; the work may end earlier. */
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
      this.screen.write(`${this.#describe(done, details)}\n`);
    }
  }

  #isDue(done: number): boolean {
    const { lineEvery } = this.options;
    if (lineEvery !== undefined) return done % lineEvery === 0;
    const nowMs = performance.now();
    if (nowMs < this.#nextLineMs) return false;
    this.#nextLineMs = nowMs + Math.max(leastMs, (nowMs - this.#began) / 10);
    return true;
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
    const more = details ? [details] : [];
    if (done === 0) return [`0 of ${plural(this.total, unit)}`, ...more].join("  ");
    const secondsEach = (performance.now() - this.#began) / 1000 / done;
    const perSecond = 1 / secondsEach;
    return [
      `${plural(done, unit).padStart(plural(1000, unit).length)}`,
      ...more,
      perSecond < 1
        ? `${secondsEach.toFixed(1)} s a ${unit}`
        : `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} ${unit}s/s`,
      ...(done > this.total ? [] : [`${Math.ceil((this.total - done) * secondsEach)} s left`]),
    ].join("  ");
  }
}

/** Runs `work` with a progress bar, which is drawn at once and cleared at the end, also after an error. */
export async function withProgress<T>(
  screen: Screen,
  total: number,
  unit: string,
  work: (progress: ProgressBar) => Promise<T>,
): Promise<T> {
  const progress = new ProgressBar(screen, total, { unit });
  progress.update(0);
  return work(progress).finally(() => progress.finish());
}

/** In a terminal, shows what is being done while a promise is pending. */
export async function whileShown<T>(screen: Screen, what: string, work: Promise<T>): Promise<T> {
  if (!canMove(screen)) return work;
  screen.write(`${clearLine}${what} ...`);
  return work.finally(() => screen.write(clearLine));
}
