/** What the screen that we write to can do. */

/** The part of a stream like process.stdout that the command uses. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** A screen on which the cursor can be moved: not a file, not a pipe. */
export const canMove = (screen: Screen): boolean => screen.isTTY === true && process.env.TERM !== "dumb";

/** Colours only where the cursor moves too, and not where the user declines them (no-color.org). */
export const hasColour = (screen: Screen): boolean => canMove(screen) && !process.env.NO_COLOR;

export const hideCursor = "\x1b[?25l";
export const showCursor = "\x1b[?25h";
export const clearLine = "\r\x1b[2K";
export const cursorUp = (lines: number) => `\x1b[${lines}A`;

/** `1 clip`, `1,600 clips`. */
export const count = (value: number, noun: string) =>
  `${value.toLocaleString("en-US")} ${noun}${value === 1 ? "" : "s"}`;

/** `98.73 %`. */
export const percent = (share: number, decimals = 2) => `${(100 * share).toFixed(decimals)} %`;

/** A bar of `width` letters filled to `share`, in eighths of a letter. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const partial = " ▏▎▍▌▋▊▉"[eighths % 8];
  return ("█".repeat(Math.floor(eighths / 8)) + (eighths % 8 ? partial : "")).padEnd(width);
}
