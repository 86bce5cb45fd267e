// Timing of one call, by the package `benchmark`.
import Benchmark from "benchmark";

/** A call this long warms up within itself and need not be repeated often. */
const longSeconds = 5;

/** Calls `run` until it is warm. @returns whether one call is long. */
async function warmUp(run, warmUpSeconds) {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  await run();
  if (seconds() > longSeconds) return true;
  for (let calls = 1; calls < 2 || seconds() < warmUpSeconds; calls++) await run();
  return false;
}

/**
 * Calls `run`, awaited if it is asynchronous, until it is warm, as V8 optimizes hot code during the first calls; then
 * for `seconds`, two by default, and at least five times, or twice if one call is long.
 * @returns the best and the median of the samples, in milliseconds per call, and their number.
 */
export async function measure(run, { warmUpSeconds = 0.5, seconds = 2 } = {}) {
  const isLong = await warmUp(run, warmUpSeconds);
  const enough = isLong ? { maxTime: 0, minSamples: 2 } : { maxTime: seconds, minSamples: 5 };
  const { sample } = await samplesOf(run, { ...enough, async: true });
  const ms = sample.map((perCall) => perCall * 1000).sort((a, b) => a - b);
  return { bestMs: ms[0], medianMs: median(ms), samples: ms.length };
}

/** The median of the values; of an even number of them, the mean of the middle two. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function samplesOf(run, options) {
  return new Promise((resolve, reject) => {
    const fail = (error) => reject(error instanceof Error ? error : new Error(String(error)));
    const waiting = async (deferred) => {
      try {
        await run();
        deferred.resolve();
      } catch (error) {
        fail(error);
      }
    };
    const finish = ({ target }) => (target.error ? fail(target.error) : resolve(target.stats));
    const isAsync = run.constructor.name === "AsyncFunction";
    const test = isAsync ? { defer: true, fn: waiting } : { fn: run };
    new Benchmark({ ...options, ...test, onComplete: finish }).run();
  });
}
