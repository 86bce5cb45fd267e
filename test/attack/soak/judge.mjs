// Whether a series of samples grows.
import { trendOf } from "../finding.mjs";

/**
 * What is seen after a round: `bytes` of the whole process, `heapBytes` of its objects.
 * @typedef {{ seconds: number, bytes: number, heapBytes: number, buffers: number, usedBytes: number, reservedBytes: number }} Sample
 */

/** The part of the samples that is warm-up: code is compiled, caches fill, the heap finds its size. */
const warmUp = 1 / 3;

/**
 * The growth of the process that is not yet a finding, in KB a minute. Collections of garbage leave the memory of a process at
 * levels that differ by some MB; in a few minutes that can look like so much a minute.
 */
export const bound = 512;

/** Judges samples that were taken at equal points. */
export function judgeSeries(/** @type {readonly Sample[]} */ all) {
  const samples = all.slice(Math.floor(all.length * warmUp));
  const minutes = samples.map(({ seconds }) => seconds / 60);
  const trend = (/** @type {"bytes" | "heapBytes"} */ name) => trendOf(samples.map((sample) => sample[name] / 1024), minutes); // prettier-ignore
  const { slope, halfWidth } = trend("bytes");
  const faults = [];
  for (const name of /** @type {const} */ (["buffers", "usedBytes"])) {
    const [first, last] = [samples[0]?.[name], samples.at(-1)?.[name]];
    if (last !== undefined && last > first) faults.push(`${name} grew from ${first} to ${last}`);
  }
  if (samples.length < 5) faults.push(`${samples.length} samples after the warm-up are too few; give more --minutes`);
  if (slope - halfWidth > bound) {
    faults.push(`the process grows by ${slope.toFixed(0)} KB a minute, surely more than ${bound}`);
  }
  return { slope, halfWidth, heap: trend("heapBytes"), samples: samples.length, faults };
}
