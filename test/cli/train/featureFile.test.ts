// Files of features: what is read, what is continued after an interruption, and whose unfinished files are left alone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, promises as files, readdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from "node:fs"; // prettier-ignore
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { CacheError } from "../../../src/cli/train/cacheError.js";
import { FeatureWriter, openFeatures, readFeatures } from "../../../src/cli/train/featureFile.js";
import { claimPart, deleteOldParts } from "../../../src/cli/train/partFiles.js";
import { openHandles } from "../../support/openHandles.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const folder = temporaryFolder("features");
const elements = 6;
const recordBytes = 2 * elements + 8;
const valuesOf = (n: number) => Float32Array.from({ length: elements }, (_, i) => n + i / 8);
const pixelsOf = (n: number) => Uint8Array.of(n, n + 1, n + 2);

let count = 0;
let path: string;
beforeEach(() => {
  path = join(folder, `${createHash("sha256").update(String(count++)).digest("hex")}.features`);
});

/** Appends frames until there are `numFrames`. */
async function append(writer: FeatureWriter, numFrames: number): Promise<FeatureWriter> {
  for (let i = writer.numFrames; i < numFrames; i++) await writer.append(valuesOf(i), [pixelsOf(i)]);
  return writer;
}
const write = async (numFrames: number) => (await append(await FeatureWriter.open(path, elements), numFrames)).finish();
const partsOf = (of: string) => readdirSync(folder).filter((name) => join(folder, name).startsWith(`${of}.`));

test("is read at any position", async () => {
  const file = await write(5);
  expect(file.numFrames).toBe(5);
  const values = new Float32Array(2 * elements);
  await readFeatures(file, 2, 2, values);
  expect(values).toEqual(Float32Array.from([...valuesOf(2), ...valuesOf(3)]));
  expect(await openFeatures(path, elements)).toEqual(file);
  expect(partsOf(path)).toEqual([]);
});

describe("an interrupted run", () => {
  test("is continued after its last whole group of frames, and gives the same file", async () => {
    await write(7);
    const undisturbed = readFileSync(path);
    const first = await append(await FeatureWriter.open(path, elements, 2), 5);
    await first.pause();
    const [part] = partsOf(path);
    truncateSync(join(folder, part), 48 + 4 * recordBytes - 3); // as if it had been killed within the fourth frame
    const second = await FeatureWriter.open(path, elements, 2);
    expect([second.numFrames, second.left.length]).toEqual([2, 2]);
    expect([second.isLeft(1, pixelsOf(1)), second.isLeft(1, pixelsOf(2)), second.isLeft(2, pixelsOf(2))]).toEqual([true, false, false]); // prettier-ignore
    await (await append(second, 7)).finish();
    expect(readFileSync(path).equals(undisturbed)).toBe(true);
    expect(partsOf(path)).toEqual([]);
  });

  test("whose frames turn out to be others is forgotten", async () => {
    await (await append(await FeatureWriter.open(path, elements), 3)).pause();
    const writer = await FeatureWriter.open(path, elements);
    await writer.clear();
    expect([writer.numFrames, writer.left]).toEqual([0, []]);
    await (await append(writer, 2)).finish();
    expect(await openFeatures(path, elements)).toMatchObject({ numFrames: 2 });
  });

  test("that wrote for another file, or nothing that is whole, is not continued", async () => {
    const other = path.replace(/.(?=\.features)/, (digit) => (digit === "0" ? "1" : "0"));
    await (await append(await FeatureWriter.open(other, elements), 3)).pause();
    renameSync(join(folder, partsOf(other)[0]), `${path}.free-abc.part`);
    const writer = await FeatureWriter.open(path, elements);
    expect(writer.numFrames).toBe(0);
    await writer.discard();
    expect(partsOf(path)).toEqual([]);
  });
});

describe("two writers of one file", () => {
  test("have a part each, and the second to finish changes nothing", async () => {
    const [one, two] = [await FeatureWriter.open(path, elements), await FeatureWriter.open(path, elements)];
    for (let n = 1; n <= 4; n++) {
      await append(one, n);
      await append(two, n);
    }
    expect(partsOf(path).length).toBe(2);
    await one.finish();
    const bytes = readFileSync(path);
    expect((await two.finish()).numFrames).toBe(4);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(partsOf(path)).toEqual([]);
  });

  test("the second uses the file of the first where its own part has vanished", async () => {
    const [one, two] = [await FeatureWriter.open(path, elements), await FeatureWriter.open(path, elements)];
    await append(one, 2);
    await append(two, 2);
    const file = await one.finish();
    await files.unlink(two.part);
    expect(await two.finish()).toEqual(file);
    const three = await append(await FeatureWriter.open(path, elements), 2);
    await files.unlink(path);
    await files.unlink(three.part);
    await expect(three.finish()).rejects.toThrow(CacheError);
    await three.discard();
    expect(openHandles(folder)).toEqual([]);
  });

  test("only the part of a dead process is continued, by one", async () => {
    const writer = await append(await FeatureWriter.open(path, elements), 2);
    const other = await claimPart(path);
    expect(other.isNew).toBe(true); // this process lives
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    const deadPart = writer.part.replace(/\.\d+@/, `.${dead}@`);
    renameSync(writer.part, deadPart);
    const claims = await Promise.all([1, 2, 3].map(() => claimPart(path)));
    expect(claims.filter(({ isNew }) => !isNew).length).toBe(1);
    expect(existsSync(deadPart)).toBe(false);
    await writer.discard();
  });

  test("the part of a process before this one that had its number is continued, as in a container", async () => {
    const { part } = await claimPart(path);
    const before = part.replace(/-[0-9a-z]+\.part$/, "-before.part");
    writeFileSync(part, "");
    writeFileSync(before, "");
    expect((await claimPart(path)).isNew).toBe(false);
    expect([part, before].map(existsSync)).toEqual([true, false]);
    expect((await claimPart(path)).isNew).toBe(true);
  });

  test("the longest of several parts is continued, and the others are deleted", async () => {
    const parts = ["a", "bbb", "cc"].map((content, i) => {
      const part = `${path}.free-${i}.part`;
      writeFileSync(part, content);
      return part;
    });
    const { part, isNew } = await claimPart(path);
    expect([isNew, readFileSync(part, "utf8"), ...parts.map(existsSync)]).toEqual([false, "bbb", false, false, false]);
  });

  test("the part of another machine is continued when nobody has written to it for an hour", async () => {
    const part = `${path}.1@00000000-abc.part`;
    writeFileSync(part, "");
    expect((await claimPart(path)).isNew).toBe(true);
    const then = Date.now() / 1000 - 3700;
    utimesSync(part, then, then);
    expect((await claimPart(path)).isNew).toBe(false);
  });

  test("parts of any version that are older than a day are deleted, other files never", async () => {
    const old = ["", ".free-abc", ".12@0011aabb-xyz"].map((name) => `${path}${name}.part`);
    const other = `${path.replace(/.(?=\.features)/, (digit) => (digit === "0" ? "1" : "0"))}.free-new.part`;
    const kept = [path, join(folder, "mine.part"), other];
    for (const each of [...old, ...kept]) writeFileSync(each, "");
    const then = Date.now() / 1000 - 25 * 3600;
    for (const each of [...old, ...kept.slice(0, 2)]) utimesSync(each, then, then);
    expect(await deleteOldParts(folder)).toBe(3);
    expect([...old, ...kept].filter(existsSync)).toEqual(kept);
    expect(await deleteOldParts(join(folder, "nowhere"))).toBe(0);
  });

  test("what a dead process has left of a file that is finished is deleted, what a living one writes is not", async () => {
    await write(2);
    const living = await FeatureWriter.open(path, elements);
    const dead = `${path}.free-abc.part`;
    writeFileSync(dead, "");
    expect(await deleteOldParts(folder)).toBe(0);
    expect([path, living.part, dead].map(existsSync)).toEqual([true, true, false]);
    await living.discard();
  });
});

describe("a finished file", () => {
  test("that was damaged is noticed: a flipped bit, cut off, longer, of another shape", async () => {
    await write(3);
    const good = readFileSync(path);
    for (const place of [0, 5, 9, 20, 45, 50, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[place] ^= 1;
      writeFileSync(path, bad);
      expect(await openFeatures(path, elements), `byte ${place}`).toBe("broken");
    }
    for (const bytes of [good.subarray(0, -recordBytes), good.subarray(0, -1), good.subarray(0, 10), Buffer.of(), Buffer.concat([good, Buffer.alloc(recordBytes)])]) {
      writeFileSync(path, bytes);
      expect(await openFeatures(path, elements), `${bytes.length} bytes`).toBe("broken");
    } // prettier-ignore
    writeFileSync(path, good);
    expect(await openFeatures(path, elements + 1)).toBe("broken");
    expect(await openFeatures(path, elements)).toMatchObject({ numFrames: 3 });
  });

  test("that was given the name of another is noticed", async () => {
    const first = path;
    await write(3);
    path = path.replace(/^(.*)(.)(\.features)$/, (_, before, digit, end) => before + (digit === "0" ? "1" : "0") + end);
    renameSync(first, path);
    expect(await openFeatures(path, elements)).toBe("foreign");
  });

  test("that is damaged or vanishes after it was opened is an error in words", async () => {
    const file = await write(3);
    const bad = readFileSync(path);
    bad[48 + recordBytes + 2] ^= 1;
    writeFileSync(path, bad);
    const values = new Float32Array(elements);
    await readFeatures(file, 0, 1, values);
    await expect(readFeatures(file, 1, 1, values)).rejects.toThrow(`${path}: was changed after it had been opened;`);
    await expect(readFeatures(file, 2, 2, new Float32Array(2 * elements))).rejects.toThrow(CacheError);
    await files.unlink(path);
    await expect(readFeatures(file, 0, 1, values)).rejects.toThrow(/: features cannot be read \(ENOENT: .*\); it was deleted meanwhile; run again\.$/); // prettier-ignore
    expect(openHandles(folder)).toEqual([]);
  });

  test("is verified as far as the signal allows", async () => {
    await write(3);
    const stopped = AbortSignal.abort(new Error("stop"));
    await expect(openFeatures(path, elements, stopped)).rejects.toThrow("stop");
    expect(openHandles(folder)).toEqual([]);
  });
});

test("where the folder cannot be written or is none, the error names it, and no handle stays open", async () => {
  writeFileSync(path, "a file");
  const below = join(path, "0".repeat(64));
  await expect(FeatureWriter.open(below, elements)).rejects.toThrow(/features cannot be written \(ENOTDIR: /);
  const signal = AbortSignal.abort(new Error("stop"));
  await (await append(await FeatureWriter.open(path, elements), 2)).pause();
  await expect(FeatureWriter.open(path, elements, 1, signal)).rejects.toThrow("stop");
  expect(partsOf(path).length).toBe(1); // for another run
  expect(openHandles(folder)).toEqual([]);
  const writer = await FeatureWriter.open(path, elements);
  expect(writer.numFrames).toBe(2);
  await writer.discard();
});
