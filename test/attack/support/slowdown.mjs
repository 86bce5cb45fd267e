// How much slower this machine is than it could be, as other programs use it too.
import { availableParallelism, loadavg } from "node:os";

/** The programs that wait for each processor, in the last minute; 0 where the system does not say (Windows). */
const waiting = () => loadavg()[0] / availableParallelism();

/**
 * A busy loop takes as much longer as the machine is slower than it was at its best. Where it has been busy all the time, only the
 * system's own figure says so.
 */
export function makeSlowdown(clock = () => performance.now(), load = waiting) {
  let best = Infinity;
  return () => {
    const began = clock();
    for (let i = 0, x = 0; i < 3e6; i++) x = Math.imul(x ^ i, 0x01000193);
    const now = clock() - began;
    best = Math.min(best, now);
    return Math.max(1, now / Math.max(best, 0.01), load());
  };
}
