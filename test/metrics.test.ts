// Metrics on small tables that can be counted by hand. (Numbers of real Keras: test/keras/lossesMetricsOptimizers.test.ts.)
import { beforeAll, describe, expect, test } from "vitest";
import { setBackend } from "../src/backend.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import {
  accuracy,
  BinaryAccuracy,
  binaryAccuracy,
  categoricalAccuracy,
  type Metric,
  metrics,
  sparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from "../src/metrics/index.js";
import { type NestedArray, tensor } from "../src/tensor.js";

beforeAll(() => setBackend(createReferenceBackend()));

async function values(metric: Metric, t: NestedArray, y: NestedArray): Promise<number[]> {
  return [...(await metric.perSample(tensor(t), tensor(y)).data())];
}
const scores = [
  [0.1, 0.5, 0.4],
  [0.6, 0.2, 0.2],
  [0.3, 0.3, 0.4],
];

describe("accuracies", () => {
  test("categorical: the index of the largest value, the first one of equal values", async () => {
    expect(
      await values(
        categoricalAccuracy,
        [
          [0, 1, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
        scores,
      ),
    ).toEqual([1, 0, 1]);
    expect(
      await values(
        categoricalAccuracy,
        [
          [1, 0],
          [0, 1],
        ],
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      ),
    ).toEqual([1, 0]);
  });

  test("sparse, with and without a last axis", async () => {
    expect(await values(sparseCategoricalAccuracy, [1, 1, 2], scores)).toEqual([1, 0, 1]);
    expect(await values(sparseCategoricalAccuracy, [[1], [1], [2]], scores)).toEqual([1, 0, 1]);
    expect(
      await values(
        sparseCategoricalAccuracy,
        [
          [1, 0],
          [2, 2],
        ],
        [scores.slice(0, 2), scores.slice(1)],
      ),
    ).toEqual([1, 1, 0, 1]);
  });

  test("binary: strictly above the threshold, an output at a time", async () => {
    expect(await values(binaryAccuracy, [[1], [0], [1]], [[0.5], [0.5], [0.51]])).toEqual([0, 1, 1]);
    expect(await values(binaryAccuracy, [1, 0], [[0.9], [0.1]])).toEqual([1, 1]);
    expect(await values(BinaryAccuracy({ threshold: 0.8 }), [[1, 0]], [[0.7, 0.7]])).toEqual([0, 1]);
  });

  test("among the k largest; equal values count, an invalid class does not", async () => {
    const top = (k: number) => TopKCategoricalAccuracy({ k });
    const oneHot = [
      [0, 0, 1],
      [0, 0, 1],
      [1, 0, 0],
    ];
    expect(await values(top(1), oneHot, scores)).toEqual([0, 0, 0]);
    expect(await values(top(2), oneHot, scores)).toEqual([1, 1, 1]);
    expect(await values(topKCategoricalAccuracy, oneHot, scores)).toEqual([1, 1, 1]);
    expect(await values(SparseTopKCategoricalAccuracy({ k: 2 }), [0, 1, 7], scores)).toEqual([0, 1, 0]);
  });

  test("`accuracy` chooses by the shapes", async () => {
    const chosen = async (t: NestedArray, y: NestedArray) => values(accuracy, t, y);
    expect(await chosen([[1], [0]], [[0.6], [0.6]])).toEqual([1, 0]); // binary: [2, 1]
    expect(await chosen([1, 0, 2], scores)).toEqual([1, 1, 1]); // sparse: an axis less
    expect(await chosen([[1], [0], [0]], scores)).toEqual([1, 1, 0]); // sparse: a last axis of 1
    expect(
      await chosen(
        [
          [1, 0],
          [0, 1],
        ],
        [
          [0.4, 0.3],
          [0.9, 0.8],
        ],
      ),
    ).toEqual([1, 0]); // categorical, though sigmoids
  });

  test("as functions they give the mean", async () => {
    const mean = accuracy(tensor([1, 1, 2]), tensor(scores));
    expect(mean.shape).toEqual([]);
    expect((await mean.data())[0]).toBeCloseTo(2 / 3, 6);
  });
});

test("cosineSimilarity is the cosine, not its negative as the loss of that name is", async () => {
  expect(
    await values(
      metrics.cosineSimilarity,
      [
        [3, 4],
        [1, 0],
      ],
      [
        [6, 8],
        [0, 2],
      ],
    ),
  ).toEqual([expect.closeTo(1, 6), 0]);
});

test("shapes that do not match are refused", () => {
  const y = tensor(new Float32Array(256), [32, 8]);
  for (const name of ["categoricalAccuracy", "topKCategoricalAccuracy", "binaryAccuracy", "cosineSimilarity"]) {
    expect(() => metrics[name](tensor(new Float32Array(320), [32, 10]), y)).toThrow(
      `${name}: targets [32, 10] against outputs [32, 8]`,
    );
  }
  expect(() => metrics.sparseCategoricalAccuracy(tensor(new Float32Array(64), [32, 2]), y)).toThrow(
    "sparseCategoricalAccuracy: targets [32, 2] against outputs [32, 8]; expected one class number a row, [32].",
  );
});
