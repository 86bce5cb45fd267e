/** Reads PNG. Written here, so that a file makes it allocate no more than its size in pixels needs. */
import { inflateSync } from "node:zlib";
import type { Pixels } from "./transform.js";

interface Colour {
  channels: number;
  depths: readonly number[];
  hasPalette?: boolean;
  hasAlpha?: boolean;
}

/** What the header of a PNG states. */
export interface PngHeader {
  width: number;
  height: number;
  /** Bits of a sample. */
  depth: number;
  colour: Colour;
  isInterlaced: boolean;
}

const signatureBytes = 8;

/** The kinds of colour by their numbers in the header. */
const colours: Record<number, Colour | undefined> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8], hasPalette: true },
  4: { channels: 2, depths: [8, 16], hasAlpha: true },
  6: { channels: 4, depths: [8, 16], hasAlpha: true },
};

/** The seven passes of an interlaced picture: its first pixel, and the steps between its columns and rows. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Reads the header. @throws Error when the file does not begin with one, or it states what PNG does not have. */
export function pngHeader(bytes: Uint8Array): PngHeader {
  const { name, data } = chunksOf(bytes).next().value ?? { data: new Uint8Array(0) };
  if (name !== "IHDR" || data.length !== 13) throw new Error("it does not begin with a header");
  const view = new DataView(data.buffer, data.byteOffset);
  const [depth, kind, compression, filter, interlace] = data.subarray(8);
  const colour = colours[kind];
  if (!colour?.depths.includes(depth) || compression + filter > 0 || interlace > 1) {
    throw new Error("its header states what PNG does not have");
  }
  return { width: view.getUint32(0), height: view.getUint32(4), depth, colour, isInterlaced: interlace === 1 };
}

/** Decodes a picture, drawn on white where it is transparent. @throws Error when it is broken. */
export function decodePng(bytes: Uint8Array): Pixels {
  const header = pngHeader(bytes);
  const { width, height, depth, colour, isInterlaced } = header;
  const parts: Uint8Array[] = [];
  let [palette, transparent] = [new Uint8Array(0), new Uint8Array(0)];
  for (const { name, data } of chunksOf(bytes)) {
    if (name === "IDAT") parts.push(data);
    else if (name === "PLTE") palette = data;
    else if (name === "tRNS") transparent = data;
  }
  const grids = (isInterlaced ? passes : [[0, 0, 1, 1] as const]).map(([left, top, across, down]) => {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    return { left, top, across, down, columns, rows, bytes: Math.ceil((columns * colour.channels * depth) / 8) };
  });
  const used = grids.filter(({ columns, rows }) => columns > 0 && rows > 0);
  const lines = inflate(parts, used.reduce((sum, grid) => sum + grid.rows * (grid.bytes + 1), 0)); // prettier-ignore
  const draw = pen(header, palette, transparent);
  const isFine = colour.hasAlpha || transparent.length > 0 || depth === 16;
  const rgb = isFine ? new Float32Array(width * height * 3) : new Uint8Array(width * height * 3);
  let at = 0;
  for (const grid of used) {
    unfilter(lines, at, grid.rows, grid.bytes + 1, Math.max(1, (colour.channels * depth) / 8));
    for (let row = 0; row < grid.rows; row++, at += grid.bytes + 1) {
      const to = ((grid.top + row * grid.down) * width + grid.left) * 3;
      for (let column = 0; column < grid.columns; column++)
        draw(lines, at + 1, column, rgb, to + column * grid.across * 3);
    }
  }
  return { width, height, rgb };
}

/** The chunks of a file up to its end. @throws Error when one is damaged, or the file ends before. */
function* chunksOf(bytes: Uint8Array): Generator<{ name: string; data: Uint8Array<ArrayBuffer> }> {
  const file = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  for (let at = signatureBytes; at + 12 <= file.length;) {
    const end = at + 8 + file.readUInt32BE(at);
    if (end + 4 > file.length) break;
    const name = file.toString("latin1", at + 4, at + 8);
    const isUsed = /^(IHDR|PLTE|tRNS|IDAT)$/.test(name);
    if (isUsed && crc(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) throw new Error(`${name} is damaged`);
    if (isUsed) yield { name, data: file.subarray(at + 8, end) };
    if (name === "IEND") return;
    at = end + 4;
  }
  throw new Error("cut off");
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes: Uint8Array): number {
  let value = -1;
  for (let i = 0; i < bytes.length; i++) value = crcTable[(value ^ bytes[i]) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

/** The lines of all passes, each after its filter. The few bytes that some programs write behind them are left out. */
function inflate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const maxOutputLength = length + 2 ** 16;
  const data = Buffer.concat(parts);
  let lines: Uint8Array;
  try {
    lines = inflateSync(data, { maxOutputLength, chunkSize: Math.min(maxOutputLength, 2 ** 24) });
  } catch (error) {
    const isMore = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw isMore ? new Error("it has more pixels than its header states") : error;
  }
  if (lines.length < length) throw new Error("it has fewer pixels than its header states");
  return lines;
}

/** Adds to each byte what its line's filter predicts of it by the bytes at its left and above. */
function unfilter(lines: Uint8Array, begin: number, rows: number, stride: number, step: number): void {
  for (let row = 0, at = begin; row < rows; row++, at += stride) {
    const filter = lines[at];
    if (filter > 4) throw new Error(`it has a filter ${filter}`);
    if (filter === 0) continue;
    for (let i = at + 1; i < at + stride; i++) {
      const hasLeft = i - step > at;
      const left = hasLeft ? lines[i - step] : 0;
      const above = row > 0 ? lines[i - stride] : 0;
      if (filter === 1) lines[i] += left;
      else if (filter === 2) lines[i] += above;
      else if (filter === 3) lines[i] += (left + above) >> 1;
      else lines[i] += nearestOf(left, above, row > 0 && hasLeft ? lines[i - step - stride] : 0);
    }
  }
}

/** Paeth's predictor: the one of the three that is nearest to left + above - corner. */
function nearestOf(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

type Draw = (line: Uint8Array, start: number, column: number, rgb: Pixels["rgb"], to: number) => void;

/** Gives the function that writes one pixel of a line, 0 to 255. */
function pen({ depth, colour }: PngHeader, palette: Uint8Array, transparent: Uint8Array): Draw {
  const { channels, hasPalette, hasAlpha = false } = colour;
  const largest = (1 << depth) - 1;
  const scale = 255 / largest;
  const sample = (line: Uint8Array, start: number, i: number) => {
    if (depth === 8) return line[start + i];
    if (depth === 16) return line[start + 2 * i] * 256 + line[start + 2 * i + 1];
    return (line[start + ((i * depth) >> 3)] >> (8 - depth - ((i * depth) & 7))) & largest;
  };
  if (hasPalette) {
    return (line, start, column, rgb, to) => {
      const index = sample(line, start, column);
      if (3 * index + 2 >= palette.length) throw new Error("it has a colour that is not in its palette");
      const alpha = (transparent[index] ?? 255) / 255;
      for (let c = 0; c < 3; c++) rgb[to + c] = alpha * palette[3 * index + c] + 255 * (1 - alpha);
    };
  }
  // Without alpha, one colour may be the transparent one.
  const isKeyed = transparent.length >= 2 * channels;
  const key = Array.from({ length: channels }, (_, c) => transparent[2 * c] * 256 + transparent[2 * c + 1]);
  return (line, start, column, rgb, to) => {
    const first = column * channels;
    let alpha = 1;
    if (hasAlpha) alpha = sample(line, start, first + channels - 1) / largest;
    else if (isKeyed && key.every((value, c) => value === sample(line, start, first + c))) alpha = 0;
    for (let c = 0; c < 3; c++) {
      const value = sample(line, start, channels > 2 ? first + c : first);
      rgb[to + c] = alpha * scale * value + 255 * (1 - alpha);
    }
  };
}
