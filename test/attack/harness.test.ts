// The judgement of the harness, with fakes in place of attacks: it flags what it is to flag, and cases can be made again.
import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FileError, OutOfMemoryError } from "../../src/errors.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { isAllowed, isLeftOut } from "./arguments/leftOut.mjs";
import { entries } from "./arguments/types.mjs";
import { areas } from "./areas.mjs";
import { isWritable } from "./files/json.mjs";
import { titles as argumentTitles } from "./areas/arguments.mjs";
import { checkEnd } from "./areas/kills.mjs";
import { deadlineOf, Finding, growthOf, judge, kindOf, must, NotHere, trendOf } from "./finding.mjs";
import { Lane, privateEnvironment } from "./lane.mjs";
import { coverageOf, findingsOf, readKept, tableOf, Tally } from "./results.mjs";
import { judgeSeries } from "./soak/judge.mjs";
import { chanceOf } from "./support/chance.mjs";
import { refusalOf } from "./support/program.mjs";
import { makeSlowdown } from "./support/slowdown.mjs";

const folder = temporaryFolder("attack");

/** An error that is typed by its name, with a text that the constructors of the package would mend. */
const typed = (message: string) => Object.assign(new Error(message), { name: "FileError" });

describe("errors", () => {
  test("of the package in one line are typed", () => {
    expect(judge(new FileError("a.keras: is broken.")).outcome).toBe("typed");
    expect(judge(new OutOfMemoryError("no memory.")).outcome).toBe("typed");
  });

  test.each([
    ["of JavaScript", new TypeError("x is not iterable"), "TypeError: x is not iterable"],
    ["that are none", "a text", "a text"],
    ["of several lines", typed("a\nb"), "a message of several lines"],
    ["with control characters", typed("\u001b[31m"), "control characters"],
    ["without a message", typed(""), "an empty message"],
    ["with what JavaScript says", typed("a.keras is broken (x is not a function)."), "an error of JavaScript"],
    ["with a whole file as a name", typed("x".repeat(160_000)), "a message of 160000 characters"],
  ])("%s are untyped", (_, error, message) => {
    expect(judge(error)).toMatchObject({ outcome: "untyped", message: expect.stringContaining(message) });
  });

  test("of a case are what it says", () => {
    expect(judge(new Finding("lost", "gone", new TypeError("x")))).toMatchObject({ outcome: "lost", message: "gone" });
    expect(judge(new NotHere("no ffmpeg")).outcome).toBe("skipped");
    expect(() => must(false, "lost", "gone")).toThrow(Finding);
    expect(() => must(true, "lost", "gone")).not.toThrow();
  });

  test("of one kind are counted together", () => {
    expect(kindOf('tensor "a" has 3 of [2, 3]')).toBe(kindOf('tensor "bc" has 17 of [4]'));
    expect(kindOf("TypeError: shape.map is not a function")).toBe(kindOf("TypeError: x is not a function"));
    expect(kindOf("TypeError: x is not a function")).not.toBe(kindOf("RangeError: x is too large"));
  });
});

describe("the attack on arguments", () => {
  test("reaches every function that is exported, and what classes and makers give", async () => {
    const titles = new Set(await argumentTitles());
    for (const entry of Object.keys(entries)) {
      for (const [name, value] of Object.entries((await import(entry)) as object)) {
        if (typeof value !== "function" || isLeftOut(name) || isLeftOut(`new ${name}`)) continue;
        const own = [name, `new ${name}`].some((title) => titles.has(`${entry}: ${title}`));
        expect({ entry, name, own }).toEqual({ entry, name, own: true });
      }
    }
    const others = ["ModelLayer.dispose", "ModelLayer.fit", "ModelLayer.trainable =", "LSTMLayer.gates", "NormalizationLayer.adapt", "Optimizer.apply", "Optimizer.learningRate ="];
    for (const name of [...others, "AUC()()", "Huber().perSample", "EarlyStopping().onEpochEnd", "CosineDecay()()", "Dense()()", "valueAndGrad()()"]) {
      expect(titles).toContain(`zoetrope: ${name}`);
    }
    expect(titles).not.toContain("zoetrope: SequentialModel.addAll"); // internal
  }); // prettier-ignore

  test("hands over errors of the caller's own objects and functions", () => {
    expect(isAllowed("sum", "Error: thrown by a getter of the case")).toBe(true);
    expect(isAllowed("sum", "thrown by a function of the case")).toBe(true);
    expect(isAllowed("sum", "TypeError: Cannot perform 'get' on a proxy that has been revoked")).toBe(true);
    expect(isAllowed("sum", "TypeError: x is not iterable")).toBe(false);
  });
});

test("JSON whose changes have multiplied each other is not written", () => {
  const item = ["x".repeat(1000)];
  const many = (of: unknown) => Array.from({ length: 1000 }, () => of);
  expect(isWritable(many(item))).toBe(true);
  expect(isWritable(many(many(item)))).toBe(false);
  expect(isWritable("xx", 2)).toBe(false);
  const nested = (levels: number): unknown => Array.from({ length: levels }).reduce((inner: unknown) => [inner], 1);
  expect(isWritable(nested(3000))).toBe(true);
  expect(isWritable(nested(10_000))).toBe(false);
});

describe("growth", () => {
  const noise = (i: number) => 2 ** 20 * Math.sin(i * i);

  const looks = (length: number, process: (i: number) => number, objects: (i: number) => number = () => 1e7) =>
    Array.from({ length }, (_, i) => ({ process: process(i), objects: objects(i) }));

  test("is what surely goes on after the warm-up", () => {
    const leak = looks(300, (i) => 2 ** 27 + i * 2 ** 19 + noise(i));
    expect(growthOf(leak)).toMatchObject({ outcome: "growth", message: expect.stringMatching(/^the process .* KB a sample/) });
    const kept = looks(300, (i) => 2 ** 27 + noise(i), (i) => 1e7 + i * 5e4);
    expect(growthOf(kept)).toMatchObject({ outcome: "growth", message: expect.stringMatching(/^the objects of the process /) });
  }); // prettier-ignore

  test("is not noise, nor warm-up, nor what few samples say", () => {
    const steady = (i: number) => 2 ** 27 + noise(i);
    expect(growthOf(looks(300, steady))).toBe(undefined);
    expect(growthOf(looks(300, (i) => 2 ** 27 + Math.min(i, 90) * 2 ** 20))).toBe(undefined);
    expect(growthOf(looks(300, steady, (i) => 1e7 + 1e6 * Math.log(i + 1)))).toBe(undefined);
    expect(growthOf(looks(50, (i) => i * 2 ** 24))).toBe(undefined);
    // Garbage that is collected every third look, ever more of it.
    expect(growthOf(looks(300, (i) => 2 ** 27 + (i % 3) * i * 2 ** 19))).toBe(undefined);
  });

  test("has the slope of least squares", () => {
    expect(trendOf([1, 3, 5, 7])).toEqual({ slope: 2, halfWidth: 0 });
    expect(trendOf([1, 2, 2, 3], [0, 10, 20, 30]).slope).toBeCloseTo(0.06, 12);
    expect(trendOf([1, 2, 1, 2, 1, 2]).halfWidth).toBeGreaterThan(trendOf([1, 2, 1, 2, 1, 2]).slope);
  });

  const sample = (i: number, bytes: number, buffers = 20, each = 10) => ({ seconds: each * i, bytes, heapBytes: bytes, buffers, usedBytes: 100, reservedBytes: 200 }); // prettier-ignore
  const series = (bytes: (i: number) => number, { buffers = (_: number): number => 20, length = 180 } = {}) =>
    judgeSeries(Array.from({ length }, (_, i) => sample(i, bytes(i), buffers(i))));
  const verdicts = ({ trends }: ReturnType<typeof judgeSeries>) => [trends.heapBytes.verdict, trends.bytes.verdict];

  test("of a soak: one buffer is enough, of memory only more than the bounds", () => {
    expect(series(() => 1e8)).toMatchObject({ faults: [], doubts: [] });
    const late = series(() => 1e8, { buffers: (i) => 20 + Math.floor(i / 150) });
    expect(late.faults).toEqual(["buffers grew from 20 to 21"]);
    const leak = series((i) => 1e8 + i * 2 ** 17);
    expect(verdicts(leak)).toEqual(["grows", "grows"]);
    expect(leak.faults[0]).toMatch(/^what its objects hold grows by 768 ± 0 KB a minute, surely more than 100$/);
    expect(verdicts(series((i) => 1e8 + i * 2 ** 15))).toEqual(["grows", "steady"]); // 192 KB a minute
    expect(verdicts(series((i) => 1e8 + i * 2 ** 13))).toEqual(["steady", "steady"]);
  });

  test("of a soak is not what memory wanders by, nor warm-up", () => {
    const chance = chanceOf(1, "soak", 0);
    let level = 0;
    // Each level is near the one before: a line through all of them would be far too sure of its slope.
    const wander = Array.from({ length: 180 }, () => (level = 0.9 * level + (chance.below(2001) - 1000) * 300));
    const { faults, trends } = series((i) => 1e8 + wander[i]);
    expect(faults).toEqual([]);
    expect(trends.bytes.halfWidth).toBeGreaterThan(Math.abs(trends.bytes.slope));
    expect(verdicts(series((i) => 1e8 + Math.min(i, 55) * 2 ** 20))).toEqual(["steady", "steady"]);
  });

  test("of a soak is not judged in a short run, which says so", () => {
    const short = series((i) => 1e8 + i * 2 ** 20, { length: 30 });
    expect(short.faults).toEqual([]);
    expect(short.doubts[0]).toMatch(/^12 samples after a warm-up of 3\.0 minutes are too few for a verdict on memory/);
    expect(judgeSeries([sample(0, 1)])).toMatchObject({ faults: [], samples: 0 });
    const leaking = series(() => 1e8, { length: 30, buffers: (i) => i });
    expect(leaking.faults).toEqual(["buffers grew from 2 to 29"]);
  });

  test("of a soak has no verdict where the interval holds the bound", () => {
    const { faults, doubts } = series((i) => 1e8 + (i % 60) * 2 ** 17);
    expect(faults).toEqual([]);
    expect(doubts[0]).toMatch(/^what its objects hold: no verdict, .*give more --minutes$/);
  });
});

// ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Message = Record<string, unknown>;

/** A process that answers what it is told to. */
class FakeChild extends EventEmitter {
  exitCode: number | null = null;
  signalCode: string | null = null;
  stdout = new EventEmitter();
  stderr = new EventEmitter();

  constructor(readonly react: (child: FakeChild, index: number) => void) {
    super();
    setImmediate(() => this.emit("message", { ready: true }));
  }

  send({ index }: { index: number }) {
    setImmediate(() => this.react(this, index));
  }

  answer(message: Message) {
    this.emit("message", message);
  }

  end(status: number | null, signal: string | null = null) {
    this.exitCode = status;
    this.signalCode = signal;
    this.emit("close", status, signal);
  }

  kill() {
    this.end(null, "SIGKILL");
  }
}

/** Prints how many MB a process gives back of 125 that lie between 4 MB which it keeps. */
const givesBack = `
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
  const kept = [];
  let freed = [];
  for (let i = 0; i < 8000; i++) {
    freed.push(new Uint8Array(16384).fill(1));
    kept.push(new Uint8Array(500));
  }
  const most = process.memoryUsage().rss;
  freed = [];
  for (let i = 0; i < 2; i++) {
    gc();
    await pause();
  }
  console.log((most - process.memoryUsage().rss) / 2 ** 20);
`;
const isGlibc = "glibcVersionRuntime" in ((process.report.getReport() as { header?: object }).header ?? {});

const lanes: Lane[] = [];
afterAll(() => Promise.all(lanes.map((lane) => lane.close())));

function laneOf(react: (child: FakeChild, index: number) => void): Lane {
  const area = { title: "a fake", expectedSeconds: 1, share: 1, load: () => Promise.reject(new Error("not loaded")) };
  const lane = new Lane("fake", area, 1, { start: () => new FakeChild(react) as never, slowdown: () => 1, deadline: () => 30 });
  lanes.push(lane);
  return lane;
} // prettier-ignore

describe("processes", () => {
  test.runIf(isGlibc)("give back what they have freed: what is left in them is in use", () => {
    const env = privateEnvironment(folder);
    const args = ["--expose-gc", "--input-type=module", "--eval", givesBack];
    expect(Number(execFileSync(process.execPath, args, { env, encoding: "utf8" }))).toBeGreaterThan(100);
  });

  test("answer", async () => {
    const lane = laneOf((child, index) => child.answer({ index, verdict: { title: "a", outcome: "survived", message: "" } }));
    expect(await lane.run(3)).toMatchObject({ title: "a", outcome: "survived" });
    await lane.run(4);
    expect(lane.starts).toBe(1);
  }); // prettier-ignore

  test("that end are untyped, with what they said, and are started again", async () => {
    const lane = laneOf((child, index) => {
      child.answer({ title: "the third" });
      child.stderr.emit("data", "out of memory");
      child.end(index === 0 ? 134 : null, index === 0 ? null : "SIGSEGV");
    });
    const wanted = { outcome: "untyped", title: "the third", message: "the process ended with 134: out of memory" };
    expect(await lane.run(0)).toMatchObject(wanted);
    expect((await lane.run(1)).message).toBe("the process ended with SIGSEGV: out of memory");
    expect(lane.starts).toBe(2);
  });

  test("that do not answer are ended, tried again alone, and hang then", async () => {
    const lane = laneOf((child) => child.answer({ title: "a loop" }));
    expect(await lane.run(0)).toMatchObject({ outcome: "hung", title: "a loop" });
    expect(lane.starts).toBe(2);
  });

  test("whose engine is spoiled are ended", async () => {
    const verdict = { title: "a", outcome: "lost", message: "spoiled", isSpoiled: true };
    const lane = laneOf((child, index) => child.answer({ index, verdict }));
    expect((await lane.run(0)).outcome).toBe("lost");
    await lane.run(1);
    expect(lane.starts).toBe(2);
  });

  test("that were slow once do not hang", async () => {
    let tries = 0;
    const lane = laneOf((child, index) => {
      if (++tries > 1) child.answer({ index, verdict: { title: "a", outcome: "survived", message: "" } });
    });
    expect((await lane.run(0)).outcome).toBe("survived");
  });

  test("have ten times the expected time, ten seconds at least, more on a machine that is busy", () => {
    expect(deadlineOf(0.1, 1)).toBe(10_000);
    expect(deadlineOf(3, 1)).toBe(30_000);
    expect(deadlineOf(3, 2.5)).toBe(75_000);
    const steps = [100, 100, 300];
    let at = 0;
    let load = 0.5;
    const clock = makeSlowdown(
      () => (at++ % 2 === 0 ? 0 : steps[at / 2 - 1]!),
      () => load,
    );
    expect([clock(), clock(), clock()]).toEqual([1, 1, 3]);
    [at, load] = [0, 4];
    expect(clock()).toBe(4);
  });
});

// ── results ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

test("findings are counted by kind, and kept so that they can be tried again", () => {
  const tally = new Tally("files", 5, join(folder, "findings"));
  const answer = (outcome: string, message: string, title = "a") => ({ outcome, message, title }) as never;
  tally.add(0, answer("survived", ""));
  tally.add(1, answer("typed", "x"));
  tally.add(2, answer("untyped", "TypeError: a is not iterable"));
  tally.add(3, answer("untyped", "TypeError: b is not iterable", "\u001b[31mb"));
  tally.add(4, answer("lost", "gone"));
  tally.add(5, answer("skipped", "no disks here"));
  expect(tally.counts).toMatchObject({ survived: 1, typed: 1, untyped: 2, lost: 1, skipped: 1 });
  expect([tally.tried, tally.numFindings, tally.findings.size]).toEqual([5, 3, 2]);
  const [first] = [...tally.findings.values()][0].files.values();
  expect(readKept(first)).toMatchObject({ area: "files", seed: 5, index: 2, outcome: "untyped" });
  expect(() => readKept("package.json")).toThrow(/expected \{ area, seed, index \}/);
  expect(tableOf([tally]).split("\n")[1]).toMatch(/^files +5 +1 +1 +2 +0 +1 +0 +1$/);
  const text = findingsOf([tally]);
  expect(text).toContain("files: left out: no disks here");
  expect(text).toContain(`npm run attack -- --replay ${first}`);
  expect(text).not.toContain("\u001b");
  expect(readFileSync(first, "utf8")).toContain('"node"');
  const rows = coverageOf(tally, ["a", "never"]).split("\n");
  expect(rows[0]).toBe("files: 3 titles, 2 tried, 1 survived once at least");
  expect(rows.slice(1)).toContainEqual(expect.stringMatching(/^ +0 tried +0 survived {2}never$/));
});

test("a signal is heard, but for one that comes with the end", () => {
  const ended = (status: number, heard: number) => ({ status, signal: null, out: "done\n", err: "", heard });
  expect(() => checkEnd(ended(130, 9000), "SIGINT", 9000)).not.toThrow();
  expect(() => checkEnd(ended(143, 9000), "SIGTERM", 9000)).not.toThrow();
  expect(() => checkEnd(ended(0, 800), "SIGTERM", 9000)).not.toThrow();
  expect(() => checkEnd(ended(0, 1e7), "SIGTERM", 9000)).toThrow("SIGTERM was not heard: exit code 0 after 10000000 ms more");
}); // prettier-ignore

test("the command may be refused in one line only", () => {
  const ended = (status: number | null, err: string, out = "", signal: NodeJS.Signals | null = null) => ({ status, signal, out, err }); // prettier-ignore
  expect(refusalOf(ended(1, "zoetrope: a.keras: is broken.\n"))).toBe("zoetrope: a.keras: is broken.");
  expect(refusalOf(ended(0, "", "done\n"))).toBe(undefined);
  const wrong = [
    ended(1, "TypeError: x\n    at main (file:///cli.js:1:1)\n"),
    ended(1, "zoetrope: \u001b[31mred\n"),
    ended(1, "zoetrope: a\nb\n"),
    ended(0, "zoetrope: a.\n"),
    ended(2, ""),
    ended(1, ""),
    ended(7, "zoetrope: a.\n"),
    ended(null, "", "", "SIGSEGV"),
  ];
  for (const each of wrong) expect(() => refusalOf(each), JSON.stringify(each)).toThrow(Finding);
});

test("a seed, an area and a number make the same case every time, and others another one", () => {
  const draws = (...given: Parameters<typeof chanceOf>) => {
    const chance = chanceOf(...given);
    return Array.from({ length: 20 }, () => chance.below(1000)).join();
  };
  expect(draws(1, "files", 2)).toBe(draws(1, "files", 2));
  expect(new Set([draws(1, "files", 2), draws(2, "files", 2), draws(1, "files", 3), draws(1, "media", 2)]).size).toBe(
    4,
  );
});

test.each(Object.entries(areas))("%s has a title, a time and code", async (_, area) => {
  expect(area.title).not.toMatch(/^[A-Z]|\.$/);
  expect(area.expectedSeconds).toBeGreaterThan(0);
  expect(area.share).toBeGreaterThan(0);
  expect(area.load).toBeTypeOf("function");
});
