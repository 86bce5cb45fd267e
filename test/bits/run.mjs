// Trains the same network in several JavaScript engines, and fails where the bits of the weights differ:
//   npm run bits                  all of them
//   npm run bits -- NAME...       some of them, such as node@22 bun firefox
// Other versions of Node, Bun and Deno come by npx. Chromium and Firefox run where they are installed.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { closeBrowser, findChromium, sharedBrowser } from "../support/browser/chromium.mjs";
import { inPage } from "../support/browser/page.mjs";
import { serve, variants } from "../support/browser/server.mjs";
import { expected } from "./training.mjs";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const program = "test/bits/program.mjs";
const timeout = 600_000;

/** @typedef {{ hash: string, backend: string, threads: number, version: string }} Found */

/** Runs the program by a command; `threads` as in ZOETROPE_THREADS. */
async function byCommand(/** @type {string[]} */ [command, ...args], /** @type {string} */ threads) {
  const run = promisify(execFile);
  const options = { cwd: repository, timeout, env: { ...process.env, ZOETROPE_THREADS: threads } };
  const { stdout } = await run(command, [...args, program], options);
  const version = await run(command, [...args.filter((word) => word !== "run"), "--version"], options);
  const found = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  return /** @type {Found} */ ({ ...found, version: version.stdout.split("\n")[0] });
}

const byNpx = (/** @type {string} */ name) => ["npx", "--yes", name];

/** The text of a module that a page runs. */
const module = `
  import * as zoetrope from "/dist/index.js";
  import { trainedHash } from "/test/bits/training.mjs";
  export default async () => {
    await zoetrope.init({ relaxed: false });
    const hash = await trainedHash(zoetrope);
    return { hash, ...zoetrope.info() };
  };`;

async function inChromium(/** @type {keyof typeof variants} */ variant) {
  const found = await inPage(variant, module);
  return { ...found, version: `Chromium ${(await sharedBrowser()).version()}` };
}

const firefox = ["firefox", "firefox-esr"]
  .flatMap((name) => (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

/** Opens a page in Firefox, which asks the server for a path that holds the result. @returns {Promise<Found>} */
async function inFirefox() {
  const profile = mkdtempSync(join(tmpdir(), "zoetrope-firefox-"));
  const script = `
    import train from "./module.js";
    const answer = await train().catch((error) => ({ error: String(error) }));
    await fetch("/answer/" + encodeURIComponent(JSON.stringify({ ...answer, version: navigator.userAgent.split(" ").at(-1) })));`;
  const files = { "/index.html": '<!doctype html><script type="module" src="./main.js"></script>', "/main.js": script };
  /** @type {(found: any) => void} */
  let answered = () => {};
  const answer = new Promise((resolve) => (answered = resolve));
  const onRequest = (/** @type {string} */ path) => {
    if (path.startsWith("/answer/")) answered(JSON.parse(path.slice("/answer/".length)));
  };
  const headers = variants.isolated;
  const server = await serve({ folder: repository, files: { ...files, "/module.js": module }, headers, onRequest });
  const browser = spawn(firefox ?? "", ["--headless", "--no-remote", "--profile", profile, server.address]);
  const late = setTimeout(() => answered({ error: "Firefox gave no answer" }), timeout);
  try {
    const { error, ...found } = await answer;
    if (error !== undefined) throw new Error(error);
    return found;
  } finally {
    clearTimeout(late);
    const ended = new Promise((resolve) => browser.once("close", resolve));
    browser.kill();
    await ended;
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @type {Record<string, () => Promise<Found>>} */
const hosts = {
  "node, 1 thread": () => byCommand([process.execPath], "1"),
  "node, 3 threads": () => byCommand([process.execPath], "3"),
  ...Object.fromEntries([20, 22, 24, 26].map((n) => [`node@${n}`, () => byCommand(byNpx(`node@${n}`), "2")])),
  bun: () => byCommand(byNpx("bun@1"), "1"),
  deno: () => byCommand([...byNpx("deno@2"), "run", "--allow-read", "--allow-env", "--allow-sys"], "1"),
  ...(findChromium() && { chromium: () => inChromium("plain"), "chromium, isolated": () => inChromium("isolated") }),
  ...(firefox && { firefox: inFirefox }),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(hosts, name));
if (unknown.length > 0)
  throw new Error(`no host ${unknown.join(", ")}; expected some of ${Object.keys(hosts).join(", ")}`);
for (const browser of ["chromium", "firefox"])
  if (!hosts[browser]) console.log(`${browser}: not run, it is not installed`);
for (const name of names.length > 0 ? names : Object.keys(hosts)) {
  const outcome = await hosts[name]().then(
    ({ hash, backend, threads, version }) => {
      if (hash !== expected || backend !== "wasm (SIMD)") process.exitCode = 1;
      return `${version}, ${backend}, threads: ${threads}: ${hash === expected ? "the same bits" : `OTHER BITS, ${hash}`}`;
    },
    (/** @type {Error} */ error) => {
      process.exitCode = 1;
      return `FAILED: ${error.message}`;
    },
  );
  console.log(`${name}: ${outcome}`);
}
await closeBrowser();
