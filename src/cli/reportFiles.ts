/** Writes the report and the film strip. */
import { basename, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { writeFile } from "../formats/files.js";
import { gateStrip, type Report, reportHtml } from "../report/index.js";
import { type Output, writeOutput } from "./outputs.js";
import type { Screen } from "./terminal.js";
import { UsageError } from "./usage.js";

export interface ReportPaths {
  html: string;
  /** The film strip of the first clip; absent where there is none. */
  png?: string;
}

const reportAdvice = "give another place with --report FILE.html";

/** About how many bytes a report has, and a picture. */
export const [reportBytes, pictureBytes] = [4 << 20, 1 << 20];

/**
 * The path of the report: `zoetrope-pedestrians.mp4.html` in the current folder by default, with the whole name of the
 * film, so that walk.mp4 and walk.mov have a report each.
 * @throws UsageError for a name that does not end in .html.
 */
export function reportPath(source: string, given: string | undefined): string {
  if (given === undefined) return resolve(`zoetrope-${basename(resolve(source))}.html`);
  if (/\.html?$/i.test(given)) return resolve(given);
  throw new UsageError(`--report ${given}; expected a name that ends in .html.`);
}

/** The page of a profile as a file to write. @throws UsageError for a name that does not end in .html. */
export const profileOutput = (given: string): Output => ({
  path: reportPath("", given),
  what: "the report",
  advice: reportAdvice,
  bytes: pictureBytes,
});

const stripPath = (report: string): string => report.replace(/\.html?$/i, ".png");

/** The files that `writeReport` writes. */
export function reportOutputs(path: string): Output[] {
  const advice = reportAdvice;
  return [
    { path, what: "the report", advice, bytes: reportBytes },
    { path: stripPath(path), what: "the film strip, which has the report's name,", advice, bytes: pictureBytes },
  ];
}

/** Writes the report, and beside it the film strip of its first clip. @throws FileError when that fails. */
export async function writeReport(screen: Screen, path: string, report: Report): Promise<ReportPaths> {
  await writeReportFile(screen, path, reportHtml(report));
  const [first] = report.clips;
  if (!first) return { html: path };
  const png = stripPath(path);
  await writePicture(screen, png, gateStrip(first));
  return { html: path, png };
}

/** Writes a report with the sign by which the next run knows that it may replace it. @throws FileError when that fails. */
export async function writeReportFile(screen: Screen, path: string, html: string): Promise<void> {
  const signed = html.replace('<meta charset="utf-8">', '$&\n<meta name="generator" content="zoetrope">');
  await writeOutput(screen, path, (to) => writeFile(to, [new TextEncoder().encode(signed)]));
}

/** Writes a picture with such a sign, a chunk of text behind the header. @throws FileError when that fails. */
export async function writePicture(screen: Screen, path: string, png: Uint8Array): Promise<void> {
  const headerEnd = 8 + 25; // the signature and IHDR
  const text = Buffer.from("tEXtSoftware\0zoetrope", "latin1");
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(text.length - 4, 0);
  numbers.writeUInt32BE(crc32(text), 4);
  const chunk = [numbers.subarray(0, 4), text, numbers.subarray(4)];
  const pieces = [png.subarray(0, headerEnd), ...chunk, png.subarray(headerEnd)];
  await writeOutput(screen, path, (to) => writeFile(to, pieces));
}
