import { ArgumentError, checkOptions, shown } from "../errors.js";
import { averageBlocks } from "./averageBlocks.js";
import { topByte } from "./byteScale.js";
import { Canvas, type Colour } from "./canvas.js";
import { palette } from "./colours.js";
import { checkFrames } from "./frames.js";
import { type ClipMaps, clipMaps } from "./gateMaps.js";
import { colourBytes, scaleTexts } from "./gateScale.js";
import type { ReportClip } from "./report.js";

/** The options of `gateStrip`. */
export interface GateStripOptions {
  /**
   * How many of the filters that vary most are shown, 2 by default; for a layer without height and width, how many
   * units, 32 by default.
   */
  filters?: number;
  /** The most time steps that are shown, 32 by default; if there are more, every second, every third and so on is shown. */
  steps?: number;
  /** The width of a time step in pixels, 64 by default. */
  cell?: number;
  /**
   * Whether the cell state c has one colour scale for all filters, so that they can be compared; false by default: each filter (or unit)
   * has its own, as far as 95 % of its values, so that filters with small values can be seen too.
   */
  commonScale?: boolean;
}

const margin = 20;
const gap = 3;
const labelWidth = 34;
const legendWidth = 64;
const headerHeight = 22; // of the line of step numbers, and of each filter's title
const unitHeight = 4;

const background: Colour = [18, 20, 27];
const ink: Colour = [244, 240, 228];
const quiet: Colour = [128, 136, 152];

/**
 * Draws the film strip of a clip as a PNG file: the frames, and below them the gates and states of the filters that
 * vary most, time step by time step. The colour scale of each gate is drawn beside its row.
 *
 * @example
 * writeFileSync("strip.png", gateStrip(clip, { filters: 4 }));
 *
 * @throws ShapeError when frames, times and gates of the clip do not fit together.
 * @throws ArgumentError for options that are not whole numbers from 1.
 */
export function gateStrip(clip: ReportClip, options: GateStripOptions = {}): Uint8Array {
  checkOptions("gateStrip", options, ["filters", "steps", "cell", "commonScale"]);
  checkFrames(clip);
  const { commonScale = false, ...numbers } = options;
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
    throw new ArgumentError(`gateStrip: ${name} is ${shown(value)}; expected a whole number from 1.`);
  }
  const { filters, steps: mostSteps = 32, cell = 64 } = numbers;
  const maps = clipMaps(clip, { filters: filters ?? 2, units: filters ?? 32 }, Infinity);
  const pace = Math.ceil(clip.times.length / mostSteps);
  const steps = clip.times.map((_, step) => step).filter((step) => step % pace === 0);
  const mapHeight = maps ? Math.max(4, Math.round((cell * maps.height) / maps.width)) : 0;
  const rowHeight = maps?.isDense ? maps.height * unitHeight : mapHeight;
  const groupHeight = maps ? headerHeight + maps.gates.length * (rowHeight + gap) : 0;
  const numGroups = maps?.isDense ? 1 : (maps?.filters.length ?? 0);
  const canvas = new Canvas(
    margin * 2 + labelWidth + steps.length * (cell + gap) + legendWidth,
    margin * 2 + headerHeight + cell + gap + numGroups * groupHeight,
    background,
  );
  const left = margin + labelWidth;
  drawFrames(canvas, clip, steps, left, cell);
  for (let group = 0; group < numGroups; group++) {
    const top = margin + headerHeight + cell + gap + group * groupHeight;
    drawGroup(canvas, maps!, group, steps, commonScale, { left, top, cell, rowHeight });
  }
  return canvas.png();
}

function drawFrames(canvas: Canvas, clip: ReportClip, steps: readonly number[], left: number, cell: number): void {
  const block = Math.ceil(clip.size / cell);
  const { data, shape } = averageBlocks(clip.frames, [clip.times.length, clip.size, clip.size, 3], block);
  const side = shape[1];
  steps.forEach((step, i) => {
    const x = left + i * (cell + gap);
    canvas.text(String(step), x + cell / 2, margin + headerHeight / 2 - 4, 2, quiet);
    drawImage(canvas, { x, y: margin + headerHeight, width: cell, height: cell }, side, side, (at) => {
      const from = (step * side * side + at) * 3;
      return [data[from], data[from + 1], data[from + 2]];
    });
  });
}

/** Draws all gates of one filter, or of all units. */
function drawGroup(
  canvas: Canvas,
  maps: ClipMaps,
  filter: number,
  steps: readonly number[],
  isCommon: boolean,
  { left, top, cell, rowHeight }: Record<"left" | "top" | "cell" | "rowHeight", number>,
): void {
  const width = steps.length * (cell + gap) - gap;
  const title = maps.isDense ? `${maps.filters.length} of ${maps.numFilters} units` : `filter ${maps.filters[filter]}`;
  canvas.text(title, left + width / 2, top + headerHeight / 2 + 1, 2, quiet);
  maps.gates.forEach((gate, row) => {
    const y = top + headerHeight + row * (rowHeight + gap);
    const colours = palette(gate.palette);
    const bytes = colourBytes(maps, gate, isCommon);
    canvas.text(gate.name, margin + labelWidth / 2 - 6, y + rowHeight / 2, 3, ink);
    steps.forEach((step, i) => {
      const from = (filter * maps.steps + step) * maps.height * maps.width;
      const box = { x: left + i * (cell + gap), y, width: cell, height: rowHeight };
      drawImage(canvas, box, maps.height, maps.width, (at) => colours[bytes[from + at]]);
    });
    drawLegend(canvas, scaleTexts(maps, gate, filter, isCommon), colours, {
      x: left + width + 14,
      y,
      height: rowHeight,
    });
  });
}

/** Draws the colours of a scale, its high end above, with the values of both ends. */
function drawLegend(
  canvas: Canvas,
  [low, high]: readonly [string, string],
  colours: Colour[],
  { x, y, height }: Record<"x" | "y" | "height", number>,
): void {
  for (let row = 0; row < height; row++) {
    canvas.fill(x, y + row, 8, 1, colours[Math.round(topByte * (1 - row / Math.max(1, height - 1)))]);
  }
  const middle = x + 34;
  canvas.text(high, middle, y + 6, 2, quiet);
  if (height > 24) canvas.text(low, middle, y + height - 6, 2, quiet);
}

type Box = Record<"x" | "y" | "width" | "height", number>;

/** Draws an image of rows x columns stretched over a box, each pixel a rectangle. */
function drawImage(canvas: Canvas, box: Box, rows: number, columns: number, colourAt: (at: number) => Colour): void {
  const edge = (from: number, length: number, i: number, count: number) => from + Math.round((length * i) / count);
  for (let row = 0; row < rows; row++) {
    const y = edge(box.y, box.height, row, rows);
    const height = edge(box.y, box.height, row + 1, rows) - y;
    for (let column = 0; column < columns; column++) {
      const x = edge(box.x, box.width, column, columns);
      const width = edge(box.x, box.width, column + 1, columns) - x;
      canvas.fill(x, y, width, height, colourAt(row * columns + column));
    }
  }
}
