// The benchmark as a program: what it writes, and how it ends when it is stopped.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chartOf } from "../../bench/chart.mjs";
import { readResults } from "../../bench/results.mjs";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("bench");

/** Starts it in a group of its own, and collects what it prints. */
function start(...args: string[]) {
  const child = spawn(process.execPath, ["bench/run.mjs", ...args], { detached: true, stdio: ["ignore", "pipe", "pipe"] }); // prettier-ignore
  const printed = { out: "", error: "" };
  child.stdout.on("data", (piece) => (printed.out += piece));
  child.stderr.on("data", (piece) => (printed.error += piece));
  const ended = new Promise<number | null>((done) => void child.on("close", done));
  return { child, printed, ended };
}

/** Whether a process of the group is left. */
function isRunning({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-pid!, 0);
  } catch {
    return false;
  }
}

test("a run prints its cases, and writes figures that can be compared and drawn", async () => {
  const { printed, ended } = start("--only", "gemm512,launch", "--rounds", "2", "--build", "plain,fma");
  expect(await ended, printed.error).toBe(0);
  expect(printed.out).toMatch(/^the peak of one core, 128 bits: \d+\.\d GFLOP\/s by fused multiply-adds/m);
  expect(printed.out).toMatch(/^gemm512 .*\n {2}Zoetrope, plain .*\n {2}Zoetrope, fma /m);
  const file = "build/bench/last.json";
  const results = readResults(file);
  expect(results).toMatchObject({ format: 2, rounds: 2, node: process.versions.node, machine: { cores: expect.any(Number) } }); // prettier-ignore
  expect(results.peakGflops.fma.median).toBeGreaterThan(1);
  const gemm = results.rows.filter((row: { case: string }) => row.case === "gemm512");
  expect(gemm.map(({ build, samples }: { build: string; samples: number[] }) => [build, samples.length])).toEqual([
    ["plain", 2],
    ["fma", 2],
  ]);
  for (const { overLimit } of gemm) expect(overLimit.median).toBeGreaterThan(0);
  const svg = readFileSync("build/bench/last.svg", "utf8");
  expect(svg).toMatch(/^<svg .*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg.match(/>Zoetrope, fma</g)).toHaveLength(1);

  const same = start("--compare", file, file);
  expect(await same.ended).toBe(0);
  expect(same.printed.out).toMatch(/^gemm512 +Zoetrope, fma +time \/ limit +1 \(/m);
  const older = join(folder, "older.json");
  writeFileSync(older, JSON.stringify({ ...results, machine: { cpu: "another", cores: 3 } }));
  const refused = start("--compare", older, file);
  expect(await refused.ended).toBe(1);
  expect(refused.printed.error).toMatch(/^bench: --compare: the older run has another processor \(another then, .*; --force compares all the same\.\n$/); // prettier-ignore
  const forced = start("--force", "--compare", older, file);
  expect(await forced.ended).toBe(0);
});

test("a wrong option or file is an error of one line", async () => {
  const wrong = {
    "--only nothing": /^bench: --only nothing: no such case; expected part of gemm512, /,
    "--compare nowhere.json": /^bench: --compare nowhere\.json: ENOENT/,
    "--compare package.json": /^bench: --compare package\.json: format none; expected 2/,
    "--in moon": /^bench: --in moon: received "moon"; expected node, page\.$/,
  };
  for (const [args, says] of Object.entries(wrong)) {
    const { printed, ended } = start(...args.split(" "));
    expect(await ended).toBe(1);
    expect(printed.error.trim()).toMatch(says);
    expect(printed.error.trim()).not.toContain("\n");
  }
});

test("Ctrl-C ends it, its processes and nothing else, and writes nothing", async () => {
  const { child, printed, ended } = start("--only", "mobilenet_b1", "--rounds", "1000");
  while (!printed.error.includes("round 1 of")) {
    await new Promise((done) => setTimeout(done, 50));
    expect(child.exitCode, printed.error).toBe(null);
  }
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(printed.error).toContain("bench: stopped; nothing was written");
  expect(printed.out).not.toContain("written");
  for (let i = 0; i < 100 && isRunning(child); i++) await new Promise((done) => setTimeout(done, 50));
  expect(isRunning(child)).toBe(false);
});

test("the loops of the peak compute what they say, and cannot be skipped", async () => {
  // By a name that tsc does not follow: the types of assemblyscript change those of arrays.
  const { peakLoops } = await import("../../bench/peak.mjs" as string);
  const loops = await peakLoops("mulAdd");
  // -s + 0, an even number of times, gives the numbers 1, 2, ... again: their sum.
  expect(loops.slice(0, 2).map(({ run }: { run: () => number }) => run())).toEqual([55, 78]);
  expect(loops.map(({ flops }: { flops: number }) => flops / 500_000)).toEqual([80, 96, 48]);
});

test("the chart has a line for each figure, and none where there is no limit", () => {
  const head = { machine: { cpu: "A", cores: 2 }, node: "20.0.0", date: "2026-12-01T00:00:00Z" };
  const figure = (median: number) => ({ median, low: median * 0.9, high: median * 1.1 });
  const row = (engine: string, build: string, median: number) => ({
    ...{ case: "seed", engine, build, host: "node", threads: 1, key: `${engine} ${build}` },
    overLimit: figure(median),
  });
  const rows = [row("zoetrope", "fma", 1.1), row("zoetrope", "wide", 0.7), row("litert", "", 1.8), row("keras", "", 1.2)];
  const svg = chartOf({ ...head, rows })!;
  for (const text of ["Zoetrope, fma", "Zoetrope, wide", "LiteRT.js", "1.10", "0.700", "1.80", "A, 2 cores; Node 20.0.0"]) {
    expect(svg).toContain(text);
  }
  // The fastest comes first.
  expect(svg.indexOf(">Zoetrope, wide<")).toBeLessThan(svg.indexOf(">Keras<"));
  expect(chartOf({ ...head, rows: rows.map(({ overLimit, ...rest }) => rest) })).toBe(undefined);
}); // prettier-ignore
