// Counts how cases ended, keeps findings as files, and prints both.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printable } from "../../dist/printable.js";
import { bad, kindOf, outcomes } from "./finding.mjs";

/**
 * What is kept of a case.
 * @typedef {{ area: string, seed: number, index: number, title: string, outcome: import("./finding.mjs").Outcome, message: string, stack?: string }} Kept
 */

/** How many files are kept of findings of one kind: one for each title, so that each function or file is among them. */
const filesOfAKind = 30;
/** How many titles of a kind are printed. */
const titlesOfAKind = 8;

/** The results of one area. */
export class Tally {
  /** @type {Record<string, number>} */
  counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0]));
  /** @type {Map<string, { times: number, files: Map<string, string>, first: Kept }>} By kind. */
  findings = new Map();
  /** Why cases were skipped. @type {Set<string>} */
  reasons = new Set();
  /** How often each title was tried, and how often that did what was asked. @type {Map<string, { tried: number, survived: number }>} */
  titles = new Map();

  constructor(/** @type {string} */ area, /** @type {number} */ seed, /** @type {string} */ folder) {
    this.area = area;
    this.seed = seed;
    this.folder = folder;
  }

  get tried() {
    return outcomes.filter((outcome) => outcome !== "skipped").reduce((sum, outcome) => sum + this.counts[outcome], 0);
  }

  get numFindings() {
    return bad.reduce((sum, outcome) => sum + this.counts[outcome], 0);
  }

  /** Counts a case and keeps it where it is a finding. */
  add(/** @type {number} */ index, /** @type {import("./lane.mjs").Answer} */ { title, outcome, message, stack }) {
    this.counts[outcome]++;
    const times = this.titles.get(title) ?? { tried: 0, survived: 0 };
    this.titles.set(title, times);
    times.tried++;
    if (outcome === "survived") times.survived++;
    if (outcome === "skipped") this.reasons.add(message);
    if (!bad.includes(outcome)) return;
    const kept = { area: this.area, seed: this.seed, index, title, outcome, message, ...(stack && { stack }) };
    const kind = `${outcome}: ${kindOf(message)}`;
    const known = this.findings.get(kind) ?? { times: 0, files: new Map(), first: kept };
    this.findings.set(kind, known);
    known.times++;
    if (known.files.size < filesOfAKind && !known.files.has(title)) known.files.set(title, keep(this.folder, kept));
  }
}

/** Writes a finding into a file of its own and returns its path. */
function keep(/** @type {string} */ folder, /** @type {Kept} */ kept) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${kept.area}-${kept.seed}-${kept.index}.json`);
  writeFileSync(path, `${JSON.stringify({ ...kept, node: process.versions.node }, null, 2)}\n`);
  return path;
}

/** Reads what `keep` wrote. @returns {Kept} @throws Error for other files. */
export function readKept(/** @type {string} */ path) {
  const kept = JSON.parse(readFileSync(path, "utf8"));
  if (typeof kept.area === "string" && Number.isInteger(kept.seed) && Number.isInteger(kept.index)) return kept;
  throw new Error(`${path}: expected { area, seed, index }, as a run of npm run attack has written it`);
}

/** The table of counts. */
export function tableOf(/** @type {readonly Tally[]} */ tallies) {
  const header = ["area", "tried", ...outcomes];
  const rows = tallies.map((tally) => [tally.area, tally.tried, ...outcomes.map((name) => tally.counts[name])]);
  const width = (/** @type {number} */ i) => Math.max(...[header, ...rows].map((row) => String(row[i]).length));
  const line = (/** @type {readonly unknown[]} */ row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(width(i)) : String(cell).padStart(width(i)))).join("  ");
  return [header, ...rows].map(line).join("\n");
}

/**
 * How often each title of an area was tried and survived, and those that were not tried.
 * @param {Tally} tally
 * @param {readonly string[]} all The titles that there are, where the area knows them.
 */
export function coverageOf({ area, titles }, all) {
  const rows = [...new Set([...all, ...titles.keys()])].map((title) => ({ title, ...(titles.get(title) ?? { tried: 0, survived: 0 }) }));
  const count = (/** @type {(row: { tried: number, survived: number }) => boolean} */ test) => rows.filter(test).length;
  return [
    `${area}: ${rows.length} titles, ${count(({ tried }) => tried > 0)} tried, ${count(({ survived }) => survived > 0)} survived once at least`,
    ...rows.map(({ title, tried, survived }) => `${String(tried).padStart(8)} tried ${String(survived).padStart(8)} survived  ${title}`),
  ].join("\n");
} // prettier-ignore

/** The findings, those of a kind together, and why cases were skipped. */
export function findingsOf(/** @type {readonly Tally[]} */ tallies) {
  const lines = [];
  for (const { area, findings, reasons } of tallies) {
    for (const reason of reasons) lines.push(`${area}: left out: ${reason}`);
    for (const { times, files, first } of findings.values()) {
      const titles = [...files.keys()];
      const more = titles.length > titlesOfAKind ? ` and ${titles.length - titlesOfAKind} more` : "";
      lines.push(`${area}: ${first.outcome}, ${times} times: ${printable(first.message, 300)}`);
      lines.push(
        `    in ${titles
          .slice(0, titlesOfAKind)
          .map((title) => printable(title))
          .join("; ")}${more}`,
      );
      lines.push(`    npm run attack -- --replay ${files.get(titles[0])}`);
    }
  }
  return lines.join("\n");
}
