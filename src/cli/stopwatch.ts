/** Measures how long each part of the work takes, and shows the current part in a terminal. */
import { canMove, clearLine, type Screen } from "./terminal.js";

export class Stopwatch {
  readonly #laps: [what: string, seconds: number][] = [];
  #what: string | undefined;
  #beganMs = 0;

  constructor(readonly screen: Screen) {}

  /** Ends the current part and begins another. */
  begin(what: string): void {
    this.end();
    this.#what = what;
    this.#beganMs = performance.now();
    if (canMove(this.screen)) this.screen.write(`${clearLine}${what} ...`);
  }

  end(): void {
    if (this.#what === undefined) return;
    this.#laps.push([this.#what, (performance.now() - this.#beganMs) / 1000]);
    this.#what = undefined;
    if (canMove(this.screen)) this.screen.write(clearLine);
  }

  /** Seconds by part. */
  get laps(): Record<string, number> {
    return Object.fromEntries(this.#laps);
  }

  /** `film 0.6 s, MobileNet 1.1 s`. */
  toString(): string {
    return this.#laps.map(([what, seconds]) => `${what} ${seconds.toFixed(1)} s`).join(", ");
  }
}
