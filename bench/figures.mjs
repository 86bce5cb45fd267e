// What a case's samples say: times, shares of the machine's limit, ratios between contenders.
import { medianOf, ratioOfPairs } from "./statistics.mjs";

const isOurs = ({ engine }) => engine === "zoetrope";

/**
 * The rows of a case, one for each contender. `overLimit` is the time over the machine's limit: that of the operations
 * at the peak of one core, in the same round. Only ours count operations; peers do the same work.
 */
export function rowsOf(name, { peaks, runs }) {
  const flops = runs.find((run) => run.flops !== undefined)?.flops;
  return runs.map(({ contender: { engine, build, host, threads, key }, samples, bytes, error }) => {
    const about = { case: name, key, engine, build, host, threads };
    if (error !== undefined) return { ...about, error };
    const row = { ...about, ms: medianOf(samples), bestMs: Math.min(...samples), samples };
    if (bytes !== undefined) row.gbPerSecond = bytes / row.ms.median / 1e6;
    if (flops === undefined) return row;
    const limits = peaks.map((gflops) => flops / gflops / 1e6);
    return { ...row, gflops: flops / row.ms.median / 1e6, overLimit: ratioOfPairs(samples, limits) };
  });
}

/**
 * The ratios of a case: each row of ours over each other row with as many threads, the flags of the same build, and the
 * same place; native engines have no place.
 */
export function ratiosOf(rows) {
  const timed = rows.filter(({ error }) => error === undefined);
  const flagsOf = ({ build }) => build === "wide";
  const fits = (own, other) =>
    own.threads === other.threads &&
    (other.host === "native" || (other.host === own.host && flagsOf(own) === flagsOf(other))) &&
    (other.engine !== "base" || other.build === own.build);
  return timed.filter(isOurs).flatMap((own) =>
    timed
      .filter((other) => !isOurs(other) && fits(own, other))
      .map((other) => ({
        case: own.case,
        ours: own.key,
        theirs: other.key,
        ratio: ratioOfPairs(own.samples, other.samples),
      })),
  );
}
