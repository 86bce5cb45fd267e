// What saving does to the file system: links, pipes, folders, modes of files, and files that may not be replaced.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  promises as files,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { saveModel } from "../../src/formats/index.js";
import { Dense, Input, Sequential } from "../../src/index.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("files");
const path = (name: string) => join(folder, name);

const line = () => Sequential([Input({ shape: [1] }), Dense({ units: 1, kernelInitializer: "ones" })]);

/** Windows has no such pipes and modes, and makes links only for administrators. */
const isWindows = process.platform === "win32";

describe("only plain files are replaced", () => {
  test.skipIf(isWindows)(
    "a link is followed, also to where nothing is yet, and links in a circle are refused",
    async () => {
      mkdirSync(path("elsewhere"));
      symlinkSync("elsewhere/new.safetensors", path("dangling"));
      symlinkSync("dangling", path("twice"));
      const bytes = await saveModel(line(), path("twice"));
      expect(bytes).toBeUndefined();
      for (const name of ["twice", "dangling"]) expect(lstatSync(path(name)).isSymbolicLink()).toBe(true);
      expect(readdirSync(path("elsewhere"))).toEqual(["new.safetensors"]);
      symlinkSync("round", path("circle"));
      symlinkSync("circle", path("round"));
      await expect(saveModel(line(), path("circle"))).rejects.toThrow(/circle: cannot be written \(ELOOP/);
      expect(lstatSync(path("circle")).isSymbolicLink()).toBe(true);
    },
  );

  // A device takes the same path; a test of it would destroy one where it fails.
  test.skipIf(isWindows)("a pipe is written into", async () => {
    const model = line();
    execFileSync("mkfifo", [path("pipe")]);
    const reading = files.readFile(path("pipe"));
    await saveModel(model, path("pipe"));
    expect(new Uint8Array(await reading)).toEqual(await saveModel(model));
    expect(lstatSync(path("pipe")).isFIFO()).toBe(true);
  });

  test("a folder is refused in words", async () => {
    await expect(saveModel(line(), folder)).rejects.toThrow("cannot be written (it is a folder; give the path of a file in it).");
    expect(lstatSync(folder).isDirectory()).toBe(true);
  }); // prettier-ignore

  test.skipIf(isWindows)("the mode stays, whatever the mask of the process", async () => {
    const target = path("mode.safetensors");
    await saveModel(line(), target);
    const mask = process.umask(0o077);
    for (const mode of [0o666, 0o640, 0o600]) {
      chmodSync(target, mode);
      await saveModel(line(), target);
      expect(lstatSync(target).mode & 0o777).toBe(mode);
    }
    process.umask(mask);
  });

  test.skipIf(process.getuid?.() !== 0)("the owner stays, where the process is root", async () => {
    const target = path("owner.safetensors");
    await saveModel(line(), target);
    chownSync(target, 1234, 5678);
    await saveModel(line(), target);
    const { uid, gid } = lstatSync(target);
    expect([uid, gid]).toEqual([1234, 5678]);
  });

  test("a file that may not be replaced, as a mount, is overwritten; its whole copy is kept where that fails", async () => {
    const model = line();
    const target = path("mount.safetensors");
    await saveModel(model, target);
    const { ino } = lstatSync(target);
    model.weights[0].assign([3]);
    const busy = vi.spyOn(files, "rename").mockRejectedValue(Object.assign(new Error("EBUSY: busy"), { code: "EBUSY" }));
    await saveModel(model, target);
    const bytes = (await saveModel(model)) as Uint8Array;
    expect(new Uint8Array(readFileSync(target))).toEqual(bytes);
    expect(lstatSync(target).ino).toBe(ino);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
    const open = files.open;
    const full = vi.spyOn(files, "open").mockImplementation(async (...args) => {
      if (args[0] === target) throw new Error("ENOSPC: no space left on device");
      return open(...args);
    });
    const message = await saveModel(model, target).then(String, (error: Error) => error.message);
    for (const spy of [busy, full]) spy.mockRestore();
    const copy = /cannot be written \(ENOSPC: .*; the whole file is (.*\.part)\)\.$/.exec(message)![1];
    expect(new Uint8Array(readFileSync(copy))).toEqual(bytes);
    rmSync(copy);
  }); // prettier-ignore
});
