// Results as text.
import { titles } from "./contenders.mjs";

const digits = (x) => (x === undefined ? "" : String(Number(x.toPrecision(3))));
const withInterval = (figure) => (figure === undefined ? "" : `${digits(figure.median)} (${digits(figure.low)} to ${digits(figure.high)})`); // prettier-ignore

/** Lines of cells, the first column to the left and others to the right. */
export function tableText(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

/** Who a row is about: "Zoetrope, fma, page, 2 threads". */
export function nameOf({ engine, build, host, threads }) {
  const place = host === "page" ? "page" : "";
  return [titles[engine], build, place, threads > 1 ? `${threads} threads` : ""].filter(Boolean).join(", ");
}

const shownError = (error) => (error.length > 60 ? `${error.slice(0, 57)}...` : error);

/** The rows of a case. Engines that do not have it at all are left out. */
export function caseText(rows) {
  const shown = rows.filter(({ error }) => error !== "not a case of this engine");
  const lines = shown.map((row) => {
    const start = [`  ${nameOf(row)}`];
    if (row.error !== undefined) return [...start, shownError(row.error), "", "", ""];
    const rate = row.gbPerSecond === undefined ? digits(row.gflops) : `${digits(row.gbPerSecond)} GB/s`;
    return [...start, withInterval(row.ms), digits(row.bestMs), rate, withInterval(row.overLimit)];
  });
  return tableText([[rows[0].case, "ms (95 %)", "best", "GFLOP/s", "time / limit (95 %)"], ...lines]);
}

/** Ratios of ours to others. */
export function ratiosText(ratios, rows) {
  const rowOf = (name, key) => rows.find((row) => row.case === name && row.key === key);
  const lines = ratios.map(({ case: name, ours, theirs, ratio }) => [
    ...[name, nameOf(rowOf(name, ours)), nameOf(rowOf(name, theirs))],
    withInterval(ratio),
  ]);
  return tableText([["case", "ours", "theirs", "ours / theirs (95 %)"], ...lines]);
}

/** Ratios to an older run; those whose whole interval is above 1.02 are marked. */
export function comparisonText(compared, rows) {
  const lines = compared.map(({ case: name, key, of, ratio }) => {
    const row = rows.find((each) => each.case === name && each.key === key);
    const mark = ratio.low > 1.02 ? "SLOWER" : ratio.high < 0.98 ? "faster" : "";
    return [name, nameOf(row), of, withInterval(ratio), mark];
  });
  return tableText([["case", "", "of", "new / old (95 %)", ""], ...lines]);
}
