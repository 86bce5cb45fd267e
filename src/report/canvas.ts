import { encode } from "fast-png";
import { eachTextPixel, letterHeight, letterWidth } from "./pixelFont.js";

/** A colour, each channel from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * A picture to draw on: rectangles, lines of pixel text, smooth arrows. Positions and lengths are in pixels, from the
 * top left corner.
 */
export class Canvas {
  readonly #rgb: Uint8Array;

  /** Makes a picture in which every pixel is `background`. */
  constructor(
    /** The width in pixels. */
    readonly width: number,
    /** The height in pixels. */
    readonly height: number,
    background: Colour,
  ) {
    this.#rgb = new Uint8Array(width * height * 3);
    this.fill(0, 0, width, height, background);
  }

  /** Blends `colour` into one pixel; `cover` is its opacity, 0 to 1. Pixels outside the picture are ignored. */
  blend(x: number, y: number, colour: Colour, cover: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 3;
    for (let c = 0; c < 3; c++) {
      this.#rgb[at + c] = Math.round(this.#rgb[at + c] * (1 - cover) + colour[c] * cover);
    }
  }

  /** Fills a rectangle. */
  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) this.blend(x, y, colour, 1);
    }
  }

  /**
   * Writes a line of text with its middle at (centreX, centreY); each pixel of the font becomes `scale` pixels wide.
   */
  text(text: string, centreX: number, centreY: number, scale: number, colour: Colour): void {
    const left = Math.round(centreX - ((text.length * letterWidth - 1) * scale) / 2);
    const top = Math.round(centreY - (letterHeight * scale) / 2);
    eachTextPixel(text, (x, y) => this.fill(left + x * scale, top + y * scale, scale, scale, colour));
  }

  /** Draws an arrow with its middle at (centreX, centreY), along the unit vector (dx, dy). */
  arrow(centreX: number, centreY: number, dx: number, dy: number, length: number, colour: Colour): void {
    const tip: Point = [centreX + (dx * length) / 2, centreY + (dy * length) / 2];
    const tail: Point = [centreX - (dx * length) / 2, centreY - (dy * length) / 2];
    const barb = length * 0.28;
    const barbs = [1, -1].map((turn): Point => [tip[0] - barb * (dx + turn * dy), tip[1] - barb * (dy - turn * dx)]);
    const lines = [tail, ...barbs].map((end) => [tip, end] as const);
    this.strokes(lines, length / 9, colour);
  }

  /** Draws lines with round ends as one shape, with edges smoothed over one pixel. */
  strokes(lines: readonly (readonly [Point, Point])[], thickness: number, colour: Colour): void {
    const points = lines.flat();
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [left, right] = range(xs, thickness);
    const [top, bottom] = range(ys, thickness);
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const distance = Math.min(...lines.map(([from, to]) => distanceToLine(x + 0.5, y + 0.5, from, to)));
        const cover = Math.min(1, thickness / 2 + 0.5 - distance);
        if (cover > 0) this.blend(x, y, colour, cover);
      }
    }
  }

  /** Encodes the picture as a PNG file. */
  png(): Uint8Array {
    return encode({ width: this.width, height: this.height, data: this.#rgb, channels: 3, depth: 8 });
  }
}

type Point = readonly [x: number, y: number];

const range = (values: number[], margin: number) =>
  [Math.floor(Math.min(...values) - margin), Math.ceil(Math.max(...values) + margin)] as const;

function distanceToLine(x: number, y: number, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy);
  const nearest = Math.min(1, Math.max(0, along));
  return Math.hypot(x - x0 - nearest * dx, y - y0 - nearest * dy);
}
