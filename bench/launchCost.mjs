// The cost of `launch`, through which every kernel call goes: a kernel that does almost nothing, called with it and
// without it.
import { median } from "./measure.mjs";

const calls = 20_000;
const rounds = 101;

function nsOfCall(kernels, y) {
  const began = performance.now();
  for (let i = 0; i < calls; i++) kernels.fill(y, i);
  return ((performance.now() - began) / calls) * 1e6;
}

/**
 * @param backend As its maker returned it.
 * @param opened The same backend as the engine uses it.
 * @returns Nanoseconds per call, the best and the median of many rounds. The two take turns, so that what slows the
 * machine slows both.
 */
export function measureLaunch(backend, opened) {
  const y = backend.allocate(1);
  const times = { raw: [], opened: [] };
  for (let round = 0; round < rounds; round++) {
    times.raw.push(nsOfCall(backend, y));
    times.opened.push(nsOfCall(opened.kernels, y));
  }
  backend.free(y);
  const summary = (ns) => ({ bestNs: Math.min(...ns), medianNs: median(ns) });
  return { raw: summary(times.raw), opened: summary(times.opened) };
}
