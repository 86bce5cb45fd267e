/** Plays clips side by side in the terminal, where a character shows two pixels, one above the other. */
import { setTimeout as wait } from "node:timers/promises";
import { directions } from "../../datasets/index.js";
import { canMove, cursorUp, hasColour, hideCursor, showCursor, type Screen } from "../terminal.js";

export interface Footage {
  /** [frames, size, size], 0 to 1. */
  frames: Float32Array;
  direction: number;
}

const gap = 2;
const frameMs = 90;
const rounds = 2;

/**
 * Plays as many of the clips as fit, for about a second and a half; does nothing if the screen is no terminal or too
 * small.
 */
export async function playFilms(
  screen: Screen,
  films: readonly Footage[],
  size: number,
  signal?: AbortSignal,
): Promise<void> {
  const shown = films.slice(0, Math.floor(((screen.columns ?? 80) + gap) / (size + gap)));
  const height = size / 2 + 1;
  if (!canMove(screen) || shown.length === 0 || (screen.rows ?? 24) < height + 2) return;
  const numFrames = shown[0].frames.length / (size * size);
  const caption = shown.map(({ direction }) => {
    const { arrow, name } = directions[direction];
    return `${arrow} ${name}`.padEnd(size);
  });
  screen.write(hideCursor);
  try {
    for (let i = 0; i < rounds * numFrames && !signal?.aborted; i++) {
      const pictures = shown.map(({ frames }) => {
        const t = i % numFrames;
        return drawRows(frames.subarray(t * size * size, (t + 1) * size * size), size, hasColour(screen));
      });
      const lines = pictures[0].map((_, row) => pictures.map((picture) => picture[row]).join(" ".repeat(gap)));
      lines.push(caption.join(" ".repeat(gap)).trimEnd());
      screen.write((i > 0 ? cursorUp(height) : "") + lines.join("\n") + "\n");
      await wait(frameMs);
    }
  } finally {
    screen.write(showCursor);
  }
}

function drawRows(frame: Float32Array, size: number, colour: boolean): string[] {
  const draw = colour ? greyCharacter : plainCharacter;
  return Array.from({ length: size / 2 }, (_, row) => {
    let line = "";
    for (let x = 0; x < size; x++) line += draw(frame[2 * row * size + x], frame[(2 * row + 1) * size + x]);
    return colour ? `${line}\x1b[0m` : line;
  });
}

/**
 * An upper half block with the upper pixel as its colour and the lower as its background, in the terminal's 24 greys
 * (232 to 255).
 */
function greyCharacter(upper: number, lower: number): string {
  const grey = (value: number) => 234 + Math.round(21 * Math.min(1, value));
  return `\x1b[38;5;${grey(upper)};48;5;${grey(lower)}m▀`;
}

const plainCharacter = (upper: number, lower: number) => " ▀▄█"[(upper > 0.5 ? 1 : 0) + (lower > 0.5 ? 2 : 0)];
