// Where the app of a world runs: in a program, in a page of Chromium, in an extension. Each gives the app's answers as texts.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, extname, join, normalize } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

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
const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "chromium"));
const browserPath = [...onPath, chromium.executablePath()].find((path) => existsSync(path));
/** Whether pages can run here. */
export const hasBrowser = browserPath !== undefined;
const launchOptions = { executablePath: browserPath, args: ["--no-sandbox"] };

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
  const { address, close } = await serve(join(folder, host.page), host.policy);
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

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".css": "text/css" };

/** Serves a folder. */
async function serve(/** @type {string} */ folder, /** @type {string | undefined} */ policy) {
  const server = createServer(({ url }, answer) => {
    const path = normalize(decodeURIComponent(new URL(url ?? "", "http://localhost").pathname));
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    answer.statusCode = existsSync(file) ? 200 : 404;
    answer.setHeader("content-type", types[/** @type {keyof types} */ (extname(file))] ?? "text/html");
    if (policy) answer.setHeader("content-security-policy", policy);
    answer.end(answer.statusCode === 200 ? readFileSync(file) : "");
  });
  await new Promise((listening) => server.listen(0, "localhost", () => listening(undefined)));
  return { address: `http://localhost:${portOf(server)}/`, close: () => server.close() };
}

const portOf = (/** @type {import("node:http").Server} */ server) =>
  /** @type {import("node:net").AddressInfo} */ (server.address()).port;

/** @type {Promise<import("playwright-core").Browser> | undefined} */
let browser;

/** Ends the browser, if one was started. */
export const closeBrowser = async () => (await browser)?.close();

/** The answers that a page shows. @throws Error with what the page's console says when it shows none. */
async function fromPage(/** @type {string} */ address) {
  browser ??= chromium.launch(launchOptions);
  const page = await (await browser).newPage();
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
  const { address, close } = await serve(".", undefined);
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
    ...launchOptions,
    args: [
      ...launchOptions.args,
      "--headless=new",
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
    ],
    headless: false,
  });
  try {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker", { timeout }));
    return await shownBy(await context.newPage(), new URL("/page.html", worker.url()).href);
  } finally {
    await context.close();
  }
}
