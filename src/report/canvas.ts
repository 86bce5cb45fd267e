import { encode } from "fast-png";
import { ArgumentError, checkList, checkNumber, type NumberKind, shown } from "../errors.js";
import { eachTextPixel, letterHeight, letterWidth } from "./pixelFont.js";

/** As of the pictures that are read. */
const mostPixels = 1e8;

/** A colour, each channel from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * A picture to draw on: rectangles, lines of pixel text, smooth arrows. Positions and lengths are in pixels, from the
 * top left corner.
 */
export class Canvas {
  readonly #rgb: Uint8Array;

  /**
   * Makes a picture in which every pixel is `background`.
   * @throws ArgumentError for sizes that are no whole numbers from 1, as all methods do for what are no numbers and colours.
   */
  constructor(
    /** The width in pixels. */
    readonly width: number,
    /** The height in pixels. */
    readonly height: number,
    background: Colour,
  ) {
    checkAll({ width, height }, "a whole number from 1");
    if (width * height > mostPixels) throw new ArgumentError(`Canvas: ${width} x ${height}; expected 100 million pixels at most.`); // prettier-ignore
    this.#rgb = new Uint8Array(width * height * 3);
    this.fill(0, 0, width, height, background);
  }

  /** Blends `colour` into one pixel; `cover` is its opacity, 0 to 1. Pixels outside the picture are ignored. */
  blend(x: number, y: number, colour: Colour, cover: number): void {
    checkAll({ x, y, cover });
    checkColour(colour);
    this.#blend(x, y, colour, cover);
  }

  #blend(x: number, y: number, colour: Colour, cover: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 3;
    for (let c = 0; c < 3; c++) {
      this.#rgb[at + c] = Math.round(this.#rgb[at + c] * (1 - cover) + colour[c] * cover);
    }
  }

  /** Fills a rectangle. */
  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    checkAll({ left, top, width, height });
    checkColour(colour);
    const [right, bottom] = [Math.min(left + width, this.width), Math.min(top + height, this.height)];
    for (let y = inside(top); y < bottom; y++) for (let x = inside(left); x < right; x++) this.#blend(x, y, colour, 1);
  }

  /**
   * Writes a line of text with its middle at (centreX, centreY); each pixel of the font becomes `scale` pixels wide.
   * @throws ArgumentError for what are no numbers, text and colour.
   */
  text(text: string, centreX: number, centreY: number, scale: number, colour: Colour): void {
    checkAll({ centreX, centreY, scale });
    if (typeof text !== "string") throw new ArgumentError(`Canvas: text ${shown(text)}; expected a text.`);
    const left = Math.round(centreX - ((text.length * letterWidth - 1) * scale) / 2);
    const top = Math.round(centreY - (letterHeight * scale) / 2);
    eachTextPixel(text, (x, y) => this.fill(left + x * scale, top + y * scale, scale, scale, colour));
  }

  /** Draws an arrow with its middle at (centreX, centreY), along the unit vector (dx, dy). */
  arrow(centreX: number, centreY: number, dx: number, dy: number, length: number, colour: Colour): void {
    checkAll({ centreX, centreY, dx, dy, length });
    const tip: Point = [centreX + (dx * length) / 2, centreY + (dy * length) / 2];
    const tail: Point = [centreX - (dx * length) / 2, centreY - (dy * length) / 2];
    const barb = length * 0.28;
    const barbs = [1, -1].map((turn): Point => [tip[0] - barb * (dx + turn * dy), tip[1] - barb * (dy - turn * dx)]);
    const lines = [tail, ...barbs].map((end) => [tip, end] as const);
    this.strokes(lines, length / 9, colour);
  }

  /**
   * Draws lines with round ends as one shape, with edges smoothed over one pixel.
   * @throws ArgumentError for what are no lines, numbers and colour.
   */
  strokes(lines: readonly (readonly [Point, Point])[], thickness: number, colour: Colour): void {
    if (!Array.isArray(lines)) throw new ArgumentError(`Canvas: lines ${shown(lines)}; expected a list of lines.`);
    const points = Array.from(lines, (line) => checkedLine(line)).flat();
    checkAll({ thickness });
    checkColour(colour);
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [left, right] = range(xs, thickness, this.width);
    const [top, bottom] = range(ys, thickness, this.height);
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const distance = Math.min(...lines.map(([from, to]) => distanceToLine(x + 0.5, y + 0.5, from, to)));
        const cover = Math.min(1, thickness / 2 + 0.5 - distance);
        if (cover > 0) this.#blend(x, y, colour, cover);
      }
    }
  }

  /** Encodes the picture as a PNG file. */
  png(): Uint8Array {
    return encode({ width: this.width, height: this.height, data: this.#rgb, channels: 3, depth: 8 });
  }
}

type Point = readonly [x: number, y: number];

/** The first place of a pixel that is not left of (or above) the picture; steps go on from fractions. */
const inside = (from: number): number => (from < 0 ? from - Math.floor(from) : from);

/** The pixels around some places, of those from 0 to `size`. */
const range = (values: readonly number[], margin: number, size: number) =>
  [
    Math.max(0, Math.floor(Math.min(...values) - margin)),
    Math.min(size - 1, Math.ceil(Math.max(...values) + margin)),
  ] as const;

function checkAll(numbers: Readonly<Record<string, unknown>>, kind: NumberKind = "a finite number"): void {
  for (const [name, value] of Object.entries(numbers)) checkNumber("Canvas", name, value, kind);
}

function checkSeveral(name: string, value: unknown, count: number): readonly number[] {
  if (Array.isArray(value)) return checkList("Canvas", name, value, count, "a finite number");
  throw new ArgumentError(`Canvas: ${name} ${shown(value)}; expected ${count} finite numbers.`);
}

const checkColour = (colour: unknown) => void checkSeveral("colour", colour, 3);

function checkedLine(line: unknown): Point[] {
  const ends = Array.isArray(line) && line.length === 2 ? (line as unknown[]) : [undefined];
  return Array.from(ends, (end) => checkSeveral("end of a line", end, 2) as unknown as Point);
}

function distanceToLine(x: number, y: number, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy);
  const nearest = Math.min(1, Math.max(0, along));
  return Math.hypot(x - x0 - nearest * dx, y - y0 - nearest * dy);
}
