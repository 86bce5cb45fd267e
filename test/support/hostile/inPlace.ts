// HDF5 files that were not mutated are read without a worker, whose start would take most of the time.
import { vi } from "vitest";

let inPlace = false;

vi.mock("../../../src/formats/hdf5/worker.js", async (original) => {
  const worker = await original<typeof import("../../../src/formats/hdf5/worker.js")>();
  return { ...worker, threads: () => (inPlace ? undefined : worker.threads()) };
});

/** Whether HDF5 is read in this thread, as in a page. */
export function readInPlace(wanted: boolean): void {
  inPlace = wanted;
}
