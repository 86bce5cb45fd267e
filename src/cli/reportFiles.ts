/** Writes the report and the film strip. */
import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { FileError } from "../index.js";
import { gateStrip, type Report, reportHtml } from "../report/index.js";
import { UsageError } from "./usage.js";

export interface ReportPaths {
  html: string;
  /** The film strip of the first clip; absent where there is none. */
  png?: string;
}

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

/** Writes the report, and beside it the film strip of its first clip. @throws FileError when that fails. */
export async function writeReport(path: string, report: Report): Promise<ReportPaths> {
  await writeReportFile(path, reportHtml(report));
  const [first] = report.clips;
  if (!first) return { html: path };
  const png = path.replace(/\.html?$/i, ".png");
  await writeReportFile(png, gateStrip(first));
  return { html: path, png };
}

/** Writes the report or its film strip. @throws FileError when that fails. */
export async function writeReportFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content).catch((error: NodeJS.ErrnoException) => {
    throw new FileError(`${path}: cannot be written (${error.code}); give another place with --report FILE.html.`);
  });
}
