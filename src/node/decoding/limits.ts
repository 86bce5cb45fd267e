/** Limits of what is decoded, and the errors that a caller can tell from those of a broken file. */
import { env } from "node:process";
import { ArgumentError, FileError, shown, shown as valueText } from "../../errors.js";
import { printable, printableName } from "../../printable.js";

/** Thrown when ffmpeg or ffprobe is needed and not installed: other films will fail for the same reason. */
export class MissingProgramError extends FileError {
  /** The name of the class. */
  override name = "MissingProgramError";
}

/** Thrown for a picture or film with more pixels than `maxPixels`, before they are decoded. */
export class PictureSizeError extends FileError {
  /** The name of the class. */
  override name = "PictureSizeError";
}

/** Options of functions that can be stopped. */
export interface Stoppable {
  /** Aborts the work, whose promise or generator then throws its reason. None by default. */
  signal?: AbortSignal;
}

/** Options that limit the work of decoding. */
export interface DecodeLimits extends Stoppable {
  /**
   * The most pixels that a picture, or a frame of a film, may have: width times height. By default the environment
   * variable ZOETROPE_MAX_PIXELS if it is set, else 100 million.
   */
  maxPixels?: number;
  /**
   * The most seconds that a picture may take to decode (and one more for each million of its pixels), or that ffmpeg
   * may give nothing. By default the environment variable ZOETROPE_MAX_SECONDS if it is set, else 30.
   */
  maxSeconds?: number;
}

/** The options with their defaults. */
export interface Limits extends Required<Omit<DecodeLimits, "signal">>, Stoppable {}

/** @throws ArgumentError for a limit that is no number above 0. */
export const limitsOf = (where: string, { maxPixels, maxSeconds, signal }: DecodeLimits): Limits => ({
  maxPixels: limit(where, "maxPixels", maxPixels, "ZOETROPE_MAX_PIXELS", 1e8),
  maxSeconds: limit(where, "maxSeconds", maxSeconds, "ZOETROPE_MAX_SECONDS", 30),
  signal,
});

function limit(where: string, option: string, given: number | undefined, variable: string, usual: number): number {
  const said = env[variable];
  const [name, value] = given === undefined && said ? [variable, Number(said)] : [option, given ?? usual];
  if (typeof value === "number" && value > 0) return value;
  const received = name === variable ? `"${printable(said!)}"` : shown(value);
  throw new ArgumentError(`${where}: ${name} is ${received}; expected a number above 0.`);
}

/** The error of a file or folder: its path and what is wrong, as "an empty file; expected a film or a picture". */
export const faultOf = (path: string, what: string, cause?: unknown): FileError =>
  new FileError(
    `${typeof path === "string" ? printableName(path) : valueText(path)}: ${what}.`,
    cause === undefined ? undefined : { cause },
  );

/** @throws PictureSizeError when there are more pixels than are allowed. */
export function checkPixels(path: string, width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new PictureSizeError(
    `${printableName(path)}: ${width} x ${height} pixels, the limit is ${maxPixels} in all; raise it with the option maxPixels, for the command with the environment variable ZOETROPE_MAX_PIXELS.`,
  );
}

/** The end of a message about work that took too long. */
export const moreSeconds =
  "it may be made to keep programs busy; to wait longer, raise maxSeconds, for the command the environment variable ZOETROPE_MAX_SECONDS";
