// zoetrope profile: the times of a model's kernel calls.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { saveModel } from "../../src/formats/index.js";
import { Dense, Input, Sequential, TimeDistributed } from "../../src/index.js";
import { runCommand } from "../support/command.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("profile");
const run = (args: string[]) => runCommand(args, { cwd: folder });

test("profile times the kernel calls of a file, of the sizes that it leaves open", async () => {
  const model = Sequential([Input({ shape: [null, 6] }), TimeDistributed(Dense({ units: 3 }))]);
  writeFileSync(join(folder, "open.safetensors"), await saveModel(model));
  const { code, out } = await run(["profile", "open.safetensors", "--sizes", "5", "--runs", "2", "--json"]);
  expect(code).toBe(0);
  const { rows, macs, ms } = JSON.parse(out);
  expect(rows.map(({ kernel }: { kernel: string }) => kernel)).toEqual(["gemm, bias"]);
  expect(rows[0]).toMatchObject({ sizes: "5x6 * 6x3", macs: 90, share: 1 });
  expect(macs).toBe(90);
  expect(ms).toBeGreaterThan(0);
  const said = await run(["profile", "open.safetensors", "--sizes", "5"]);
  expect(said.out).toMatch(/(?:^|\n)kernel +layers +sizes .* ms +GFLOP\/s +of peak +time\ngemm, bias /);
  const wrong = await run(["profile", "open.safetensors"]);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toMatch(
    /^zoetrope: profile: Sequential ".*" reads \[any, any, 6\]; expected with --sizes as many sizes as it leaves open after the batch\.\n/,
  );
});

test("profile writes a page of the times with --report, and its name and the peak as data", async () => {
  const model = Sequential([Input({ shape: [6] }), Dense({ units: 3, name: "score" })]);
  writeFileSync(join(folder, "page.safetensors"), await saveModel(model));
  const { code, out } = await run(["profile", "page.safetensors", "--report", "page.html", "--json"]);
  expect(code).toBe(0);
  const { html, peak, rows } = JSON.parse(out);
  expect(html).toBe(join(folder, "page.html"));
  expect(peak).toBeGreaterThan(0);
  expect(rows[0].ofPeak).toBe(rows[0].gflops > 0 ? rows[0].gflops / peak : undefined);
  const page = readFileSync(html, "utf8");
  expect(page).toContain('<meta name="generator" content="zoetrope">');
  for (const text of ["page.safetensors", "[1, 6]", "score", "gemm, bias", "1x6 * 6x3"]) expect(page).toContain(text);
  for (const [name, message] of [
    ["page.txt", "zoetrope: --report page.txt; expected a name that ends in .html.\n"],
    ["none/page.html", /^zoetrope: .*none.*give another place with --report FILE\.html\.\n/],
  ] as const) {
    const wrong = await run(["profile", "page.safetensors", "--report", name]);
    expect(wrong.code).toBe(typeof message === "string" ? 2 : 1);
    expect(wrong.err).toMatch(message);
    expect(wrong.out).toBe("");
  }
});
