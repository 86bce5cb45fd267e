// Ratios of a run to an older one.
import { buildNames } from "./builds.mjs";
import { ratioOfMedians } from "./statistics.mjs";

const majorOf = (version) => version.split(".")[0];
const buildsIn = ({ rows }) =>
  buildNames.filter((name) => rows.some(({ engine, build }) => engine === "zoetrope" && build === name)).join(", ");

/** What differs between two runs so that their times cannot be compared. */
function differences(older, newer) {
  const pairs = [
    ["another processor", older.machine.cpu, newer.machine.cpu],
    ["another number of cores", older.machine.cores, newer.machine.cores],
    ["another version of Node", majorOf(older.node), majorOf(newer.node)],
    ["another clock", older.clock, newer.clock],
    ["other builds", buildsIn(older), buildsIn(newer)],
  ];
  return pairs
    .filter(([, before, now]) => before !== now)
    .map(([what, before, now]) => `${what} (${before} then, ${now} now)`);
}

/** @throws Error of one line where the machine, Node or the builds differ, unless `force` is set. */
export function checkComparable(older, newer, force) {
  const found = differences(older, newer);
  if (found.length === 0 || force) return;
  throw new Error(`--compare: the older run has ${found.join(" and ")}; --force compares all the same.`);
}

/**
 * The ratios new / old of all rows that both runs have. Times count in units of each run's own limit, so that a machine
 * that was slower that day does not; where a case has no limit, in milliseconds.
 */
export function compareResults(older, newer) {
  const before = new Map(older.rows.map((row) => [`${row.case} ${row.key}`, row]));
  return newer.rows.flatMap((row) => {
    const old = before.get(`${row.case} ${row.key}`);
    if (!old || old.error !== undefined || row.error !== undefined) return [];
    const hasLimit = old.overLimit !== undefined && row.overLimit !== undefined;
    const unit = ({ overLimit, ms }) => (hasLimit ? ms.median / overLimit.median : 1);
    const timesOf = (each) => each.samples.map((ms) => ms / unit(each));
    const of = hasLimit ? "time / limit" : "ms";
    return [{ case: row.case, key: row.key, of, ratio: ratioOfMedians(timesOf(row), timesOf(old)) }];
  });
}
