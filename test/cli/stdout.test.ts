// What the command does where its standard output takes nothing more: it says so, or goes on where a reader has had enough.
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveModel } from "../../src/formats/index.js";
import { Dense, Input, type ModelLayer, Sequential } from "../../src/index.js";
import { runCommand } from "../support/command.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const cwd = temporaryFolder("stdout");
const hasFull = existsSync("/dev/full");

/** A chain of so many layers, whose summary as JSON has about 90 bytes for each. */
const chain = (layers: number): ModelLayer =>
  Sequential([Input({ shape: [1] }), ...Array.from({ length: layers }, () => Dense({ units: 1 }))]);

beforeAll(async () => {
  await saveModel(chain(1), join(cwd, "small.safetensors"));
  await saveModel(chain(2000), join(cwd, "large.safetensors"));
});

/** Runs it with its standard output in a file. */
async function into(file: string, ...args: string[]) {
  const stdout = openSync(file, "w");
  try {
    return await runCommand(args, { cwd, stdout });
  } finally {
    closeSync(stdout);
  }
}

test.skipIf(!hasFull)("a device that takes nothing is a failure of one line", async () => {
  const said = "the standard output cannot be written (ENOSPC: the disk is full).\n";
  for (const args of [["summary", "small.safetensors"], ["--help"], ["--version"]]) {
    expect(await into("/dev/full", ...args)).toEqual({ code: 1, out: "", err: `zoetrope: ${said}` });
  }
  const { code, err } = await into("/dev/full", "summary", "small.safetensors", "--json");
  expect([code, err.endsWith(`\nzoetrope: the result is cut off: ${said}`)]).toEqual([1, true]);
});

test.skipIf(!hasFull)("the work is done all the same where it is saved in a file", async () => {
  const { code, err } = await into("/dev/full", "convert", "small.safetensors", "copy.safetensors");
  expect([code, err]).toEqual([1, "zoetrope: the standard output cannot be written (ENOSPC: the disk is full).\n"]);
  const [from, to] = ["small", "copy"].map((name) => readFileSync(join(cwd, `${name}.safetensors`)));
  expect(to.equals(from)).toBe(true);
});

/** Runs it in a pipe with another program, which takes its standard output. */
function inPipe(args: string, reader: string): { code: string; out: string; err: string } {
  const command = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  const pipe = `{ "${process.execPath}" "${command}" ${args} 2>err.txt; echo $? >code.txt; } | (${reader})`;
  const out = execFileSync("sh", ["-c", pipe], { cwd, encoding: "utf8", maxBuffer: 1 << 24 });
  const [code, err] = ["code.txt", "err.txt"].map((name) => readFileSync(join(cwd, name), "utf8"));
  return { code, out, err };
}

test.skipIf(!existsSync("/dev/fd"))("a model goes into another pipe, and not into that of what is said", () => {
  const { code, out, err } = inPipe("convert small.safetensors /dev/fd/3 3>&1 1>said.txt", "cat >got.safetensors");
  const said = readFileSync(join(cwd, "said.txt"), "utf8");
  expect([code, out, err, said]).toEqual([
    "0\n", "", "", expect.stringContaining("small.safetensors -> /dev/fd/3: sequential")]); // prettier-ignore
  const [from, to] = ["small", "got"].map((name) => readFileSync(join(cwd, `${name}.safetensors`)));
  expect(to.equals(from)).toBe(true);
  expect(inPipe("convert small.safetensors /dev/stdout", "cat")).toEqual({
    code: "2\n",
    out: "",
    err: "zoetrope: /dev/stdout is the standard output, which gets what this command says; give a file.\n",
  });
});

// More text than a pipe holds, 64 KB.
describe.runIf(process.platform !== "win32")("a reader", () => {
  test("that has had enough ends text without a word; JSON that is cut off is no success", () => {
    expect(inPipe("summary large.safetensors", "head -c 10").code).toBe("0\n");
    const { code, err } = inPipe("summary large.safetensors --json", "head -c 10");
    expect(code).toBe("1\n");
    expect(err).toMatch(/\nzoetrope: the result is cut off: the standard output cannot be written \(EPIPE: .*\)\.\n$/);
  });

  test("that has had enough does not end work that is saved", () => {
    const { code, err } = inPipe("convert small.safetensors piped.safetensors", "exec <&-; true");
    expect([code, err]).toEqual(["0\n", ""]);
    expect(existsSync(join(cwd, "piped.safetensors"))).toBe(true);
  });

  test("that is slow gets all of a large result", () => {
    const { code, out } = inPipe("summary large.safetensors --json", "sleep 2; cat");
    expect([code, out.length > 1 << 16, JSON.parse(out).layers.length]).toEqual(["0\n", true, 2000]);
  });
});

/** A disk with room for a part of the result. */
const disk = join(cwd, "disk");
const isMounted = process.getuid?.() === 0 && mount();
afterAll(() => void (isMounted && execFileSync("umount", [disk])));

function mount(): boolean {
  try {
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!isMounted)("a disk that becomes full in the middle of the result is a failure", async () => {
  const { code, err } = await into(join(disk, "result.json"), "summary", "large.safetensors", "--json");
  expect([code, err.includes("the result is cut off: the standard output cannot be written (ENOSPC")]).toEqual([1, true]);
  expect(statSync(join(disk, "result.json")).size).toBe(1 << 16);
}); // prettier-ignore

test("an error whose place is asked for is followed by it, and otherwise not", async () => {
  const line = "zoetrope: nothing.png: no such file or folder.\n";
  expect((await runCommand(["nothing.png"], { cwd })).err).toBe(line);
  const { code, err } = await runCommand(["nothing.png"], { cwd, env: { ZOETROPE_DEBUG: "1" } });
  expect([code, err.startsWith(`${line}FileError: nothing.png`)]).toEqual([1, true]);
  expect(err).toMatch(/\n {4}at /);
});
