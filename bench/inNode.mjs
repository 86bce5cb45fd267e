// node bench/inNode.mjs MODULE SETTINGS      One contender in a process of its own: a line of JSON in, a line out.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { answering } from "./timing.mjs";

const [, , module, settings] = process.argv;
/** The bytes of a file of the repository. */
const bytesOf = (path) => readFile(new URL(`../${path}`, import.meta.url));
async function open() {
  const { open } = await import(new URL(module, import.meta.url).href);
  return open({ ...JSON.parse(settings), bytesOf });
}
/** Milliseconds that this process has had a processor for. */
const ofProcessor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const answer = answering(open(), JSON.parse(settings).cpu ? ofProcessor : undefined);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
process.exit();
