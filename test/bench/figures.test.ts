// What the benchmark makes of its samples: medians with intervals, shares of the limit, ratios, and comparisons of two runs.
import { describe, expect, test } from "vitest";
import { checkComparable, compareResults } from "../../bench/compareResults.mjs";
import { ratiosOf, rowsOf } from "../../bench/figures.mjs";
import { median, medianOf, ratioOfMedians, ratioOfPairs } from "../../bench/statistics.mjs";

describe("statistics", () => {
  test("medians of odd and even numbers of values, whatever their order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test("an interval holds the median, lies within the values, and is narrow where they agree", () => {
    const { median: middle, low, high } = medianOf([5, 1, 9, 4, 6, 5, 3]);
    expect(middle).toBe(5);
    expect(low).toBeLessThanOrEqual(5);
    expect(high).toBeGreaterThanOrEqual(5);
    expect(low).toBeGreaterThanOrEqual(1);
    expect(high).toBeLessThanOrEqual(9);
    expect(low).toBeLessThan(high);
    expect(medianOf([2, 2, 2])).toEqual({ median: 2, low: 2, high: 2 });
  });

  test("about 95 % of intervals hold the true median", () => {
    let state = 7;
    const random = () => (state = (Math.imul(state, 48271) >>> 0) % 2147483647) / 2147483647;
    let holds = 0;
    for (let i = 0; i < 200; i++) {
      const { low, high } = medianOf(Array.from({ length: 15 }, random));
      if (low <= 0.5 && high >= 0.5) holds++;
    }
    expect(holds).toBeGreaterThan(180);
  });

  test("pairs of one round cancel what slows both", () => {
    expect(ratioOfPairs([2, 4, 40], [1, 2, 20])).toEqual({ median: 2, low: 2, high: 2 });
    expect(ratioOfMedians([2, 2, 2], [4, 4, 4])).toEqual({ median: 0.5, low: 0.5, high: 0.5 });
  });
});

const contender = (engine: string, build: string, host = "node", threads = 1) => ({
  ...{ engine, build, host, threads },
  key: [engine, build, host, threads].join(" "),
});

describe("the rows of a case", () => {
  const runs = [
    { contender: contender("zoetrope", "fma"), samples: [2, 4, 3], flops: 60e6 },
    { contender: contender("zoetrope", "fma", "node", 2), samples: [1, 2, 1.5], flops: 60e6 },
    { contender: contender("zoetrope", "wide"), samples: [1, 2, 1.5], flops: 60e6 },
    { contender: contender("litert", ""), samples: [4, 8, 6] },
    { contender: contender("litert", "wide"), samples: [2, 4, 3] },
    { contender: contender("litert", "", "page"), samples: [4, 8, 6] },
    { contender: contender("keras", "", "native"), samples: [1, 2, 1.5] },
    { contender: contender("ort", ""), samples: [], error: "out of memory" },
  ];
  // The limit of 60 million operations at 60 GFLOP/s is 1 ms, at half of that 2 ms.
  const rows = rowsOf("seed", { peaks: [60, 30, 40], runs });

  test("say how far over the limit of the same round a time is, of peers too", () => {
    expect(rows[0]).toMatchObject({
      ms: { median: 3 },
      bestMs: 2,
      gflops: 20,
      overLimit: { median: 2, low: 2, high: 2 },
    });
    expect(rows[3].overLimit!.median).toBe(4);
    expect(rows[7]).toEqual({ case: "seed", ...contender("ort", ""), error: "out of memory" });
  });

  test("ratios are of equal threads, flags and places", () => {
    const pairs = ratiosOf(rows).map(
      ({ ours, theirs, ratio }: { ours: string; theirs: string; ratio: { median: number } }) => [
        ours,
        theirs,
        ratio.median,
      ],
    );
    expect(pairs).toEqual([
      ["zoetrope fma node 1", "litert  node 1", 0.5],
      ["zoetrope fma node 1", "keras  native 1", 2],
      ["zoetrope wide node 1", "litert wide node 1", 0.5],
      ["zoetrope wide node 1", "keras  native 1", 1],
    ]);
  });

  test("a kernel that only moves is stated by its bytes", () => {
    const [row] = rowsOf("fill", { peaks: [60], runs: [{ contender: runs[0].contender, samples: [2], bytes: 4e6 }] });
    expect(row.gbPerSecond).toBe(2);
    expect(row.overLimit).toBe(undefined);
  });
});

describe("a comparison of two runs", () => {
  const machine = { cpu: "A", cores: 2 };
  const of = (samples: number[], peak: number, more = {}) => ({
    ...{ machine, node: "20.1.0" },
    rows: [
      ...rowsOf("gemm512", { peaks: samples.map(() => peak), runs: [{ contender: contender("zoetrope", "fma"), samples, flops: 60e6 }] }),
      ...rowsOf("fill", { peaks: samples.map(() => peak), runs: [{ contender: contender("zoetrope", "fma"), samples, bytes: 1 }] }),
    ],
    ...more,
  }); // prettier-ignore

  test("counts in limits, so that a slower machine is no slower program", () => {
    const [gemm, fill] = compareResults(of([2, 2, 2], 60), of([4, 4, 4], 30));
    expect(gemm).toMatchObject({ case: "gemm512", of: "time / limit", ratio: { median: 1, low: 1, high: 1 } });
    expect(fill).toMatchObject({ of: "ms", ratio: { median: 2 } });
  });

  test("leaves out what one run has not", () => {
    const newer = of([2, 2], 60);
    expect(
      compareResults({ ...newer, rows: newer.rows.slice(1) }, newer).map((row: { case: string }) => row.case),
    ).toEqual(["fill"]);
  });

  test("another machine, Node or build is refused in one line, unless forced", () => {
    const older = of([2, 2], 60);
    const other = { ...of([2, 2], 60), machine: { cpu: "B", cores: 2 }, node: "24.0.0" };
    other.rows = other.rows.map((row) => ({ ...row, build: "plain" }));
    expect(() => checkComparable(older, other, false)).toThrow(
      "--compare: the older run has another processor (A then, B now) and another version of Node (20 then, 24 now) and another builds (fma then, plain now); --force compares all the same.".replace("another builds", "other builds"),
    );
    expect(() => checkComparable(older, other, true)).not.toThrow();
    expect(() => checkComparable(older, of([9], 60, { node: "20.9.9" }), false)).not.toThrow();
  }); // prettier-ignore
});
