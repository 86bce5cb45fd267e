// Mutated files give a typed error of one line, or a model whose arrays are valid. ZOETROPE_MUTATIONS=100000 (and
// ZOETROPE_FORMATS=tfjs,keras) tries as many of each kind, a tenth as many of HDF5, and prints the results.
import { expect, test } from "vitest";
import { memory } from "../../src/index.js";
import { readInPlace } from "../support/hostile/inPlace.js";
import { formats } from "../support/hostile/formats.js";
import { tryFiles } from "../support/hostile/try.js";

const wanted = Number(process.env.ZOETROPE_MUTATIONS ?? 0);
const names = (process.env.ZOETROPE_FORMATS?.split(",") ?? Object.keys(formats)) as (keyof typeof formats)[];

test.each(names)("%s, changed", { timeout: 3_600_000 }, async (name) => {
  readInPlace(name !== "hdf5");
  const format = await formats[name]();
  const count = wanted > 0 ? Math.ceil(wanted / (name === "hdf5" ? 10 : 1)) : (format.tries ?? 300);
  await tryFiles(format, 0, 5); // what is made once
  const before = memory().buffers;
  const outcome = await tryFiles(format, 0, count);
  expect(outcome.loaded + outcome.refused).toBe(count);
  expect(outcome.refused).toBeGreaterThan(count / 10);
  // Refused files leave no tensors behind.
  expect(memory().buffers).toBe(before);
  // No memory was allocated for what files claim to hold: WebAssembly memory never shrinks.
  expect(memory().reservedBytes).toBeLessThan(2 ** 26);
  if (wanted === 0) return;
  const { slowest, totalMs, slow, loaded, refused, reasons } = outcome;
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`${name}: ${loaded} read, ${refused} refused; mean ${(totalMs / count).toFixed(2)} ms, slowest ${slowest.ms.toFixed(0)} ms (${slowest.index}), ${slow.length} above 100 ms; peak ${peak} MB`); // prettier-ignore
  console.log([...reasons].sort((a, b) => b[1] - a[1]).slice(0, 12).map(([reason, times]) => `  ${times} ${reason}`).join("\n")); // prettier-ignore
});
