// Whether a series of samples grows.

/**
 * What is seen after a round, when garbage was collected: `bytes` of the whole process, `heapBytes` of its objects.
 * @typedef {{ seconds: number, bytes: number, heapBytes: number, buffers: number, usedBytes: number, reservedBytes: number }} Sample
 * @typedef {"bytes" | "heapBytes"} Name
 * @typedef {{ slope: number, halfWidth: number, verdict: "steady" | "grows" | "unsure" }} Trend In KB a minute.
 */

/**
 * The part of the samples that is warm-up, and its least length in minutes: code is compiled and thrown away again, caches fill, the
 * heap finds its size.
 */
const [warmUp, leastWarmUp] = [1 / 3, 3];

/**
 * The growth that is not yet a finding, in KB a minute. A round makes some 20 calls, and a minute has a hundred rounds or more: what a
 * call keeps for good, were it one small object, is 100 KB a minute in the heap. The system gives memory to a process, and takes it
 * back, by pieces of a megabyte: so its bound is higher, and what it finds is what is outside of the heap.
 */
export const bounds = { heapBytes: 100, bytes: 512 };

/** What is measured, in words. */
export const titles = { heapBytes: "what its objects hold", bytes: "memory of the process" };

/** Means of blocks hardly depend on each other, however much samples beside each other do. */
const numBlocks = 8;
/** The 97.5 % point of Student's distribution with `numBlocks - 2` degrees of freedom. */
const student = 2.447;
const leastSamples = 3 * numBlocks;

const mean = (/** @type {readonly number[]} */ list) => list.reduce((sum, x) => sum + x, 0) / list.length;

/** The line through the means of blocks of samples, and how far the true slope may be from it (95 %). @returns {{ slope: number, halfWidth: number }} */
export function blockTrend(/** @type {readonly number[]} */ values, /** @type {readonly number[]} */ at) {
  const blocks = Array.from({ length: numBlocks }, (_, i) => {
    const [begin, end] = [i, i + 1].map((n) => Math.round((n * values.length) / numBlocks));
    return { x: mean(at.slice(begin, end)), y: mean(values.slice(begin, end)) };
  });
  const [x0, y0] = [mean(blocks.map(({ x }) => x)), mean(blocks.map(({ y }) => y))];
  const sxx = blocks.reduce((sum, { x }) => sum + (x - x0) ** 2, 0);
  const slope = blocks.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0) / sxx;
  const residual = blocks.reduce((sum, { x, y }) => sum + (y - y0 - slope * (x - x0)) ** 2, 0);
  return { slope, halfWidth: student * Math.sqrt(residual / (numBlocks - 2) / sxx) };
}

/** @returns {Trend} */
function trendOf(/** @type {readonly Sample[]} */ samples, /** @type {Name} */ name) {
  if (samples.length < leastSamples) return { slope: 0, halfWidth: Infinity, verdict: "unsure" };
  const kilobytes = samples.map((sample) => sample[name] / 1024);
  const { slope, halfWidth } = blockTrend(kilobytes, samples.map(({ seconds }) => seconds / 60)); // prettier-ignore
  const bound = bounds[name];
  const verdict = slope - halfWidth > bound ? "grows" : slope + halfWidth < bound ? "steady" : "unsure";
  return { slope, halfWidth, verdict };
}

/**
 * Judges samples. `faults` are what is surely wrong; `doubts` say why there is no verdict, as in a run that is too short: a longer one
 * has it.
 */
export function judgeSeries(/** @type {readonly Sample[]} */ all) {
  const warmSeconds = Math.max(60 * leastWarmUp, warmUp * (all.at(-1)?.seconds ?? 0));
  const samples = all.filter(({ seconds }) => seconds >= warmSeconds);
  const faults = [];
  // Tensors are counted, not measured: the first rounds make all that lasts, and one more is one too many.
  const counted = all.slice(Math.min(2, Math.floor(all.length / 2)));
  for (const name of /** @type {const} */ (["buffers", "usedBytes"])) {
    const [first, last] = [counted[0]?.[name], counted.at(-1)?.[name]];
    if (last !== undefined && last > first) faults.push(`${name} grew from ${first} to ${last}`);
  }
  const trends = { heapBytes: trendOf(samples, "heapBytes"), bytes: trendOf(samples, "bytes") };
  const doubts = [];
  for (const name of /** @type {Name[]} */ (Object.keys(trends))) {
    const { slope, halfWidth, verdict } = trends[name];
    if (verdict === "grows") faults.push(`${titles[name]} grows by ${slope.toFixed(0)} ± ${halfWidth.toFixed(0)} KB a minute, surely more than ${bounds[name]}`); // prettier-ignore
    if (verdict === "unsure" && samples.length >= leastSamples) doubts.push(`${titles[name]}: no verdict, the interval holds the bound of ${bounds[name]} KB a minute; give more --minutes`); // prettier-ignore
  }
  if (samples.length < leastSamples) doubts.push(`${samples.length} samples after a warm-up of ${(warmSeconds / 60).toFixed(1)} minutes are too few for a verdict on memory, which needs ${leastSamples}; give more --minutes`); // prettier-ignore
  return { trends, samples: samples.length, faults, doubts };
}
