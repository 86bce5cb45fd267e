// Where the app of a world runs: in a program, in a page of Chromium, in an extension. Each gives the app's answers as texts.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { closeBrowser, findChromium, launchOptions, sharedBrowser } from "../support/browser/chromium.mjs";
import { serve } from "../support/browser/server.mjs";

export { closeBrowser };

/**
 * @typedef {{ node: string }} NodeHost A command that prints the answer as a line.
 * @typedef {{ page: string, policy?: string }} PageHost A folder that is served, and a content security policy.
 * @typedef {{ server: string, pages?: string[], texts?: string[] }} ServerHost A command that serves, on $PORT, pages that show
 *   the answer and addresses that answer with it.
 * @typedef {{ extension: string }} ExtensionHost The folder of an extension whose page.html shows the answers of the page and of
 *   the worker.
 * @typedef {NodeHost | PageHost | ServerHost | ExtensionHost} Host
 */

const timeout = 120_000;
/** Whether pages can run here. */
export const hasBrowser = findChromium() !== undefined;

/** Starts a command of a project, with the project's programs on PATH. */
export function start(
  /** @type {string} */ command,
  /** @type {string} */ cwd,
  /** @type {NodeJS.ProcessEnv} */ env = {},
) {
  const path = `${join(cwd, "node_modules", ".bin")}:${process.env.PATH}`;
  const variables = {
    ...process.env,
    CI: "true",
    NO_COLOR: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    WRANGLER_SEND_METRICS: "false",
    NODE_ENV: undefined,
    ...env,
    PATH: path,
  };
  const child = spawn("bash", ["-c", command], {
    cwd,
    env: variables,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const ended = new Promise((done) => child.on("close", done));
  return { output: () => output, ended, stop: () => stopGroup(child.pid) };
}

/** Ends a command and the programs that it started. */
function stopGroup(/** @type {number | undefined} */ pid) {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // They have ended.
  }
}

/** Runs a command to its end and returns what it prints. @throws Error when it fails or takes more than five minutes. */
export async function run(/** @type {string} */ command, /** @type {string} */ cwd) {
  const { output, ended, stop } = start(command, cwd);
  const timer = setTimeout(stop, 300_000);
  const status = await ended;
  clearTimeout(timer);
  if (status !== 0) throw new Error(`${command} ended with ${status ?? "a timeout"}:\n${output()}`);
  return output();
}

/** Runs the app and returns its answers, as texts. */
export async function answersOf(/** @type {Host} */ host, /** @type {string} */ folder) {
  if ("node" in host) return [lastAnswer(await run(host.node, folder))];
  if ("server" in host) return fromServer(host, folder);
  if ("extension" in host) return fromExtension(join(folder, host.extension));
  const { address, close } = await serve({
    folder: join(folder, host.page),
    headers: host.policy === undefined ? {} : { "content-security-policy": host.policy },
  });
  try {
    return await fromPage(address);
  } finally {
    close();
  }
}

function lastAnswer(/** @type {string} */ output) {
  const line = /^.*?(\{"(?:predict|error)".*\})\s*$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`no answer was printed:\n${output}`);
  return line;
}

// ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The answers that a page shows. @throws Error with what the page's console says when it shows none. */
async function fromPage(/** @type {string} */ address) {
  const page = await (await sharedBrowser()).newPage();
  try {
    return await shownBy(page, address);
  } finally {
    await page.close();
  }
}

async function shownBy(/** @type {import("playwright-core").Page} */ page, /** @type {string} */ address) {
  /** @type {string[]} */
  const said = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  await page.goto(address);
  const answer = page.locator("html[data-answer]");
  const failed = (async () => {
    while (said.length === 0) await sleep(100);
    await sleep(5000); // an answer counts, even where the console says something too
    throw new Error(`the page shows no answer; its console says: ${said.join("; ")}`);
  })();
  failed.catch(() => {});
  try {
    await Promise.race([answer.waitFor({ state: "attached", timeout }), failed]);
  } finally {
    said.push(""); // ends the wait for failures
  }
  return ((await answer.getAttribute("data-answer")) ?? "").split("\n");
}

// ── servers and extensions ──────────────────────────────────────────────────────────────────────────────────────────────

/** A port that is free now. */
async function freePort() {
  const { address, close } = await serve({});
  close();
  return new URL(address).port;
}

async function fromServer(/** @type {ServerHost} */ { server, pages = [], texts = [] }, /** @type {string} */ folder) {
  const port = await freePort();
  const { output, ended, stop } = start(server, folder, { PORT: port });
  const address = (/** @type {string} */ path) => `http://localhost:${port}${path}`;
  try {
    const stopped = ended.then((status) => Promise.reject(new Error(`${server} ended with ${status}:\n${output()}`)));
    stopped.catch(() => {});
    await Promise.race([stopped, answering(address([...pages, ...texts][0]))]);
    const answers = [];
    for (const path of texts) answers.push(await textFrom(address(path)));
    for (const path of pages) answers.push(...(await fromPage(address(path))));
    return answers;
  } finally {
    stop();
  }
}

/** Waits until a server answers. */
async function answering(/** @type {string} */ address) {
  for (const end = Date.now() + timeout; Date.now() < end; await sleep(200)) {
    if (await fetch(address).catch(() => undefined)) return;
  }
  throw new Error(`${address} does not answer`);
}

async function textFrom(/** @type {string} */ address) {
  const answer = await fetch(address);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}: ${text}`);
  return text;
}

async function fromExtension(/** @type {string} */ folder) {
  const context = await chromium.launchPersistentContext("", {
    ...launchOptions("--headless=new", `--disable-extensions-except=${folder}`, `--load-extension=${folder}`),
    headless: false,
  });
  try {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker", { timeout }));
    return await shownBy(await context.newPage(), new URL("/page.html", worker.url()).href);
  } finally {
    await context.close();
  }
}
