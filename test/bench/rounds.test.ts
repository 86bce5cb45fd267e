// The order of the measurement, and what becomes of contenders that fail.
import { expect, test } from "vitest";
import { openProgram } from "../../bench/contender.mjs";
import { Rounds } from "../../bench/rounds.mjs";
import { answering } from "../../bench/timing.mjs";

const asked: string[] = [];
const opened: string[] = [];

/** A contender that notes what it is asked. */
const contender = (key: string, reply: (request: { what: string; case?: string }) => object = () => ({})) => ({
  ...{ key, text: key },
  open: async () => {
    opened.push(key);
    return {
      ask: async (request: { what: string; case?: string }) => {
        asked.push(`${key} ${request.what}`);
        return { ...(request.what === "sample" ? { ms: 1 } : {}), ...reply(request) };
      },
      close: async () => void asked.push(`${key} closed`),
    };
  },
});

const peak = contender("peak", ({ what }) => (what === "start" ? { flops: 2e6 } : {})).open;

test("contenders take turns, in reverse order in every second round, and stay open", async () => {
  const absent: string[] = [];
  const rounds = new Rounds(
    peak,
    () => {},
    ({ key }: { key: string }, why: string) => absent.push(`${key}: ${why}`),
  );
  const failing = contender("c", ({ what }) => (what === "sample" ? { error: "it broke" } : {}));
  const missing = contender("d", () => ({ error: "No module named 'torch'" }));
  const all = [contender("a"), contender("b"), failing, missing];
  const { peaks, runs } = await rounds.time("seed", all, 3);
  expect(asked.filter((each) => / sample/.test(each))).toEqual([
    ...["peak sample", "a sample", "b sample", "c sample"],
    ...["peak sample", "b sample", "a sample"],
    ...["peak sample", "a sample", "b sample"],
  ]);
  expect(peaks).toEqual([2, 2, 2]);
  expect(runs.map(({ samples, error }) => ({ samples, error }))).toEqual([
    { samples: [1, 1, 1], error: undefined },
    { samples: [1, 1, 1], error: undefined },
    { samples: [], error: "it broke" },
  ]);
  expect(absent).toEqual(["d: No module named 'torch'"]);
  await rounds.time("gemm", all, 1);
  expect(absent).toHaveLength(1);
  expect(opened).toEqual(["peak", "a", "b", "c", "d"]);
  await rounds.close();
  expect(asked.slice(-5)).toEqual(["peak closed", "a closed", "b closed", "c closed", "d closed"]);
});

test("a contender's side warms up, times some calls, and gives errors as texts", async () => {
  let calls = 0;
  const run = () => void calls++;
  const answer = answering(Promise.resolve((name: string) => {
    if (name === "none") throw new Error("not a case of this engine\nat all");
    return { run, stop: () => void (calls = -1), flops: 8 };
  })); // prettier-ignore
  expect(await answer({ what: "start", case: "none" })).toEqual({ error: "not a case of this engine" });
  expect(await answer({ what: "start", case: "one" })).toEqual({ flops: 8 });
  expect(calls).toBeGreaterThan(2);
  const { ms } = (await answer({ what: "sample" })) as { ms: number };
  expect(ms).toBeGreaterThanOrEqual(0);
  await answer({ what: "stop" });
  expect(calls).toBe(-1);
  const failed = answering(Promise.reject(new Error("Cannot find package 'x'")));
  expect(await failed({ what: "start", case: "one" })).toEqual({ error: "Cannot find package 'x'" });
});

test("a program that is not there, or ends, answers with why", async () => {
  const missing = openProgram("no-such-program", []);
  expect(await missing.ask({ what: "start" })).toEqual({ error: "there is no program no-such-program" });
  const ending = openProgram(process.execPath, ["-e", "console.error('Error: a fault'); process.exit(3)"]);
  expect(await ending.ask({ what: "start" })).toEqual({ error: "ended with 3: Error: a fault" });
  expect(await ending.ask({ what: "sample" })).toEqual({ error: "ended with 3: Error: a fault" });
});
