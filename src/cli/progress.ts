/** Shows the progress of long work: in a terminal one line that is redrawn, elsewhere a line now and then. */
import { bar, canMove, clearLine, plural, type Screen } from "./terminal.js";

const widestBar = 24;
const redrawMs = 100;
/** Outside a terminal, the first line is written after this time; shorter work writes none. */
const firstLineMs = 300;
/** Between lines there is at least this time, and a tenth of the time since the beginning. */
const leastMs = 5000;

/** Calls `write` after `firstLineMs`. Returns a function that prevents it. */
function afterAMoment(write: () => void): () => void {
  const timer = setTimeout(write, firstLineMs);
  return () => clearTimeout(timer);
}

/**
 * One line of text about work that goes on. Outside a terminal it is written after 0.3 s, then at the first
 * change after every 5 s, and less often the longer the work takes.
 */
export class ProgressLine {
  readonly beganMs = performance.now();
  #drawnMs = -Infinity;
  #nextLineMs = this.beganMs + firstLineMs;
  #text: (() => string) | undefined;
  readonly #stop = afterAMoment(() => {
    if (this.#text && !canMove(this.screen)) this.#writeLine();
  });

  constructor(readonly screen: Screen) {}

  /**
   * Shows how far the work is.
   * @param share of the work that is done, for a bar in a terminal; no bar if it is not known.
   * @param text is called only if the line is drawn.
   */
  show(share: number | undefined, text: () => string): void {
    this.#text = text;
    const nowMs = performance.now();
    if (!canMove(this.screen)) {
      if (nowMs >= this.#nextLineMs) this.#writeLine();
      return;
    }
    if (nowMs - this.#drawnMs < redrawMs) return;
    this.#drawnMs = nowMs;
    const columns = (this.screen.columns ?? 80) - 1; // a terminal may break a line that fills it
    const line = text();
    const barWidth = Math.max(0, Math.min(widestBar, columns - line.length - 1));
    const drawn = share === undefined ? "" : `${bar(share, barWidth)} `;
    this.screen.write(clearLine + `${drawn}${line}`.slice(0, columns));
  }

  #writeLine(): void {
    this.#stop();
    const nowMs = performance.now();
    this.#nextLineMs = nowMs + Math.max(leastMs, (nowMs - this.beganMs) / 10);
    this.screen.write(`${this.#text!()}\n`);
  }

  /** Writes a line that stays, above the one that is redrawn. */
  note(text: string): void {
    this.screen.write(`${canMove(this.screen) ? clearLine : ""}${text}\n`);
    this.#drawnMs = -Infinity;
  }

  /** Clears the line; other output may follow. */
  finish(): void {
    this.#stop();
    if (canMove(this.screen)) this.screen.write(clearLine);
  }
}

/** Shows how much of the work is done, how fast, and how long the rest will take. */
export class ProgressBar extends ProgressLine {
  /**
   * @param total the most that can be done, or an estimate; the work may end earlier.
   * @param unit what is counted: "clip", "frame", "window".
   */
  constructor(
    screen: Screen,
    readonly total: number,
    readonly unit: string,
  ) {
    super(screen);
  }

  /** Shows how many are done. @param details more text for the line: `loss 0.123  accuracy 98.7 %`. */
  update(done: number, details = ""): void {
    this.show(done / this.total, () => this.#describe(done, details));
  }

  #describe(done: number, details: string): string {
    const { unit } = this;
    const more = details ? [details] : [];
    if (done === 0) return [`0 of ${plural(this.total, unit)}`, ...more].join("  ");
    const secondsEach = (performance.now() - this.beganMs) / 1000 / done;
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

/**
 * Runs `work` with a progress bar, which is drawn at once and cleared at the end, also after an error.
 * @param details more text for the line at the beginning.
 */
export async function withProgress<T>(
  screen: Screen,
  total: number,
  unit: string,
  work: (progress: ProgressBar) => Promise<T>,
  details = "",
): Promise<T> {
  const progress = new ProgressBar(screen, total, unit);
  progress.update(0, details);
  return work(progress).finally(() => progress.finish());
}

/**
 * Shows what is being done while `work` runs: in a terminal at once, in a line that is cleared at the end; elsewhere in
 * a line that stays, after 0.3 s.
 * @param atOnce whether that line is written at once, as for work that does not yield to the event loop.
 */
export async function whileShown<T>(
  screen: Screen,
  what: string,
  work: () => Promise<T>,
  { atOnce = false } = {},
): Promise<T> {
  const canClear = canMove(screen);
  const write = () => screen.write(canClear ? `${clearLine}${what} ...` : `${what} ...\n`);
  const stop = canClear || atOnce ? void write() : afterAMoment(write);
  return work().finally(() => {
    stop?.();
    if (canClear) screen.write(clearLine);
  });
}
