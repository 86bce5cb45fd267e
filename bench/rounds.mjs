// The measurement: in every round all contenders of a case take one sample each, so that what slows the machine slows
// all of them.

/** Errors of contenders that this machine does not have, in any case. */
const isAbsence = (error) => /^(No module named|Cannot find package|there is no program)/.test(error);

/** A run over several cases; contenders and the peak stay open from one case to the next. */
export class Rounds {
  #open = new Map();
  #absent = new Set();

  /**
   * @param peak Opens the loop of the peak.
   * @param progress Is told what is going on.
   * @param absent Is told, once, of a contender that this machine does not have, and why.
   */
  constructor(peak, progress, absent) {
    this.peak = peak;
    this.progress = progress;
    this.absent = absent;
  }

  async #opened(key, open) {
    if (!this.#open.has(key)) this.#open.set(key, await open());
    return this.#open.get(key);
  }

  /** The peak's speeds of some rounds, in GFLOP/s, of a kind of bench/peak.mjs. */
  async peakOf(kind, rounds) {
    const { ask, close } = await this.peak();
    const { error, flops } = await ask({ what: "start", case: kind });
    if (error !== undefined) throw new Error(`the machine's peak (${kind}): ${error}`);
    const speeds = [];
    for (let round = 0; round < rounds; round++) speeds.push(flops / (await ask({ what: "sample" })).ms / 1e6);
    await close();
    return speeds;
  }

  /**
   * Times a case. @returns the peak's speed in each round, and for each contender its samples, what a call costs, or
   * `error`.
   */
  async time(name, contenders, rounds) {
    const peak = await this.#opened("peak", async () => {
      const opened = await this.peak();
      const { error, flops } = await opened.ask({ what: "start", case: "fma" });
      if (error !== undefined) throw new Error(`the machine's peak: ${error}`);
      return { ...opened, flops };
    });
    const runs = [];
    for (const each of contenders.filter(({ key }) => !this.#absent.has(key))) {
      this.progress(`${name}: ${each.text}`);
      const { ask } = await this.#opened(each.key, each.open);
      const started = await ask({ what: "start", case: name });
      if (isAbsence(started.error)) {
        this.#absent.add(each.key);
        this.absent(each, started.error);
      } else runs.push({ contender: each, ask, samples: [], ...started });
    }
    const peaks = [];
    for (let round = 0; round < rounds; round++) {
      this.progress(`${name}, round ${round + 1} of ${rounds}`);
      peaks.push(peak.flops / (await peak.ask({ what: "sample" })).ms / 1e6);
      // The order is turned round in every second round, so that none always runs on a warmer machine.
      for (const run of round % 2 ? runs.toReversed() : runs) {
        if (run.error !== undefined) continue;
        const { ms, error } = await run.ask({ what: "sample" });
        if (error === undefined) run.samples.push(ms);
        else run.error = error;
      }
    }
    for (const run of runs) await run.ask({ what: "stop" });
    return { peaks, runs: runs.map(({ ask, ...run }) => run) };
  }

  async close() {
    for (const { close } of this.#open.values()) await close();
    this.#open.clear();
  }
}
