import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { encode } from "fast-png";
import { expect, test } from "vitest";
import { contentHash, listClasses, listClips, probe, readClip, readFrames } from "../../src/node/index.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const root = temporaryFolder("folders");
let made = 0;

const png = (grey: number, width = 6, height = 4) =>
  encode({ width, height, channels: 1, data: new Uint8Array(width * height).fill(grey) });

/** A folder of the given files; a number stands for a picture of that grey. */
function folderOf(files: Record<string, string | number>): string {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "number" ? png(content) : content);
  }
  return folder;
}

/** Runs `body` as a user whose files these are not: root may read everything. */
async function asNobody(body: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    await body();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

const numbered = { "f1.png": 10, "f2.png": 20, "f10.png": 100, "f31.png": 250 };

test("a folder of numbered pictures is a clip, in the order of the numbers, gaps or not", async () => {
  const folder = folderOf({ ...numbered, "cover.png": 99, "notes2.txt": "x", ".f3.png": 1 });
  const clip = await readClip(folder, { frames: 8, size: 2 });
  expect(clip.times).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  expect(Array.from(clip.frames).filter((_, i) => i % 12 === 0)).toEqual([10, 10, 20, 20, 100, 100, 250, 250]);
  expect(clip).toMatchObject({ kind: "pictures", shape: [8, 2, 2, 3], width: 6, height: 4 });
  expect((await readClip(folder, { frames: 2, size: 2 })).times).toEqual([1, 3]);
  expect(await probe(folder)).toEqual({ path: folder, kind: "pictures", width: 6, height: 4, numFrames: 4 });
  const read = async (from: number, to: number) => {
    const found: number[][] = [];
    for await (const { timeSeconds, rgb } of readFrames(folder, { rate: 30, size: 1, from, to })) {
      found.push([timeSeconds, ...rgb]);
    }
    return found;
  };
  expect(await read(1, 3)).toEqual([[1, 20, 20, 20], [2, 100, 100, 100]]); // prettier-ignore
  expect((await read(0, Infinity)).length).toBe(4);
});

test("a picture is a clip of one frame, repeated", async () => {
  const path = join(folderOf({ "a.png": 7 }), "a.png");
  const clip = await readClip(path, { frames: 3, size: 4 });
  expect(clip).toMatchObject({ kind: "picture", times: [0, 0, 0], shape: [3, 4, 4, 3], width: 6, height: 4 });
  expect(new Set(clip.frames)).toEqual(new Set([7]));
  expect(await probe(path)).toEqual({ path, kind: "picture", width: 6, height: 4, numFrames: 1 });
});

test("pixel values are rounded to the nearest integer", async () => {
  const data = Uint8Array.from([10, 11, 11, 11, 255, 255, 255, 255]);
  const path = join(folderOf({}), "levels.png");
  writeFileSync(
    path,
    encode({ width: 4, height: 2, channels: 1, data: Uint8Array.from([0, 10, 11, 0, 0, 11, 11, 0]) }),
  );
  expect((await readClip(path, { frames: 1, size: 1 })).frames).toEqual(Uint8Array.from([11, 11, 11])); // 10.75
  writeFileSync(path, encode({ width: 4, height: 2, channels: 1, data }));
  expect((await readClip(path, { frames: 1, size: 2 })).frames.slice(0, 3)).toEqual(Uint8Array.from([11, 11, 11]));
});

test("clips come in natural order; files that are not clips are named with the reason", async () => {
  const folder = folderOf({
    ...{ "clip10.mp4": "", "clip2.MKV": "", "photo.jpeg": "", "Notes.txt": "", ".DS_Store": "", mp4: "" },
    ...{ "frames/1.png": 1, "frames/2.png": 2, "pictures/cover.png": 1, "empty/.keep": "" },
  });
  symlinkSync(folder, join(folder, "self"));
  symlinkSync(root, join(folder, "parent"));
  symlinkSync("circle", join(folder, "circle"));
  symlinkSync("nowhere", join(folder, "lost"));
  symlinkSync("clip10.mp4", join(folder, "clip11.mp4"));
  const { clips, skipped } = await listClips(folder);
  expect(clips.map((path) => relative(folder, path))).toEqual([
    ...["clip2.MKV", "clip10.mp4", "clip11.mp4", "frames", "photo.jpeg"],
  ]);
  const without = "a folder without numbered pictures; expected names such as frame-001.png (or .jpg)";
  expect(skipped.map(({ path, reason }) => [relative(folder, path), reason])).toEqual([
    ["circle", "a link that leads in a circle"],
    ["empty", without],
    ["lost", "no such file or folder"],
    ["mp4", "by its name neither film nor picture"],
    ["Notes.txt", "by its name neither film nor picture"],
    ["parent", "a link back to a folder that it is in"],
    ["pictures", without],
    ["self", "a link back to a folder that it is in"],
  ]);
});

test("subfolders are classes; a link to a parent, an empty folder and loose files are named", async () => {
  const folder = folderOf({
    ...{ "right/a2.mp4": "", "right/a10.mp4": "", "right/readme.md": "", "left/shot1/1.png": 1, "left/x.webm": "" },
    ...{ "loose.mp4": "", "empty/.keep": "" },
  });
  symlinkSync("..", join(folder, "left", "up"));
  const { classes, skipped } = await listClasses(folder);
  const short = (path: string) => relative(folder, path).replaceAll("\\", "/");
  expect(classes.map(({ name, clips }) => [name, ...clips.map(short)])).toEqual([
    ["left", "left/shot1", "left/x.webm"],
    ["right", "right/a2.mp4", "right/a10.mp4"],
  ]);
  expect(skipped.map(({ path, reason }) => `${short(path)}: ${reason}`)).toEqual([
    "empty: no clips in it",
    "left/up: a link back to a folder that it is in",
    "loose.mp4: beside the classes, which are folders",
    "right/readme.md: by its name neither film nor picture",
  ]);
});

test("what cannot be read is an error of one line that says why", async () => {
  const folder = folderOf({ "a.png": 1, "b.mp4": "film", "empty.mp4": "", "shut/1.png": 1, "open/x.mp4": "" });
  const pathOf = (name: string) => join(folder, name);
  const errorOf = (work: Promise<unknown>) => work.then(() => "nothing", (error: Error) => `${error.name} ${error.message}`); // prettier-ignore
  expect(await errorOf(readClip(pathOf("no.mp4")))).toBe(`FileError ${pathOf("no.mp4")}: no such file or folder.`);
  expect(await errorOf(probe(pathOf("empty.mp4")))).toBe(
    `FileError ${pathOf("empty.mp4")}: an empty file; expected a film or a picture.`,
  );
  expect(await errorOf(probe(pathOf("open")))).toContain(
    "a folder without numbered pictures; expected names such as frame-",
  );
  expect(await errorOf(listClips(pathOf("a.png")))).toBe(`FileError ${pathOf("a.png")}: a file; expected a folder.`);
  expect(await errorOf(listClasses(pathOf("no")))).toBe(`FileError ${pathOf("no")}: no such file or folder.`);
  expect(await errorOf(contentHash(pathOf("no")))).toBe(`FileError ${pathOf("no")}: no such file or folder.`);

  if (process.platform === "win32") return; // chmod cannot forbid reading there
  for (const name of ["a.png", "b.mp4", "shut"]) chmodSync(pathOf(name), 0);
  chmodSync(root, 0o755); // made for its owner alone
  await asNobody(async () => {
    for (const name of ["a.png", "b.mp4", "shut"]) {
      expect(await errorOf(readClip(pathOf(name)))).toBe(`FileError ${pathOf(name)}: not allowed to read it.`);
    }
    const { classes, skipped } = await listClasses(folder);
    expect(classes).toEqual([{ name: "open", clips: [join(pathOf("open"), "x.mp4")] }]);
    expect(skipped).toContainEqual({ path: pathOf("shut"), reason: "not allowed to read it" });
  });
  chmodSync(pathOf("shut"), 0o755);
});

test("an abort signal stops the reading of pictures", async () => {
  const folder = folderOf(numbered);
  const controller = new AbortController();
  const onProgress = (done: number) => done === 2 && controller.abort(new Error("enough"));
  const told = readClip(folder, { frames: 4, size: 2, signal: controller.signal, onProgress });
  await expect(told).rejects.toThrow("enough");
});

test("the hash depends on the content, not on the name", async () => {
  const folder = folderOf({ "a.mp4": "abc", "b.webm": "abc", "x/f1.png": 1, "x/f2.png": 2, "y/1.png": 1, "y/9.png": 2, "z/1.png": 2, "z/2.png": 1 }); // prettier-ignore
  const hash = (name: string) => contentHash(join(folder, name));
  expect(await hash("a.mp4")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(await hash("b.webm")).toBe(await hash("a.mp4"));
  const digests = [1, 2].map((grey) => createHash("sha256").update(png(grey)).digest());
  expect(await hash("x")).toBe(createHash("sha256").update(Buffer.concat(digests)).digest("hex"));
  expect(await hash("y")).toBe(await hash("x"));
  expect(await hash("z")).not.toBe(await hash("x"));
});

test("a signal ends the hashing of a large file, with its reason", async () => {
  const folder = folderOf({ "large.mp4": "x" });
  truncateSync(join(folder, "large.mp4"), 2 ** 28);
  const controller = new AbortController();
  const hashing = contentHash(join(folder, "large.mp4"), { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 10);
  await expect(hashing).rejects.toThrow(/^enough$/);
  await expect(contentHash(folder, { signal: controller.signal })).rejects.toThrow(/^enough$/);
});

test("the built module is one file that contains its libraries, and throws the error classes of the engine", async () => {
  const text = readFileSync("dist/node/index.js", "utf8");
  const imports = [...text.matchAll(/\bimport\b[\w\s{},*$]*\bfrom\s*"([^"]+)"/g)].map(([, target]) => target);
  for (const target of ["node:child_process", "../errors.js"]) expect(imports).toContain(target);
  expect(
    imports.filter(
      (target) =>
        !/^(node:\w+|node:fs\/promises|module|\.\.\/(cacheFolder|errors|printable|resize|signatures)\.js)$/.test(
          target,
        ),
    ),
  ).toEqual([]);
  expect(existsSync("dist/node/decoding/picture.js")).toBe(false);
  const built = (await import("../../dist/node/index.js" as string)) as { readClip: typeof readClip };
  const { FileError } = (await import("../../dist/index.js" as string)) as { FileError: new () => Error };
  await expect(built.readClip(join(root, "no.mp4"))).rejects.toBeInstanceOf(FileError);
  const licences = readFileSync("dist/THIRD-PARTY-LICENSES.txt", "utf8");
  for (const name of ["fast-png", "jpeg-js"]) expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
});

test.each<[string, (options: never) => unknown]>([
  ["listClips", (options) => listClips(".", options)],
  ["listClasses", (options) => listClasses(".", options)],
  ["contentHash", (options) => contentHash(".", options)],
])("%s looks at its options", async (name, call) => {
  await expect(call(null as never)).rejects.toThrow(`${name}: expected options, as { signal: ... }, received null.`);
  await expect(call({ signals: 1 } as never)).rejects.toThrow(
    `${name}: unknown option "signals"; did you mean "signal"?`,
  );
});
