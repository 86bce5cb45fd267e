// Files of results.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";

/** Files of other formats are not compared. */
export const format = 2;

const fiveDigits = (_, value) => (typeof value === "number" ? Number(value.toPrecision(5)) : value);

/** The processor's name; /proc/cpuinfo has more of it than Node where machines hide it. */
function processor() {
  const cores = cpus();
  return { cpu: cores[0].model.trim(), cores: cores.length };
}

/** The commit that was measured, with "+" where files differ from it; undefined outside of a clone. */
function commit() {
  const git = (...args) => execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "src", "assembly", "bench") === "" ? "" : "+"); // prettier-ignore
  } catch {
    return undefined;
  }
}

/** The command, the date and the machine, for the head of a file. */
export const headOf = (command) => ({
  format,
  command,
  date: new Date().toISOString(),
  commit: commit(),
  machine: processor(),
  node: process.versions.node,
  v8: process.versions.v8,
});

/** Writes results after the head. */
export function writeFile(file, contents) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(contents, fiveDigits, 2).replace(/\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g, (list) => list.replace(/\s+/g, " "))}\n`); // prettier-ignore
}

/** Writes the results of a study with its command and the machine. */
export function writeResults(file, command, contents) {
  writeFile(file, { ...headOf([command, ...process.argv.slice(2)].join(" ")), ...contents });
}

/** Reads a file of `npm run bench`. @throws Error of one line where it is none, or is of another format. */
export function readResults(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`--compare ${file}: ${error.message.split("\n")[0]}; expected a file of \`npm run bench\`.`);
  }
  if (results?.format === format && Array.isArray(results.rows)) return results;
  throw new Error(
    `--compare ${file}: format ${results?.format ?? "none"}; expected ${format}, as \`npm run bench\` writes it now.`,
  );
}
