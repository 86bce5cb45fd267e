// How a call is timed, in Node and in a page: warmed up, then in samples of some calls.

/** Short calls are timed several at a time, for about this long. */
const sampleMs = 40;
const warmUpMs = 800;

const wallClock = () => performance.now();

/** The mean milliseconds of some calls. */
async function msOf(run, calls, clock = wallClock) {
  const began = clock();
  for (let i = 0; i < calls; i++) await run();
  return (clock() - began) / calls;
}

/** The milliseconds of the fastest call: for a peak, which other programs only hide. */
async function fastestOf(run, calls) {
  let least = Infinity;
  for (let i = 0; i < calls; i++) least = Math.min(least, await msOf(run, 1));
  return least;
}

/**
 * Calls `run` until V8 has optimized it, and at least twice. @returns how many calls make a sample.
 */
async function warmUp(run) {
  const began = performance.now();
  let ms = await msOf(run, 1);
  do ms = await msOf(run, 1);
  while (performance.now() - began < warmUpMs);
  return Math.max(1, Math.round(sampleMs / Math.max(ms, 1e-4)));
}

/**
 * Answers the requests of bench/contender.mjs.
 * @param opened A promise of a function that prepares a case and gives the call to time, with `stop` and what a call
 * costs.
 * @param clock Gives milliseconds, those of the wall by default.
 */
export function answering(opened, clock = wallClock) {
  opened.catch(() => {}); // the answers say it
  let current;
  return async (/** @type {{ what: string, case?: string }} */ { case: name, what }) => {
    try {
      if (what === "start") {
        const { run, stop, isPeak, ...costs } = await (await opened)(name);
        const calls = await warmUp(run);
        current = { stop, sample: isPeak ? () => fastestOf(run, calls) : () => msOf(run, calls, clock) };
        return { ...costs };
      }
      if (what === "sample") return { ms: await current.sample() };
      await current?.stop?.();
      current = undefined;
      return {};
    } catch (error) {
      return { error: String(error?.message ?? error).split("\n")[0] };
    }
  };
}
