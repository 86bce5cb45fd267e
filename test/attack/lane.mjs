// Runs the cases of an area in a process of their own, which is ended where a case hangs and started again where one ends it.
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deadlineOf } from "./finding.mjs";
import { unmount } from "./support/disk.mjs";
import { makeSlowdown } from "./support/slowdown.mjs";

const childFile = fileURLToPath(new URL("child.mjs", import.meta.url));
/** How long the preparation of an area may take, in milliseconds. */
const preparation = 90_000;

/**
 * @typedef {import("./finding.mjs").Bytes} Bytes
 * @typedef {import("./finding.mjs").Verdict & { title: string, bytes?: Bytes, isSpoiled?: boolean }} Answer `isSpoiled`: its process is good for no other case.
 * @typedef {(expected: import("./areas.mjs").Area, place: { name: string, seed: number, folder: string }) => import("node:child_process").ChildProcess} Start
 */

/** @type {Start} */
const startChild = ({ heapMegabytes }, { name, seed, folder }) =>
  fork(childFile, [name, String(seed), folder], {
    execArgv: ["--expose-gc", ...(heapMegabytes ? [`--max-old-space-size=${heapMegabytes}`] : [])],
    detached: process.platform !== "win32", // a group, with the programs that cases start
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: privateEnvironment(folder),
  });

/** Nothing of the user's own is read or written: neither caches nor servers. */
export const privateEnvironment = (/** @type {string} */ folder) => ({
  ...process.env,
  HOME: join(folder, "home"),
  XDG_CACHE_HOME: join(folder, "cache"),
  LOCALAPPDATA: join(folder, "cache"),
  ZOETROPE_WEIGHTS_URL: "http://127.0.0.1:9/",
  NO_COLOR: "1",
  NODE_OPTIONS: "",
  // glibc gives each thread that decodes pictures a heap of its own, whose fragments look like growth of the process.
  MALLOC_ARENA_MAX: "1",
  // It keeps what was freed for later, up to the most that was ever used at once, which looks like growth too, and growth hides in
  // it. Blocks of this size and above go back to the system at once where none fits into what its heap has ahead: so it has nothing.
  MALLOC_MMAP_THRESHOLD_: "8192",
  MALLOC_TOP_PAD_: "0",
});

/** One area, and the process that is trying it. */
export class Lane {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  /** What the process has printed last. */
  #said = "";
  /** How often the process was started. */
  starts = 0;
  #root;

  /**
   * @param {string} name
   * @param {import("./areas.mjs").Area} area
   * @param {number} seed
   * @param {{ start?: Start, slowdown?: () => number, deadline?: typeof deadlineOf }} [parts] Replaced by tests.
   */
  constructor(name, area, seed, { start = startChild, slowdown = makeSlowdown(), deadline = deadlineOf } = {}) {
    Object.assign(this, { name, area, seed, start, slowdown, deadline });
    this.name = name;
    this.area = area;
    this.seed = seed;
    this.start = start;
    this.slowdown = slowdown;
    this.deadline = deadline;
    this.#root = mkdtempSync(join(tmpdir(), `zoetrope-attack-${name}-`));
    slowdown();
  }

  /** Runs one case. One that is too slow is run again alone, with twice the time, before it counts as one that hangs. */
  async run(/** @type {number} */ index) {
    const first = await this.#attempt(index, 1);
    return first.outcome === "hung" ? this.#attempt(index, 2) : first;
  }

  /** @returns {Promise<Answer>} */
  async #attempt(/** @type {number} */ index, /** @type {number} */ patience) {
    const broken = await this.#ready();
    if (broken) return { title: "preparing", outcome: "untyped", message: broken };
    const child = /** @type {import("node:child_process").ChildProcess} */ (this.#child);
    let title = "making the case";
    const answer = new Promise((/** @type {(answer: Answer) => void} */ resolve) => {
      child.on("message", (/** @type {any} */ message) => {
        if (message.title) title = message.title;
        if (message.index === index) resolve({ ...message.verdict, bytes: message.bytes });
      });
      child.once("close", (status, signal) => resolve({ title, ...crash(status, signal, this.#said) }));
      child.send({ index }, () => {}); // where it has ended, "close" says so
    });
    const ms = () => patience * this.deadline(this.area.expectedSeconds, this.slowdown());
    const result = await withDeadline(answer, ms);
    child.removeAllListeners("message");
    child.removeAllListeners("close");
    if (result) {
      if (child.exitCode !== null || child.signalCode !== null) this.#child = undefined;
      if (result.isSpoiled) await this.stop();
      return result;
    }
    await this.stop();
    return { title, outcome: "hung", message: `no end after ${(ms() / 1000).toFixed(0)} s` };
  }

  /** Starts the process where there is none. Gives what is wrong where it cannot be started. */
  async #ready() {
    if (this.#child) return undefined;
    this.#said = "";
    const folder = join(this.#root, String(++this.starts));
    mkdirSync(folder);
    const child = this.start(this.area, { name: this.name, seed: this.seed, folder });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text) => (this.#said = (this.#said + text).slice(-4000)));
    }
    const ready = new Promise((resolve) => {
      child.once("message", () => resolve("ready"));
      child.once("close", (status, signal) => resolve(crash(status, signal, this.#said).message));
    });
    const state = (await withDeadline(ready, () => preparation * this.slowdown())) ?? "the preparation has no end";
    if (state === "ready") return undefined;
    await this.stop();
    return state;
  }

  /** Ends the process and the programs that it started. */
  async stop() {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((done) => child.once("close", done));
    killGroup(child);
    await closed;
  }

  /** Ends the process and deletes its folders. */
  async close() {
    await this.stop();
    unmountUnder(this.#root);
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** Waits for an answer; undefined where the deadline, which a slower machine extends, passes before. */
async function withDeadline(/** @type {Promise<any>} */ answer, /** @type {() => number} */ deadline) {
  const began = performance.now();
  for (;;) {
    const left = deadline() - (performance.now() - began);
    if (left <= 0) return undefined;
    let timer;
    const passed = new Promise((resolve) => (timer = setTimeout(resolve, left, undefined)));
    const first = await Promise.race([answer, passed]);
    clearTimeout(timer);
    if (first !== undefined) return first;
  }
}

/** Ends a process and the programs that it started. */
export function killGroup(/** @type {import("node:child_process").ChildProcess} */ child) {
  const { pid } = child;
  try {
    if (pid === undefined || process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // it leads no group
  }
}

/** What the end of a process says. @returns {import("./finding.mjs").Verdict} */
const crash = (
  /** @type {number | null} */ status,
  /** @type {string | null} */ signal,
  /** @type {string} */ said,
) => ({
  outcome: "untyped",
  message: `the process ended with ${signal ?? status}: ${lastLines(said)}`,
});

const lastLines = (/** @type {string} */ text) => text.trim().split("\n").slice(-12).join(" | ").slice(-1200);

/** Unmounts what a process that was ended has left mounted: deleting a folder must not reach into other file systems. */
function unmountUnder(/** @type {string} */ folder) {
  if (process.platform !== "linux") return;
  const places = readFileSync("/proc/mounts", "utf8").split("\n").map((line) => line.split(" ")[1] ?? ""); // prettier-ignore
  for (const place of places.filter((path) => path.startsWith(`${folder}/`)).reverse()) unmount(place);
}
