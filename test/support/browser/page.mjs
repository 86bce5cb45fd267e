// Runs a module in a page of headless Chromium, or in a worker of one, and brings its result back.
import { fileURLToPath } from "node:url";
import { sharedBrowser } from "./chromium.mjs";
import { serve, variants } from "./server.mjs";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * @typedef {keyof typeof variants} Variant
 * @typedef {object} PageOptions
 * @property {"page" | "worker" | "serviceWorker"} [where] Where the module runs; the workers are of type module. In the page by default.
 * @property {Readonly<Record<string, string>>} [files] Further texts that the server has, by path.
 */

// The page waits for a promise, `answer`. Errors are brought back as texts.

const answers = `
  const settle = (work) => work().then((value) => ({ value }), (error) => ({ error: error?.stack ?? String(error) }));
  const run = async () => {
    const { default: result } = await import("./module.js");
    return typeof result === "function" ? result() : result;
  };`;

/** Texts of the page and of the worker for each place where the module may run. */
const places = {
  page: { page: `${answers}; globalThis.answer = settle(run);`, worker: "" },
  worker: {
    page: `
      const worker = new Worker("./worker.js", { type: "module" });
      globalThis.answer = new Promise((done) => {
        worker.onmessage = ({ data }) => done(data);
        worker.onerror = ({ message }) => done({ error: message ?? "the worker could not be loaded" });
      });`,
    worker: `${answers}; settle(run).then((answer) => postMessage(answer));`,
  },
  // A service worker has no import(), and imports in what it is registered with are all that it may import.
  serviceWorker: {
    page: `
      globalThis.answer = (async () => {
        await navigator.serviceWorker.register("./worker.js", { type: "module" });
        const { active } = await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
        active.postMessage("go", [port2]);
        return answer;
      })().catch((error) => ({ error: String(error) }));`,
    worker: `
      import result from "./module.js";
      self.onmessage = async ({ ports: [port] }) => {
        try {
          port.postMessage({ value: await (typeof result === "function" ? result() : result) });
        } catch (error) {
          port.postMessage({ error: error?.stack ?? String(error) });
        }
      };`,
  },
};

/**
 * Opens a page with a module, and closes it with `close`. The server has the files of the repository: "/dist/index.js" is
 * the built package, and "/dist/zoetrope.min.js" the same in one file, which loads faster.
 * @param {Variant} variant The headers of the page.
 * @param {string} source The text of a module. Its default export is the result, or a function that gives it.
 * @param {PageOptions} [options]
 */
export async function openPage(variant, source, { where = "page", files = {} } = {}) {
  const { page: script, worker } = places[where];
  const index = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>';
  const own = { "/index.html": index, "/main.js": script, "/worker.js": worker, "/module.js": source };
  const server = await serve({ folder: repository, files: { ...own, ...files }, headers: variants[variant] });
  const context = await (await sharedBrowser()).newContext();
  const page = await context.newPage();
  /** Errors, and what the console says as an error. @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
  const close = async () => {
    await context.close();
    server.close();
  };
  try {
    await page.goto(server.address);
    await page.waitForFunction("globalThis.answer !== undefined");
  } catch (error) {
    await close();
    throw error;
  }
  /** The result. @throws Error when the module threw one. @returns {Promise<any>} */
  const answer = async () => {
    const { value, error } = /** @type {{ value?: unknown, error?: string }} */ (await page.evaluate("answer"));
    if (error !== undefined) throw new Error(`in the ${where} (${variant}): ${[error, ...complaints].join("\n")}`);
    return value;
  };
  return { page, complaints, answer, close };
}

/**
 * Runs a module in a page of this variant and gives its result, which must be data that JSON or a message can hold.
 * @param {Variant} variant The headers of the page; see `variants`.
 * @param {string} source The text of a module. Its default export is the result, or a function that gives it.
 * @param {PageOptions} [options]
 * @returns {Promise<any>}
 * @throws Error with the module's own, and what the console says, when it throws one.
 * @example
 * await inPage("isolated", "export default globalThis.crossOriginIsolated") // true
 */
export async function inPage(variant, source, options) {
  const { answer, close } = await openPage(variant, source, options);
  try {
    return await answer();
  } finally {
    await close();
  }
}
