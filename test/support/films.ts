// Small films for tests, made with ffmpeg where it is installed. Frame n is a grey of 5 n, so that the grey of a frame gives its number.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Clip } from "../../src/node/index.js";

export const hasFfmpeg = ["ffmpeg", "ffprobe"].every((tool) => spawnSync(tool, ["-version"]).status === 0);

/** Runs ffmpeg; gives what it writes to `pipe:1`. */
export function ffmpeg(...args: string[]): Uint8Array {
  const { status, stdout, stderr } = spawnSync("ffmpeg", ["-v", "error", "-y", "-nostdin", ...args]);
  if (status !== 0) throw new Error(`ffmpeg ${args.join(" ")}: ${stderr.toString()}`);
  return stdout;
}

/** Arguments for `count` grey frames, 10 a second. */
export const greys = (count: number, filters = "null", size = "32x24"): string[] => [
  ...["-f", "lavfi", "-i", `color=black:s=${size}:r=10:d=${count / 10},format=rgb24,geq=r=5*N:g=5*N:b=5*N,${filters}`],
];

/** PNG in QuickTime: no loss, and in every build of ffmpeg. */
export const lossless = ["-c:v", "png", "-pix_fmt", "rgb24"];
/** Another without loss, for Matroska, which keeps a time for each frame. */
export const ffv1 = ["-c:v", "ffv1", "-pix_fmt", "bgr0"];

/** Gives the number of the grey frame that each frame of a clip is. */
export function numbersOf({ frames, shape }: Clip): number[] {
  const bytes = shape[1] * shape[2] * 3;
  return Array.from({ length: shape[0] }, (_, i) => frames[i * bytes + bytes / 2] / 5);
}

/** Notes in an MP4 or MOV file that it is to be turned clockwise by 90 degrees, as telephones do. */
export function turnClockwise(path: string): void {
  const bytes = readFileSync(path);
  const matrix = bytes.indexOf("tkhd") + 4 + 40;
  [0, 1, 0, -1, 0, 0, 0, 0].forEach((value, i) => bytes.writeInt32BE(value * 65536, matrix + 4 * i));
  writeFileSync(path, bytes);
}
