// How long one call takes, by the `benchmark` package.
import Benchmark from "benchmark";

/** V8 compiles hot code again, and better, in the first calls. */
const warmUpSeconds = 0.5;
/** A call this long has had its warm-up within itself. */
const longSeconds = 5;

async function warmUp(run) {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  for (let calls = 0; calls < 2 || seconds() < warmUpSeconds; calls++) {
    await run();
    if (seconds() > longSeconds) return;
  }
}

/**
 * Calls `run` (its promise, if it returns one, is waited for) until it is warm, then for `seconds`, and at least
 * `minSamples` times.
 * @returns the best and the median of the samples, in milliseconds a call, and how many there were.
 */
export async function measure(run, { seconds = 2, minSamples = 5 } = {}) {
  await warmUp(run);
  const { sample } = await samplesOf(run, { maxTime: seconds, minSamples, async: true });
  const ms = sample.map((perCall) => perCall * 1000).sort((a, b) => a - b);
  return { bestMs: ms[0], medianMs: ms[ms.length >> 1], samples: ms.length };
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
