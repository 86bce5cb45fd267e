// Every kernel, at sizes that the tests check too (timedCases of test/support/cases.ts).
import { kernelNames } from "../../dist/kernelTable.js";
import { loadCaseTables } from "../../scripts/caseTables.mjs";
import { kernelCall } from "./kernelCall.mjs";

export async function kernelCases() {
  const { timedCases, callOf } = await loadCaseTables();
  return kernelNames.flatMap((kernel) =>
    Array.from(timedCases[kernel](), (c) => ({
      name: `${kernel} ${c.name}`,
      start: (engine) =>
        kernelCall(engine, kernel, {
          y: c.start ?? c.length,
          xs: c.inputs,
          weights: c.weights,
          callOf: (y, xs) => callOf(c, y, xs),
        }),
    })),
  );
}
