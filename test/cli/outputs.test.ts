// What a command checks before its work, and what it keeps when it writes.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { decode, encode } from "fast-png";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { convertModel } from "../../src/cli/convert.js";
import { inspectClip } from "../../src/cli/inspect.js";
import { checkOutputs, SaveError, writeOutput, writePrecious } from "../../src/cli/outputs.js";
import { writePicture, writeReportFile } from "../../src/cli/reportFiles.js";
import { UsageError } from "../../src/cli/usage.js";
import { writeFile } from "../../src/formats/files.js";
import { loadModel, saveModel } from "../../src/formats/index.js";
import { Dense, FileError, Input, Sequential } from "../../src/index.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("outputs");
const at = (name: string) => join(folder, name);
const isWindows = process.platform === "win32";
const isRoot = process.getuid?.() === 0;
const { signal } = new AbortController();

const output = (path: string, bytes = 10) => ({
  path,
  what: "the model",
  advice: "give another place with --out",
  bytes,
});
const check = (path: string, inputs: string[] = []) => checkOutputs([output(path)], inputs);

/** A screen that keeps what is written on it. */
function fakeScreen() {
  const screen = { text: "", write: (text: string) => void (screen.text += text) };
  return screen;
}

const writeText = (text: string) => (path: string) => writeFile(path, [new TextEncoder().encode(text)]);

/** A file system of its own with so many bytes, if this process may make one. */
function smallDisk(name: string, bytes: number): string | undefined {
  mkdirSync(at(name));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", at(name)], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounted.push(at(name));
  return at(name);
}
const mounted: string[] = [];
const canMount = isRoot && smallDisk("probe", 1 << 16) !== undefined;
afterAll(() => mounted.forEach((path) => execFileSync("umount", [path])));

describe("before the work", () => {
  beforeAll(() => {
    mkdirSync(at("there"));
    writeFileSync(at("file"), "a text");
  });

  test.each([
    ["there", "EISDIR: it is a folder; give the path of a file in it"],
    ["nowhere/a", "ENOENT: its folder does not exist"],
    ["file/a", "ENOTDIR: a part of the path is a file and no folder"],
    ["long".repeat(80), "ENAMETOOLONG: the name is too long"],
  ])("a place where nothing can be written is refused: %#", async (name, why) => {
    const path = at(name);
    await expect(check(path)).rejects.toThrow(
      new FileError(`${path}: the model cannot be written there (${why}); give another place with --out.`),
    );
  });

  test("a place where something can be written is left as it was", async () => {
    const before = readdirSync(folder);
    await check(at("new"));
    await check(at("file"));
    expect(readdirSync(folder)).toEqual(before);
    expect(readFileSync(at("file"), "utf8")).toBe("a text");
  });

  test.skipIf(isWindows)("links in a circle are refused, and devices taken", async () => {
    symlinkSync("round", at("circle"));
    symlinkSync("circle", at("round"));
    await expect(check(at("circle"))).rejects.toThrow("(ELOOP: links lead in a circle)");
    await checkOutputs([output("/dev/null"), output("/dev/null")]);
  });

  // An administrator may write everywhere.
  test.skipIf(isWindows || isRoot)("a folder and a file that this user may not write are refused", async () => {
    mkdirSync(at("locked"), { mode: 0o555 });
    await expect(check(at("locked/a"))).rejects.toThrow("(EACCES: this user may not)");
    writeFileSync(at("kept"), "");
    chmodSync(at("kept"), 0o444);
    await expect(check(at("kept"))).rejects.toThrow("(EACCES: this user may not)");
  });

  test.skipIf(!canMount)("a disk that is full is found, and one that may only be read", async () => {
    const disk = smallDisk("small", 1 << 18)!;
    await checkOutputs([output(join(disk, "a"), 1 << 17)]);
    await expect(checkOutputs([output(join(disk, "a"), 1 << 19)])).rejects.toThrow("(ENOSPC: the disk is full)");
    expect(readdirSync(disk)).toEqual([]);
    writeFileSync(join(disk, "old"), "old");
    execFileSync("mount", ["-o", "remount,ro", disk]);
    for (const name of ["new", "old"]) {
      await expect(check(join(disk, name))).rejects.toThrow("(EROFS: the file system is read-only)");
    }
  });

  test.skipIf(isWindows)("one file under two names is refused, whatever leads to it", async () => {
    writeFileSync(at("input"), "input");
    linkSync(at("input"), at("hard"));
    symlinkSync("input", at("soft"));
    symlinkSync("there", at("folder"));
    for (const name of ["hard", "soft"]) {
      await expect(check(at(name), [at("input")])).rejects.toThrow(
        `${at(name)} is the same file as ${at("input")}, and would be overwritten`,
      );
    }
    await expect(check(at("input"), [at("input")])).rejects.toThrow(`${at("input")} would be overwritten`);
    await expect(checkOutputs([output(at("there/x")), output(at("folder/X"))])).rejects.toThrow(UsageError);
    await checkOutputs([output(at("there/x")), output(at("folder/y"))], [at("input")]);
    const accents = ["\u00e9", "e\u0301"].map((letter) => output(at(letter))); // one name on some file systems
    await expect(checkOutputs(accents)).rejects.toThrow(UsageError);
  });
});

describe("what was there before", () => {
  test("is not kept twice where the new bytes are the same", async () => {
    const path = at("same");
    const screen = fakeScreen();
    for (const text of ["first", "first", "other", "other"]) await writeOutput(screen, path, writeText(text));
    expect(readdirSync(folder).filter((name) => name.startsWith("same"))).toEqual(["same", "same.bak"]);
    expect(readFileSync(`${path}.bak`, "utf8")).toBe("first");
    expect(screen.text).toBe(`The older same is kept as ${path}.bak.\n`);
  });

  test("is kept under a name that is free", async () => {
    const path = at("model");
    const screen = fakeScreen();
    for (const text of ["first", "second", "third"]) await writeOutput(screen, path, writeText(text));
    expect(["model", "model.bak", "model.bak2"].map((name) => readFileSync(at(name), "utf8"))).toEqual([
      ...["third", "first", "second"],
    ]);
    expect(screen.text).toBe(`The older model is kept as ${path}.bak.\nThe older model is kept as ${path}.bak2.\n`);
  });

  test("is not kept where it is empty", async () => {
    mkdirSync(at("empty"));
    writeFileSync(at("empty/model"), "");
    await writeOutput(fakeScreen(), at("empty/model"), writeText("new"));
    expect(readdirSync(at("empty"))).toEqual(["model"]);
  });

  test("is unchanged where writing fails, and nothing is beside it", async () => {
    mkdirSync(at("failing"));
    const path = at("failing/model");
    writeFileSync(path, "old");
    const fail = () => Promise.reject(new FileError("full"));
    await expect(writeOutput(fakeScreen(), path, fail)).rejects.toThrow("full");
    expect([readFileSync(path, "utf8"), readdirSync(at("failing"))]).toEqual(["old", ["model"]]);
  });

  test("is replaced where it is a report or a picture of an earlier run, and only then", async () => {
    mkdirSync(at("reports"));
    const [report, picture] = [at("reports/a.html"), at("reports/a.png")];
    const png = encode({ width: 2, height: 1, channels: 3, data: new Uint8Array([1, 2, 3, 4, 5, 6]) });
    writeFileSync(report, "<p>mine</p>");
    writeFileSync(picture, png);
    for (let i = 0; i < 3; i++) {
      await writeReportFile(fakeScreen(), report, `<!doctype html>\n<meta charset="utf-8">\n<p>${i}</p>`);
      await writePicture(fakeScreen(), picture, png);
    }
    expect(readdirSync(at("reports"))).toEqual(["a.html", "a.html.bak", "a.png", "a.png.bak"]);
    expect(readFileSync(`${report}.bak`, "utf8")).toBe("<p>mine</p>");
    expect(readFileSync(report, "utf8")).toContain("<p>2</p>");
    const { width, data, text } = decode(readFileSync(picture), { checkCrc: true });
    expect([width, [...data], text]).toEqual([2, [1, 2, 3, 4, 5, 6], { Software: "zoetrope" }]);
  });

  test.skipIf(isWindows)("is kept beside the file that a link leads to", async () => {
    mkdirSync(at("elsewhere"));
    writeFileSync(at("elsewhere/real"), "old");
    symlinkSync("elsewhere/real", at("link"));
    await writeOutput(fakeScreen(), at("link"), writeText("new"));
    expect(readFileSync(at("elsewhere/real.bak"), "utf8")).toBe("old");
    expect(readFileSync(at("elsewhere/real"), "utf8")).toBe("new");
  });
});

describe("what cannot be written in its place", () => {
  const home = at("home");
  const before = process.cwd();
  beforeAll(() => {
    for (const name of ["home", "here", "full"]) mkdirSync(at(name));
    process.chdir(at("here"));
  });
  afterAll(() => process.chdir(before));
  afterEach(() => vi.unstubAllEnvs());

  /** Writes everywhere but in the folders that are full. */
  const unless =
    (...full: string[]) =>
    async (path: string) => {
      if (full.some((name) => path.startsWith(name))) throw new FileError(`${path}: cannot be written (ENOSPC).`);
      await writeText("model")(path);
    };

  test("is written into the first other place that there is, under a name that is free, and the error says where", async () => {
    for (const name of ["HOME", "USERPROFILE"]) vi.stubEnv(name, home);
    const target = at("full/m.safetensors");
    for (const name of ["here/m.safetensors", "here/m-2.safetensors"]) {
      const failed = writePrecious(fakeScreen(), target, unless(at("full")));
      await expect(failed).rejects.toThrow(`${target}: cannot be written (ENOSPC); it is in ${join(process.cwd(), basename(name))} instead.`);
      expect(readFileSync(at(name), "utf8")).toBe("model");
    }
    const failed = writePrecious(fakeScreen(), target, unless(at("full"), process.cwd()));
    await expect(failed).rejects.toThrow(SaveError);
    expect(existsSync(join(home, "m.safetensors"))).toBe(true);
    const nowhere = await writePrecious(fakeScreen(), target, unless("/", "C:")).catch((error: SaveError) => error);
    expect(nowhere).toMatchObject({ message: `${target}: cannot be written (ENOSPC).`, path: undefined });
    const fault = new TypeError("a fault");
    const before = readdirSync(at("here"));
    await expect(writePrecious(fakeScreen(), target, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(readdirSync(at("here"))).toEqual(before);
  }); // prettier-ignore
});

describe("convert", () => {
  const model = () => Sequential([Input({ shape: [1] }), Dense({ units: 1 })]);
  const options = { compile: true, signal };

  test.each(["b.pt", "b.tflite", "b.h5", "b"])("refuses %s before it reads", async (name) => {
    await expect(convertModel(fakeScreen(), at("nothing"), at(name), options)).rejects.toThrow(
      `${at(name)}: no format has such an ending; expected a name that ends in one of .safetensors, .keras, .onnx.`,
    );
  });

  test("keeps the file that it would overwrite, and refuses its own input", async () => {
    const path = at("in.safetensors");
    await saveModel(model(), path, { metadata: { a: "b" } });
    await expect(convertModel(fakeScreen(), path, path, options)).rejects.toThrow(UsageError);
    const to = at("out.safetensors");
    writeFileSync(to, "no model");
    await convertModel(fakeScreen(), path, to, options);
    expect(readFileSync(`${to}.bak`, "utf8")).toBe("no model");
    expect((await loadModel(to)).metadata).toEqual({ a: "b" });
  });

  test.skipIf(!canMount)("has no file half written where the disk is full at its end", async () => {
    const disk = smallDisk("late", 1 << 16)!;
    const path = at("large.safetensors");
    await saveModel(Sequential([Input({ shape: [300] }), Dense({ units: 300 })]), path);
    const to = join(disk, "b.safetensors");
    writeFileSync(to, "older");
    const failed = convertModel(fakeScreen(), path, to, options);
    await expect(failed).rejects.toThrow(/ENOSPC/);
    expect([readdirSync(disk), readFileSync(to, "utf8")]).toEqual([["b.safetensors"], "older"]);
  });
});

test("inspect refuses a report whose film strip is one of the pictures that it reads", async () => {
  mkdirSync(at("walk"));
  const png = encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12) });
  for (const name of ["f1.png", "f2.png"]) writeFileSync(at(`walk/${name}`), png);
  const before = statSync(at("walk/f2.png")).mtimeMs;
  const report = at("walk/f2.html");
  await expect(inspectClip(fakeScreen(), at("walk"), { seed: 1, report }, signal)).rejects.toThrow(
    `${at("walk/f2.png")} would be overwritten by what this command writes; give it another name.`,
  );
  expect(statSync(at("walk/f2.png")).mtimeMs).toBe(before);
});
