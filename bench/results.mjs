// Writing files of results.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";

const fiveDigits = (_, value) => (typeof value === "number" ? Number(value.toPrecision(5)) : value);

/** Writes results with the command, the date and the machine. */
export function writeResults(file, command, contents) {
  const processors = cpus();
  const header = {
    command: [`${command} --`, ...process.argv.slice(2)].join(" "),
    date: new Date().toISOString(),
    machine: { cpu: processors[0].model, cores: processors.length },
    node: process.versions.node,
    v8: process.versions.v8,
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...header, ...contents }, fiveDigits, 2) + "\n");
}
