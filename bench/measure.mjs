// How long one call takes, by the `benchmark` package.
import Benchmark from "benchmark";

/** A call this long has its warm-up within itself, and need not be repeated often. */
const longSeconds = 5;

/** @returns whether one call is long. */
async function warmUp(run, warmUpSeconds) {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  await run();
  if (seconds() > longSeconds) return true;
  for (let calls = 1; calls < 2 || seconds() < warmUpSeconds; calls++) await run();
  return false;
}

/**
 * Calls `run` (its promise, if it is asynchronous, is waited for) until it is warm, as V8 compiles hot code again, and better, in
 * the first calls; then for two seconds unless told otherwise and at least five times, or twice where one call is long.
 * @returns the best and the median of the samples, in milliseconds a call, and how many there were.
 */
export async function measure(run, { warmUpSeconds = 0.5, seconds = 2 } = {}) {
  const isLong = await warmUp(run, warmUpSeconds);
  const enough = isLong ? { maxTime: 0, minSamples: 2 } : { maxTime: seconds, minSamples: 5 };
  const { sample } = await samplesOf(run, { ...enough, async: true });
  const ms = sample.map((perCall) => perCall * 1000).sort((a, b) => a - b);
  return { bestMs: ms[0], medianMs: median(ms), samples: ms.length };
}

/** The middle of the values; of an even number, the mean of the two in the middle. */
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
