// Finds Chromium and starts it without a window: for tests, worlds and benchmarks.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

/** A Chromium of PATH, or the one that `npm run chromium` has downloaded; undefined where there is none. */
export function findChromium() {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "chromium"));
  return [...onPath, chromium.executablePath()].find((path) => existsSync(path));
}

/** Options of playwright, with further arguments of Chromium. @throws Error where there is no Chromium. */
export function launchOptions(/** @type {string[]} */ ...args) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("Chromium is not there; install it, or run `npm run chromium`");
  return { executablePath, args: ["--no-sandbox", ...args] };
}

/** Starts a browser that the caller closes. */
export const launch = (/** @type {string[]} */ ...args) => chromium.launch(launchOptions(...args));

/** @type {Promise<import("playwright-core").Browser> | undefined} */
let shared;

/** The browser that all pages of this process share; it starts with the first call. */
export const sharedBrowser = () => (shared ??= launch());

/** Ends the shared browser, if one was started. */
export async function closeBrowser() {
  const browser = shared;
  shared = undefined;
  await (await browser)?.close();
}
