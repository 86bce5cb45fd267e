/** The capabilities of a terminal, and texts for it. */
import { printable } from "../printable.js";

/** The part of a stream like process.stdout that the command uses. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Whether the cursor can be moved: in a terminal, not in a file or pipe. */
export const canMove = (screen: Screen): boolean => screen.isTTY === true && process.env.TERM !== "dumb";

/** Whether to use colours: where the cursor can be moved, unless the user sets NO_COLOR (no-color.org). */
export const hasColour = (screen: Screen): boolean => canMove(screen) && !process.env.NO_COLOR;

export const hideCursor = "\x1b[?25l";
export const showCursor = "\x1b[?25h";
export const clearLine = "\r\x1b[2K";
export const cursorUp = (lines: number) => `\x1b[${lines}A`;

/** The codes that the command itself writes, those above and colours. */
const ownCodes = /(\r\x1b\[2K|\x1b\[(?:\?25[lh]|\d+A|0m|38;5;\d+;48;5;\d+m)|\n)/;

/**
 * The text without any other control character, wherever in it they come from. Names of files, classes and layers have passed
 * `printable` before: they cannot hold such a code, nor a second line.
 */
export const clean = (text: string): string =>
  text
    .split(ownCodes)
    .map((part, i) => (i % 2 === 1 ? part : printable(part, Infinity)))
    .join("");

/** The most letters of a line about a file whose names and faults may be endless. */
export const longestLine = 1000;

/** A number with its noun: `1 clip`, `1,600 clips`. */
export const plural = (value: number, noun: string) =>
  `${value.toLocaleString("en-US")} ${noun}${value === 1 ? "" : "s"}`;

/** A share as text: `98.73 %`. */
export const percent = (share: number, decimals = 2) => `${(100 * share).toFixed(decimals)} %`;

/** A bar of `width` letters filled to `share`, to an eighth of a letter. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const partial = " ▏▎▍▌▋▊▉"[eighths % 8];
  return ("█".repeat(Math.floor(eighths / 8)) + (eighths % 8 ? partial : "")).padEnd(width);
}
