// What it costs that every call of a kernel passes `launch`: one that does next to nothing, through the door and without it.
import { median } from "./measure.mjs";

const calls = 20_000;
const rounds = 101;

function nsOfCall(kernels, y) {
  const began = performance.now();
  for (let i = 0; i < calls; i++) kernels.fill(y, i);
  return ((performance.now() - began) / calls) * 1e6;
}

/**
 * @param backend as it was made.
 * @param opened the same as the engine sees it.
 * @returns nanoseconds a call, the best and the median of many rounds; the two take turns, so that the machine's moods meet both.
 */
export function measureDoor(backend, opened) {
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
