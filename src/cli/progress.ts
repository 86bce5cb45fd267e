/** How far training is: one line that stays in its place in a terminal, a line now and then elsewhere. */
import { bar, canMove, clearLine, count, percent, type Screen } from "./terminal.js";

export interface Standing {
  clips: number;
  /** Means over the last batches. */
  loss: number;
  accuracy: number;
}

const widestBar = 24;
const clipsPerLine = 800;
const redrawMs = 100;

export class Progress {
  readonly #began = performance.now();
  #drawnMs = -Infinity;

  /** @param total clips at most: training may stop before. */
  constructor(
    readonly screen: Screen,
    readonly total: number,
  ) {}

  update(standing: Standing): void {
    if (canMove(this.screen)) {
      const nowMs = performance.now();
      if (nowMs - this.#drawnMs < redrawMs) return;
      this.#drawnMs = nowMs;
      const columns = (this.screen.columns ?? 80) - 1; // a terminal may break a line that fills it
      const text = this.#describe(standing);
      const barWidth = Math.max(0, Math.min(widestBar, columns - text.length - 1));
      const line = `${bar(standing.clips / this.total, barWidth)} ${text}`;
      this.screen.write(clearLine + line.slice(0, columns));
    } else if (standing.clips % clipsPerLine === 0) {
      this.screen.write(`${this.#describe(standing)}\n`);
    }
  }

  /** A line that stays, above the bar. */
  note(text: string): void {
    this.screen.write(`${canMove(this.screen) ? clearLine : ""}${text}\n`);
    this.#drawnMs = -Infinity;
  }

  /** Takes the bar away; `note` or any other line may follow. */
  finish(): void {
    if (canMove(this.screen)) this.screen.write(clearLine);
  }

  #describe({ clips, loss, accuracy }: Standing): string {
    const seconds = (performance.now() - this.#began) / 1000;
    const clipsPerSecond = clips / seconds;
    const secondsLeft = Math.ceil((this.total - clips) / clipsPerSecond);
    return [
      `${count(clips, "clip").padStart(11)}`,
      `loss ${loss.toFixed(3)}`,
      `accuracy ${percent(accuracy, 1).padStart(7)}`,
      `${clipsPerSecond.toFixed(0)} clips/s`,
      `${secondsLeft} s left`,
    ].join("  ");
  }
}
