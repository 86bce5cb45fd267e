// Odd films and pictures: broken ones, bombs, and good ones of rare kinds, for tests and for attacks on the package. What cannot be read
// must give a typed error of one line that names the file.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { encode as encodeJpeg } from "jpeg-js";
import { ffmpeg, ffv1, greys, lossless, turnClockwise } from "./films.js";
import {
  bmpFile,
  flatJpeg,
  gifFile,
  greyLines,
  greyPng,
  manyScans,
  pngChunk,
  pngFile,
  pngHeader,
  pngSignature,
} from "./pictureFiles.js";

export interface OddMedia {
  /** What is odd, in words. */
  name: string;
  /** Makes it in an empty folder, and gives its path. */
  make(folder: string): Promise<string>;
  /** Whether frames can be read of it. */
  expect: "frames" | "error";
  /** The error, where it is to be this one. */
  says?: RegExp;
  /** Whether ffmpeg is needed, to make it or to read it. */
  needsFfmpeg?: true;
  /** Whether it cannot be made on Windows. */
  needsUnix?: true;
  /** Whether reading it ends only with `maxSeconds`. */
  isEndless?: true;
}

type Rest = Partial<Omit<OddMedia, "name" | "make">>;

/** A row of which the file is given by its name and bytes. */
const bytes = (name: string, file: string, content: () => Uint8Array, rest: Rest = {}): OddMedia => ({
  name,
  expect: "error",
  ...rest,
  make: async (folder) => {
    writeFileSync(join(folder, file), content());
    return join(folder, file);
  },
});

/** A row of which the file is made by a function. */
const made = (name: string, file: string, write: (path: string) => void, rest: Rest = {}): OddMedia => ({
  name,
  expect: "error",
  ...rest,
  make: async (folder) => {
    write(join(folder, file));
    return join(folder, file);
  },
});

const good: Rest = { expect: "frames" };
const goodFilm: Rest = { expect: "frames", needsFfmpeg: true };
const film: Rest = { needsFfmpeg: true };

const zeros = (bytes: number) => deflateSync(Buffer.alloc(bytes));

/** A photograph, whose colours vary. */
function photo(width = 61, height = 43): Buffer {
  const data = Buffer.from(Array.from({ length: width * height * 4 }, (_, i) => (i * i * 7 + (i >> 5)) % 256));
  return Buffer.from(encodeJpeg({ width, height, data }, 80).data);
}

const greyFile = () => greyPng(16, 12);

const tooLarge = /: (\d+) x (\d+) pixels, the limit is \d+ in all; raise it with the option maxPixels, /;

const pngs: OddMedia[] = [
  bytes("a PNG of 100 bytes that states 30000 x 30000", "huge.png", () => Buffer.concat([pngSignature, pngHeader({ width: 30000, height: 30000, kind: 2 }), Buffer.alloc(67)]), { says: tooLarge }), // prettier-ignore
  bytes("a PNG that states 8000 x 8000 and has ten lines", "few.png", () => pngFile({ width: 8000, height: 8000, lines: greyLines(8000, 10, 9) }), { says: /fewer pixels than its header states/ }), // prettier-ignore
  bytes("a PNG of 10 x 10 whose pixels unpack to 64 MB", "bomb.png", () => Buffer.concat([pngSignature, pngHeader({ width: 10, height: 10 }), pngChunk("IDAT", zeros(2 ** 26)), pngChunk("IEND", Buffer.alloc(0))]), { says: /more pixels than its header states/ }), // prettier-ignore
  bytes("a PNG whose colour profile unpacks to 64 MB", "profile.png", () => pngFile({ width: 4, height: 4, lines: greyLines(4, 4, 9), chunks: [pngChunk("iCCP", Buffer.concat([Buffer.from("a\0\0"), zeros(2 ** 26)]))] }), good), // prettier-ignore
  bytes("a PNG whose text unpacks to 32 MB", "text.png", () => pngFile({ width: 4, height: 4, lines: greyLines(4, 4, 9), chunks: [pngChunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), zeros(2 ** 25)]))] }), good), // prettier-ignore
  bytes("a PNG that states a million further pictures", "moving.png", () => pngFile({ width: 4, height: 4, lines: greyLines(4, 4, 9), chunks: [pngChunk("acTL", Buffer.from([0, 15, 66, 64, 0, 0, 0, 0]))] }), good), // prettier-ignore
  bytes("a PNG without pixels", "none.png", () => pngFile({ width: 0, height: 5, lines: Buffer.alloc(5) })),
  bytes("a PNG with an unknown filter", "filter.png", () => pngFile({ width: 2, height: 1, lines: Buffer.from([9, 1, 2]) })), // prettier-ignore
  bytes("a PNG with a colour beyond its palette", "palette.png", () => pngFile({ width: 2, height: 1, kind: 3, lines: Buffer.from([0, 0, 7]), chunks: [pngChunk("PLTE", Buffer.from([1, 2, 3]))] })), // prettier-ignore
  bytes("a PNG of 3 bits a sample", "depth.png", () => pngFile({ width: 2, height: 1, depth: 3, lines: Buffer.from([0, 0]) })), // prettier-ignore
  bytes("a PNG with a flipped bit", "damaged.png", () => greyFile().map((byte, i) => (i === 45 ? byte ^ 1 : byte))),
  bytes("a PNG whose first chunk states 4 GB", "chunk.png", () => greyFile().map((byte, i) => (i > 7 && i < 12 ? 255 : byte))), // prettier-ignore
  bytes("a PNG and nothing but its signature", "signature.png", () => pngSignature),
  bytes("a PNG of 1 x 10000", "thin.png", () => greyPng(1, 10000), good),
  bytes("a PNG of 10000 x 1", "flat.png", () => greyPng(10000, 1), good),
  bytes("a PNG under the name of a JPEG", "named.jpg", greyFile, good),
  bytes("a PNG under the name of a film", "named.mp4", greyFile, good),
];

const jpegs: OddMedia[] = [
  bytes("a JPEG that states 65535 x 65535", "huge.jpg", () => flatJpeg({ width: 65535, height: 65535, blocks: 4 }), { says: tooLarge }), // prettier-ignore
  bytes("a JPEG that states 9000 x 9000 and has one block", "few.jpg", () => flatJpeg({ width: 9000, height: 9000, blocks: 1 }), { says: /fewer pixels than its header states/ }), // prettier-ignore
  bytes("a JPEG with 60000 scans", "scans.jpg", () => manyScans(60000), { isEndless: true, says: /: not decoded after [\d.]+ s; / }), // prettier-ignore
  bytes("a JPEG without height", "flat.jpg", () => flatJpeg({ width: 8, height: 0, blocks: 1 })),
  bytes("a JPEG of 12 bits a colour", "deep.jpg", () => flatJpeg({ width: 8, height: 8, precision: 12 })),
  bytes("a JPEG without its end", "endless.jpg", () => photo().subarray(0, -2), { says: /cut off/ }),
  bytes("a JPEG that ends in its header", "head.jpg", () => photo().subarray(0, 150)),
  bytes("a JPEG in CMYK", "cmyk.jpg", () => flatJpeg({ width: 17, height: 9, components: 4 }), good),
  bytes("a grey JPEG of 1 x 1", "one.jpg", () => flatJpeg({ width: 1, height: 1 }), good),
  bytes("a JPEG of 1 x 10000", "thin.jpg", () => flatJpeg({ width: 1, height: 10000, components: 3 }), good),
  bytes("a JPEG of 6 megapixels", "large.jpg", () => flatJpeg({ width: 3000, height: 2000 }), good),
  bytes("a JPEG under the name of a PNG", "named.png", () => photo(), good),
  ...[2, 5, 8].map((orientation) => bytes(`a JPEG of orientation ${orientation}`, "turned.jpg", () => flatJpeg({ width: 20, height: 10, orientation }), good)), // prettier-ignore
];

const otherPictures: OddMedia[] = [
  bytes("a GIF on a screen of 65535 x 65535", "huge.gif", () => gifFile(1, 65535, 65535), film),
  bytes("a GIF of 3000 pictures", "many.gif", () => gifFile(3000), goodFilm),
  bytes("a GIF that is cut off", "cut.gif", () => gifFile(2).subarray(0, 30), film),
  bytes("a WebP that is cut off", "cut.webp", () => Buffer.from("RIFF\x20\0\0\0WEBPVP8 \x14\0\0\0\0\0\0\0", "latin1"), film), // prettier-ignore
  bytes("a bitmap", "small.bmp", () => bmpFile(6, 4), goodFilm),
  bytes("a bitmap that states 30000 x 30000", "huge.bmp", () => bmpFile(30000, 30000, 4), { ...film, says: tooLarge }),
  made("a TIFF", "small.tiff", (path) => ffmpeg(...greys(1), "-frames:v", "1", path), goodFilm),
];

const notMedia: OddMedia[] = [
  bytes("an empty file", "empty.png", () => Buffer.alloc(0), { says: /: an empty file; / }),
  bytes("a text under the name of a picture", "diary.jpg", () => Buffer.from("Dear diary\n"), film),
  bytes("a page under the name of a film", "page.mp4", () => Buffer.from("<!doctype html><p>Not found"), film),
  bytes("zeros", "zeros.mov", () => Buffer.alloc(5000), film),
  made("a folder that has the name of a picture", "folder.jpg", (path) => mkdirSync(path)),
  made("a link in a circle", "circle.png", (path) => symlinkSync("circle.png", path), { needsUnix: true }),
  made("a link to nothing", "nothing.png", (path) => symlinkSync("nowhere", path), { needsUnix: true }),
  made("a pipe that nobody writes to", "pipe.png", (path) => spawnSync("mkfifo", [path]), { needsUnix: true, says: /: neither a file nor a folder; / }), // prettier-ignore
  made("a link to a device that never ends", "device.png", (path) => symlinkSync("/dev/zero", path), { needsUnix: true, says: /: neither a file nor a folder; / }), // prettier-ignore
];

const names: OddMedia[] = [
  ["-y.png", "an option"],
  ["a\nb.png", "two lines"],
  ["\u001b[31mred\u0007.png", "codes of a terminal"],
  ["u\u0308mla\u0308ut \u202e.png", "accents apart and a turn of direction"],
  ["%d %s [x]*?.png", "a pattern"],
  [`${"long".repeat(62)}.png`, "252 letters"],
].flatMap(([file, what]) => [
  bytes(`a name of ${what}`, file, greyFile, { expect: "frames", needsUnix: true }),
  bytes(`a broken picture whose name is ${what}`, file, () => greyFile().subarray(0, 60), { needsUnix: true }),
]);

const folders: OddMedia[] = [
  made("a folder of numbers with gaps, twins and many digits", "odd", (path) => {
    mkdirSync(path);
    for (const name of ["1.png", "01.png", "7.jpg", "00000000000000000000099.png"]) writeFileSync(join(path, name), greyFile()); // prettier-ignore
  }, good), // prettier-ignore
  made("a folder with a bomb in its middle", "bomb", (path) => {
    mkdirSync(path);
    for (let i = 1; i < 4; i++) writeFileSync(join(path, `${i}.png`), i === 2 ? greyPng(2, 1).map((byte, at) => (at > 15 && at < 18 ? 255 : byte)) : greyFile()); // prettier-ignore
  }),
  made("a folder with a pipe in its middle", "pipes", (path) => {
    mkdirSync(path);
    for (const name of ["1.png", "3.png"]) writeFileSync(join(path, name), greyFile());
    spawnSync("mkfifo", [join(path, "2.png")]);
  }, { needsUnix: true, says: /2\.png: neither a file nor a folder; / }), // prettier-ignore
];

/** A list of films that names a pipe: who follows it waits forever. */
const listOf = (name: string, file: string, list: (pipe: string) => string): OddMedia =>
  made(name, file, (path) => {
    spawnSync("mkfifo", [`${path}.pipe.mp4`]);
    writeFileSync(path, list(`${path}.pipe.mp4`));
  }, { needsFfmpeg: true, needsUnix: true, says: /: a list of other files; pass one of these\.$/ }); // prettier-ignore

const films: OddMedia[] = [
  listOf("a playlist", "list.mp4", (pipe) => `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${pipe}\n#EXT-X-ENDLIST\n`),
  listOf("a list for concat", "list.mkv", (pipe) => `ffconcat version 1.0\nfile '${pipe}'\n`),
  bytes("a film that states 30000 x 30000", "huge.y4m", () => Buffer.from("YUV4MPEG2 W30000 H30000 F25:1 Ip A1:1 C420jpeg\nFRAME\n0000"), { ...film, says: tooLarge }), // prettier-ignore
  bytes("a film without frames", "none.y4m", () => Buffer.from("YUV4MPEG2 W8 H8 F25:1 Ip A1:1 Cmono\n"), film),
  made("a sound", "sound.mp4", (path) => ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", path), { ...film, says: /no video stream/ }), // prettier-ignore
  made("a film of one frame", "one.mov", (path) => ffmpeg(...greys(1), ...lossless, path), goodFilm),
  made("a film whose frames come when they like", "varying.mkv", (path) => ffmpeg(...greys(9, "setpts=N*N/10/TB"), ...ffv1, path), goodFilm), // prettier-ignore
  made("a film that is to be turned", "turned.mov", (path) => {
    ffmpeg(...greys(3), ...lossless, path);
    turnClockwise(path);
  }, goodFilm), // prettier-ignore
  made("a film of 1 x 1", "dot.mkv", (path) => ffmpeg(...greys(3, "scale=1:1"), ...ffv1, path), goodFilm),
  made("a film of 37 x 1001", "tall.mkv", (path) => ffmpeg(...greys(2, "scale=37:1001"), ...ffv1, path), goodFilm),
  made("a film that is cut off in its header", "head.mkv", (path) => {
    ffmpeg(...greys(9), ...ffv1, path);
    writeFileSync(path, readFileSync(path).subarray(0, 90));
  }, film), // prettier-ignore
  made("a film under the name of a picture", "film.png", (path) => writeFileSync(path, ffmpeg(...greys(3), ...ffv1, "-f", "matroska", "pipe:1")), goodFilm), // prettier-ignore
];

export const oddMedia: readonly OddMedia[] = [...pngs, ...jpegs, ...otherPictures, ...notMedia, ...names, ...folders, ...films]; // prettier-ignore
