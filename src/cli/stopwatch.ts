/** Measures how long each part of the work takes. */
export class Stopwatch {
  /** Seconds by part. */
  readonly laps: Record<string, number> = {};

  /** Measures a part of the work. */
  async lap<T>(what: string, work: () => Promise<T>): Promise<T> {
    const beganMs = performance.now();
    const result = await work();
    this.laps[what] = (performance.now() - beganMs) / 1000;
    return result;
  }

  /** `film 0.6 s, frames 1.1 s`. */
  toString(): string {
    return Object.entries(this.laps)
      .map(([what, seconds]) => `${what} ${seconds.toFixed(1)} s`)
      .join(", ");
  }
}
