// Photographs that ffmpeg decodes (WebP, AVIF, GIF), and what tells them from films.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { listClips, probe, readClip, readFrames } from "../../src/node/index.js";
import { isStill, webpOrientation } from "../../src/node/still.js";
import { type PictureFormat, pictureFormat } from "../../src/signatures.js";
import { ffmpeg, hasFfmpeg } from "../support/films.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("still");
const at = (name: string) => join(folder, name);

const ascii = (text: string) => [...Buffer.from(text, "latin1")];

/** A GIF of one pixel, which may be transparent, and of `count` pictures, which may have their own colours. */
function gif(count: number, { ownColours = false, transparent = false } = {}): Buffer {
  const colours = [200, 100, 50, 0, 0, 0];
  const screen = [1, 0, 1, 0, ownColours ? 0 : 0x80, 0, 0, ...(ownColours ? [] : colours)];
  const delay = [0x21, 0xf9, 4, Number(transparent), 10, 0, 0, 0];
  const picture = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, ...(ownColours ? [0x80, ...colours] : [0]), 2, 2, 0x44, 1, 0];
  const comment = [0x21, 0xfe, 3, 0x2c, 0x2c, 0x2c, 0]; // commas, which are not the beginnings of pictures
  const blocks = Array.from({ length: count }, () => [...delay, ...comment, ...picture]);
  return Buffer.from([...ascii("GIF89a"), ...screen, ...blocks.flat(), 0x3b]);
}

/** A WebP of chunks. */
function webp(chunks: Record<string, readonly number[]>): Buffer {
  const body = Object.entries(chunks).flatMap(([name, content]) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    return [...ascii(name), ...length, ...content, ...(content.length % 2 ? [0] : [])];
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(4 + body.length);
  return Buffer.from([...ascii("RIFF"), ...length, ...ascii("WEBP"), ...body]);
}

/** A TIFF header and a directory that holds only an orientation. */
const exif = (orientation: number) => [
  ...[0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0],
];

const box = (brands: string) => Buffer.from([0, 0, 0, 8 + brands.length, ...ascii(`ftyp${brands}`), ...ascii("meta")]);

test.each<[string, Uint8Array, PictureFormat | undefined]>([
  ["a JPEG", Buffer.from([0xff, 0xd8, 0xff, 0xe0]), "JPEG"],
  ["a PNG", encode({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) }), "PNG"],
  ["a GIF", gif(1), "GIF"],
  ["a WebP", webp({ "VP8 ": [] }), "WebP"],
  ["other RIFF, as of AVI", Buffer.from("RIFF\0\0\0\0AVI LIST"), undefined],
  ["an AVIF", box("avif\0\0\0\0avifmif1miaf"), "AVIF"],
  ["an AVIF whose main brand is the general one", box("mif1\0\0\0\0mif1avif"), "AVIF"],
  ["a sequence of AVIF", box("avis\0\0\0\0avisavifmsf1"), undefined],
  ["HEIC, with other bytes behind its brands", Buffer.concat([box("mif1\0\0\0\0mif1heic"), box("avif")]), undefined],
  ["HEIC", box("heic\0\0\0\0mif1heic"), undefined],
  ["MP4", box("isom\0\0\0\0isomiso2avc1mp41"), undefined],
  ["nothing", new Uint8Array(0), undefined],
])("the format of %s is known by its first bytes", (_, bytes, format) => {
  expect(pictureFormat(bytes)).toBe(format);
});

test("the orientation of a WebP is in its EXIF chunk, with or without a prefix", () => {
  expect(webpOrientation(webp({ VP8X: [8], ICCP: [1, 2, 3], EXIF: exif(6) }))).toBe(6);
  expect(webpOrientation(webp({ VP8X: [8], EXIF: [...ascii("Exif\0\0"), ...exif(8)] }))).toBe(8);
  expect(webpOrientation(webp({ "VP8 ": [1, 2, 3] }))).toBe(1);
  expect(webpOrientation(webp({ EXIF: exif(6) }).subarray(0, 30))).toBe(1);
});

test("films that begin as a JPEG or PNG are known by their names", async () => {
  const starts = { mjpeg: [0xff, 0xd8, 0xff, 0xe0], apng: [0x89, 0x50, 0x4e, 0x47] };
  for (const [ending, bytes] of Object.entries(starts)) {
    expect(await isStill(`clip.${ending}`, Uint8Array.from(bytes)), ending).toBe(false);
    expect(await isStill(`clip.${ending}.jpg`, Uint8Array.from(bytes)), ending).toBe(true);
  }
});

test("the pictures of a GIF are counted behind palettes of every size", async () => {
  for (let bits = 0; bits < 8; bits++) {
    const palette = [...new Array<number>(3 * 2 ** (bits + 1)).fill(0x2c)]; // no byte of it begins a picture
    const picture = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x80 | bits, ...palette, 2, 2, 0x44, 1, 0];
    const start = [...ascii("GIF89a"), 1, 0, 1, 0, 0x80 | bits, 0, 0, ...palette];
    for (const count of [1, 2]) {
      const bytes = Buffer.from([...start, ...Array.from({ length: count }, () => picture).flat(), 0x3b]);
      writeFileSync(at("palette.gif"), bytes);
      expect(await isStill(at("palette.gif"), bytes), `${bits} ${count}`).toBe(count === 1);
    }
  }
});

test("a folder that has the name of a picture is no picture", async () => {
  mkdirSync(at("odd/1.gif"), { recursive: true });
  await expect(probe(at("odd"))).rejects.toThrow(/1\.gif: a folder; expected a file\.$/);
});

test("without ffmpeg, the error says how to install it and what else to do", async () => {
  writeFileSync(at("one.gif"), gif(1));
  writeFileSync(at("two.gif"), gif(2));
  writeFileSync(at("one.webp"), webp({ "VP8 ": [] }));
  const before = process.env.PATH;
  process.env.PATH = folder;
  try {
    const line =
      /\.webp: WebP pictures are read with ffmpeg, which is not installed; get it with .*, or save it as JPEG or PNG\.$/;
    await expect(readClip(at("one.webp"))).rejects.toThrow(line);
    await expect(probe(at("one.gif"))).rejects.toThrow(/GIF pictures are read with ffmpeg, /);
    await expect(probe(at("two.gif"))).rejects.toThrow(/films are read with ffprobe, .*\(Windows\)\.$/);
  } finally {
    process.env.PATH = before;
  }
});

/** Encoders that not every ffmpeg has. */
const encoders: Record<string, readonly string[]> = {
  webp: ["-c:v", "libwebp", "-lossless", "1", "-pix_fmt", "bgra"],
  avif: ["-c:v", "libaom-av1", "-still-picture", "1", "-pix_fmt", "gbrp", "-crf", "0"],
};

/** Writes a picture, red on its left and blue on its right, in the format of the name; false where ffmpeg cannot. */
function writePicture(name: string, filters = ""): boolean {
  const given = ["-f", "lavfi", "-i", `color=red:s=16x16:r=1:d=1,pad=32:16:0:0:blue,format=rgba${filters}`];
  try {
    ffmpeg(...given, "-frames:v", "1", ...(encoders[name.split(".").at(-1)!] ?? []), at(name));
    return true;
  } catch {
    console.log(`photographs: this ffmpeg does not write ${name}; it is not tested`);
    return false;
  }
}

const cases: Record<string, () => Promise<void>> = {
  "WebP, AVIF and GIF of one picture are photographs, whatever their names": async () => {
    for (const format of ["webp", "avif", "gif"]) {
      if (!writePicture(`photo.${format}`)) continue;
      const path = at(`100%03d*? [${format}].mp4`);
      writeFileSync(path, readFileSync(at(`photo.${format}`)));
      expect(await probe(path), format).toEqual({ path, kind: "picture", width: 32, height: 16, numFrames: 1 });
      const { frames, ...clip } = await readClip(path, { frames: 2, size: 2 });
      expect(clip).toMatchObject({ kind: "picture", times: [0, 0], shape: [2, 2, 2, 3] });
      const red = [255, 0, 0, 0, 0, 255];
      [...red, ...red, ...red, ...red].forEach((value, i) => expect(Math.abs(frames[i] - value)).toBeLessThan(12));
    }
  },

  "a picture is turned as the EXIF of its WebP says": async () => {
    if (!writePicture("flat.webp")) return;
    const flat = readFileSync(at("flat.webp")).subarray(20);
    const sizes = [31, 0, 0, 15, 0, 0];
    writeFileSync(at("turned.webp"), webp({ VP8X: [8, 0, 0, 0, ...sizes], VP8L: [...flat], EXIF: exif(6) }));
    const { width, height, frames } = await readClip(at("turned.webp"), { frames: 1, size: 16 });
    expect([width, height, ...frames.subarray(0, 3), ...frames.subarray(-3)]).toEqual([16, 32, 255, 0, 0, 0, 0, 255]);
  },

  "transparency is drawn on white, as that of PNG": async () => {
    writeFileSync(at("clear.gif"), gif(1, { transparent: true }));
    const one = { frames: 1, size: 1 };
    expect([...(await readClip(at("clear.gif"), one)).frames]).toEqual([255, 255, 255]);
    for (const name of ["clear.webp", "clear.png"]) {
      if (!writePicture(name, ",colorkey=blue:0.1:0")) continue;
      const { frames } = await readClip(at(name), { frames: 1, size: 16 });
      expect([...frames.subarray(-3)], name).toEqual([255, 255, 255]);
      expect(frames[0], name).toBeGreaterThan(240);
    }
  },

  "a GIF of several pictures is a film": async () => {
    for (const ownColours of [false, true]) {
      writeFileSync(at("one.gif"), gif(1, { ownColours }));
      writeFileSync(at("three.gif"), gif(3, { ownColours }));
      expect(await probe(at("one.gif"))).toMatchObject({ kind: "picture", width: 1, height: 1 });
      expect(await probe(at("three.gif"))).toMatchObject({ kind: "film", width: 1, height: 1 });
    }
    expect([...(await readClip(at("one.gif"), { frames: 1, size: 1 })).frames]).toEqual([200, 100, 50]);
  },

  "an animated WebP is a film, or this ffmpeg says that it cannot read it": async () => {
    const sizes = [3, 0, 0, 3, 0, 0];
    writeFileSync(at("moving.webp"), webp({ VP8X: [2, 0, 0, 0, ...sizes], ANIM: [0, 0, 0, 0, 0, 0] }));
    const found = await probe(at("moving.webp")).catch((error: Error) => error);
    if (found instanceof Error) expect(found.message).toMatch(/moving\.webp: (an animated WebP|no film|its pictures)/);
    else expect(found.kind).toBe("film");
  },

  "numbered pictures may be of these formats; numbered animations are films": async () => {
    mkdirSync(at("numbered"));
    mkdirSync(at("moving"));
    for (const i of [1, 2, 10]) {
      writeFileSync(at(`numbered/f${i}.gif`), gif(1));
      writeFileSync(at(`moving/f${i}.gif`), gif(2));
    }
    writeFileSync(at("numbered/f3.png"), encode({ width: 2, height: 1, channels: 1, data: Uint8Array.from([9, 9]) }));
    const greens: number[] = [];
    for await (const { rgb } of readFrames(at("numbered"), { rate: 1, size: 1 })) greens.push(rgb[1]);
    expect(greens).toEqual([100, 100, 9, 100]);
    await expect(probe(at("moving"))).rejects.toThrow("a folder without numbered pictures");
    expect((await listClips(at("moving"))).clips.length).toBe(3);
  },

  "a broken picture is one line that says what to do": async () => {
    writeFileSync(at("broken.webp"), webp({ "VP8 ": [1, 2, 3, 4] }));
    const advice = /broken\.webp: a broken WebP, or one that this ffmpeg cannot decode[^\n]*; try another copy of it, /;
    await expect(readClip(at("broken.webp"))).rejects.toThrow(advice);
  },
};

describe("photographs", () => {
  if (hasFfmpeg) for (const [name, body] of Object.entries(cases)) test(name, body);
  else console.log(`photographs: ffmpeg is not there; ${Object.keys(cases).length} cases did not run`);
});
