// The boundaries that Discretization finds, against real Keras: see test/fixtures/lookup_cases.py.
import { beforeAll, describe, expect, test } from "vitest";
import { loadModel, saveModel } from "../../src/formats/index.js";
import { Discretization, init, Input, Sequential, tensor } from "../../src/index.js";
import { type Spec, values } from "../support/hash.js";
import { host, loadCases, testEach } from "../support/keras.js";

interface BoundaryCase {
  name: string;
  numBins: number;
  epsilon: number;
  /** One array, or several batches. */
  data: Spec[];
  boundaries: number[];
}

beforeAll(() => init());

async function checkCase({ numBins, epsilon, data, boundaries }: BoundaryCase): Promise<void> {
  const layer = Discretization({ numBins, epsilon });
  await layer.adapt(data.length === 1 ? host(data[0]) : new Set(data.map(host)));
  expect(layer.binBoundaries).toHaveLength(boundaries.length);
  boundaries.forEach((value, i) => expect(Math.abs(layer.binBoundaries[i] - value)).toBeLessThan(1e-6));
}

describe("boundaries between bins of equally many numbers", () => {
  testEach(loadCases<BoundaryCase>("boundaries"), checkCase);
});

test("an adapted layer is kept by both formats, and can be adapted again", async () => {
  const layer = Discretization({ numBins: 4, outputMode: "one_hot" });
  const numbers = values({ shape: [100], seed: 5 });
  await layer.adapt(tensor(numbers));
  const model = Sequential([Input({ shape: [1] }), layer]);
  for (const format of ["keras", "safetensors"] as const) {
    using again = await loadModel(await saveModel(model, undefined, { format }));
    const copy = again.layers.at(-1) as ReturnType<typeof Discretization>;
    expect(copy.binBoundaries).toEqual(layer.binBoundaries);
    await copy.adapt(numbers.map((value) => 2 * value));
    expect(copy.binBoundaries).toEqual(layer.binBoundaries.map((value) => 2 * value));
  }
});

test("what cannot be adapted says why", async () => {
  await expect(Discretization({ binBoundaries: [1] }).adapt([1, 2])).rejects.toThrow("binBoundaries are given");
  await expect(Discretization({ numBins: 3 }).adapt([])).rejects.toThrow("expected finite numbers, at least one");
  await expect(Discretization({ numBins: 3 }).adapt([1, NaN, 2])).rejects.toThrow("expected finite numbers");
  expect(() => Discretization({ numBins: 3 })(tensor([1]))).toThrow("has no boundaries yet; call adapt(samples) first");
  expect(() => Discretization({} as never)).toThrow("or numBins for adapt(samples)");
  expect(() => Discretization({ numBins: 3, epsilon: 0 })).toThrow("expected a share from 1e-6");
  const layer = Discretization({ numBins: 5, outputMode: "count" });
  layer(Input({ shape: [3] }));
  await expect(layer.adapt([1, 2])).rejects.toThrow("found 2 bins, was called with 5; adapt it before");
});
