/**
 * Draws clips as a picture: in a row for each clip its frames in order, their mean, the true and the predicted
 * direction.
 */
import { directions } from "../../datasets/index.js";
import { Canvas, type Colour } from "../../report/index.js";

export interface Film {
  /** [frames, size, size], 0 to 1. */
  frames: Float32Array;
  /** The true direction. */
  direction: number;
  /** The direction with the highest probability. */
  predicted: number;
  /** The probability of that direction, 0 to 1. */
  probability: number;
}

const zoom = 3;
const gap = 6;
const margin = 18;
const headerHeight = 26;
const columnWidth = 84; // of the two columns of arrows

const background: Colour = [18, 20, 27];
const frameGround: Colour = [33, 37, 48];
const ink: Colour = [244, 240, 228];
const meanInk: Colour = [120, 170, 235];
const quiet: Colour = [128, 136, 152];
const right: Colour = [88, 201, 130];
const wrong: Colour = [240, 98, 94];

/** Makes a PNG file of the films, each of frames `size` wide and high. */
export function filmStrip(films: readonly Film[], size: number): Uint8Array {
  const numFrames = films[0].frames.length / (size * size);
  const cell = size * zoom;
  const step = cell + gap;
  const meanLeft = margin + numFrames * step + gap;
  const trueX = meanLeft + cell + gap + columnWidth / 2;
  const predictedX = trueX + columnWidth;
  const width = Math.round(predictedX + columnWidth / 2) + margin / 2;
  const canvas = new Canvas(width, margin + headerHeight + films.length * step - gap + margin, background);

  const headerY = margin + headerHeight / 2 - 6;
  for (let t = 0; t < numFrames; t++) canvas.text(`frame ${t + 1}`, margin + t * step + cell / 2, headerY, 2, quiet);
  canvas.text("mean", meanLeft + cell / 2, headerY, 2, quiet);
  canvas.text("true", trueX, headerY, 2, quiet);
  canvas.text("predicted", predictedX, headerY, 2, quiet);

  films.forEach((film, row) => {
    const top = margin + headerHeight + row * step;
    for (let t = 0; t < numFrames; t++) {
      const frame = film.frames.subarray(t * size * size, (t + 1) * size * size);
      drawFrame(canvas, frame, size, margin + t * step, top, ink);
    }
    drawFrame(canvas, mean(film.frames, numFrames), size, meanLeft, top, meanInk);

    const isRight = film.direction === film.predicted;
    const middle = top + cell / 2;
    drawDirection(canvas, film.direction, trueX, middle, ink);
    drawDirection(canvas, film.predicted, predictedX, middle - 8, isRight ? right : wrong);
    canvas.text(`${(film.probability * 100).toFixed(0)}%`, predictedX, middle + 36, 2, quiet);
  });
  return canvas.png();
}

function drawFrame(canvas: Canvas, frame: Float32Array, size: number, left: number, top: number, colour: Colour): void {
  canvas.fill(left, top, size * zoom, size * zoom, frameGround);
  for (let i = 0; i < frame.length; i++) {
    if (frame[i] === 0) continue;
    const x = left + (i % size) * zoom;
    const y = top + Math.floor(i / size) * zoom;
    for (let k = 0; k < zoom * zoom; k++) {
      canvas.blend(x + (k % zoom), y + Math.floor(k / zoom), colour, Math.min(1, frame[i]));
    }
  }
}

function drawDirection(canvas: Canvas, direction: number, x: number, y: number, colour: Colour): void {
  const { dx, dy } = directions[direction];
  const length = Math.hypot(dx, dy);
  canvas.arrow(x, y, dx / length, dy / length, 46, colour);
}

function mean(frames: Float32Array, numFrames: number): Float32Array {
  const size = frames.length / numFrames;
  const result = new Float32Array(size);
  frames.forEach((value, i) => (result[i % size] += value / numFrames));
  return result;
}
