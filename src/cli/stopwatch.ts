/** How long each part of the work took. */
export class Stopwatch {
  readonly #laps: [what: string, seconds: number][] = [];
  #beganMs = performance.now();

  /** What has been done since the last lap. */
  lap(what: string): void {
    const nowMs = performance.now();
    this.#laps.push([what, (nowMs - this.#beganMs) / 1000]);
    this.#beganMs = nowMs;
  }

  get laps(): Record<string, number> {
    return Object.fromEntries(this.#laps);
  }

  /** `reading 0.6 s, MobileNet 1.1 s`. */
  toString(): string {
    return this.#laps.map(([what, seconds]) => `${what} ${seconds.toFixed(1)} s`).join(", ");
  }
}
