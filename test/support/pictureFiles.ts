// Pictures as bytes, written by hand: of sizes, colours and faults that no encoder makes.
import { crc32, deflateSync } from "node:zlib";

/** A chunk of a PNG. */
export function pngChunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

export interface PngParts {
  width: number;
  height: number;
  depth?: number;
  /** As in the header: 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. */
  kind?: number;
  isInterlaced?: boolean;
  /** Chunks between header and pixels. */
  chunks?: readonly Uint8Array[];
  /** The lines with their filters, not compressed. */
  lines: Uint8Array;
}

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export function pngHeader({
  width,
  height,
  depth = 8,
  kind = 0,
  isInterlaced = false,
}: Omit<PngParts, "lines">): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, kind, 0, 0, Number(isInterlaced)]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return pngChunk("IHDR", header);
}

export const pngFile = ({ lines, chunks = [], ...header }: PngParts): Buffer =>
  Buffer.concat([
    ...[pngSignature, pngHeader(header), ...chunks],
    ...[pngChunk("IDAT", deflateSync(lines)), pngChunk("IEND", Buffer.alloc(0))],
  ]);

/** The lines of a grey picture of 8 bits, all of the same grey. */
export function greyLines(width: number, height: number, grey: number): Buffer {
  const line = Buffer.alloc(width + 1, grey);
  line[0] = 0;
  return Buffer.concat(Array.from({ length: height }, () => line));
}

export const greyPng = (width: number, height: number, grey = 100): Buffer =>
  pngFile({ width, height, lines: greyLines(width, height, grey) });

const segment = (marker: number, data: readonly number[]) => [
  ...[0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data],
];

/** A table of one code of one bit, 0. */
const huffman = (place: number, symbol: number) => segment(0xc4, [place, 1, ...new Array<number>(15).fill(0), symbol]);

export interface JpegParts {
  width: number;
  height: number;
  /** 1 grey, 3 colour, 4 CMYK. */
  components?: number;
  /** Bits of a colour. */
  precision?: number;
  /** The EXIF orientation. */
  orientation?: number;
  /** How many blocks of 8 x 8 are written; by default those of all components. */
  blocks?: number;
}

/** A flat grey JPEG: each block of each component is two bits. */
export function flatJpeg({ width, height, components = 1, precision = 8, orientation, blocks }: JpegParts): Buffer {
  const ids = Array.from({ length: components }, (_, i) => i + 1);
  const count = blocks ?? Math.ceil(width / 8) * Math.ceil(height / 8) * components;
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const exif = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation ?? 1, ...new Array<number>(7).fill(0)]; // prettier-ignore
  const head = [
    ...[0xff, 0xd8],
    ...(orientation === undefined ? [] : segment(0xe1, [...Buffer.from("Exif\0\0"), ...exif])),
    ...(components === 4 ? segment(0xee, [...Buffer.from("Adobe\0"), 100, 0, 0, 0, 0, 2]) : []),
    ...segment(0xdb, [0, ...new Array<number>(64).fill(1)]),
    ...segment(0xc0, [precision, ...size, components, ...ids.flatMap((id) => [id, 0x11, 0])]),
    ...[...huffman(0x00, 0), ...huffman(0x10, 0)],
    ...segment(0xda, [components, ...ids.flatMap((id) => [id, 0]), 0, 63, 0]),
  ];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(Math.ceil(count / 4)), Buffer.from([0xff, 0xd9])]);
}

/** A progressive JPEG, 2000 x 2000, that says `scans` times that nothing changes: 18 bytes each, but work for every block. */
export function manyScans(scans: number): Buffer {
  const size = [2000 >> 8, 2000 & 255];
  const head = [
    ...[0xff, 0xd8, ...segment(0xdb, [0, ...new Array<number>(64).fill(1)])],
    ...[...segment(0xc2, [8, ...size, ...size, 1, 1, 0x11, 0]), ...huffman(0x10, 0xe0)],
  ];
  const scan = Buffer.from([...segment(0xda, [1, 1, 0, 1, 63, 0]), ...new Array<number>(8).fill(0)]);
  return Buffer.concat([Buffer.from(head), ...Array.from({ length: scans }, () => scan), Buffer.from([0xff, 0xd9])]);
}

/** A GIF of one pixel by its pictures, on a screen of any size. */
export function gifFile(count: number, width = 1, height = 1): Buffer {
  const screen = [width & 255, width >> 8, height & 255, height >> 8, 0x80, 0, 0, 200, 100, 50, 0, 0, 0];
  const picture = [0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  return Buffer.from([
    ...Buffer.from("GIF89a"),
    ...screen,
    ...Array.from({ length: count }, () => picture).flat(),
    0x3b,
  ]);
}

/** A bitmap of 24 bits a pixel, black, whose header may state another size than it has. */
export function bmpFile(width: number, height: number, pixels = width * height): Buffer {
  const data = Buffer.alloc(54 + 4 * pixels);
  data.write("BM", "latin1");
  data.writeUInt32LE(data.length, 2);
  data.writeUInt32LE(54, 10);
  data.writeUInt32LE(40, 14);
  data.writeInt32LE(width, 18);
  data.writeInt32LE(height, 22);
  data.writeUInt16LE(1, 26);
  data.writeUInt16LE(32, 28);
  return data;
}
