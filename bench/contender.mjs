// The other side of a contender: a process, or a page, which prepares a case and times it when asked.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { launch } from "../test/support/browser/chromium.mjs";
import { serve, variants } from "../test/support/browser/server.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));

/** @returns `{ ask, close }` of a program that answers each line of JSON with one. */
export function openProgram(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  let failure;
  const waiting = [];
  const fail = (text) => {
    failure ??= text;
    for (const done of waiting.splice(0)) done({ error: failure });
  };
  child.stderr.on("data", (piece) => (said = (said + piece).slice(-2000)));
  child.stdin.on("error", () => {}); // `close` says it
  child.on("error", () => fail(`there is no program ${command}`));
  child.on("close", (code) => fail(`ended with ${code}: ${said.trim().split("\n").at(-1)}`));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("{")) waiting.shift()?.(JSON.parse(line));
  });
  return {
    ask: (request) =>
      new Promise((done) => {
        if (failure !== undefined) return done({ error: failure });
        waiting.push(done);
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    close: () => void child.kill("SIGKILL"),
  };
}

/** The packages that modules import by name; a page has no other way to find them. */
const imports = {
  "@litertjs/core": "/bench/peers/node_modules/@litertjs/core/dist/index.js",
  "@litertjs/wasm-utils": "/bench/peers/node_modules/@litertjs/wasm-utils/dist/index.js",
  "onnxruntime-web": "/bench/peers/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
};

const script = `
  import { answering } from "/bench/timing.mjs";
  const [module, settings] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const bytesOf = async (path) => {
    const answer = await fetch("/" + path);
    if (!answer.ok) throw new Error(path + " is not there");
    return new Uint8Array(await answer.arrayBuffer());
  };
  const open = async () => (await import("/bench/" + module)).open({ ...settings, bytesOf });
  globalThis.ask = answering(open());`;

/** Starts a browser in which contenders are pages, all of one isolated site. */
export async function openBrowser() {
  const index = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script><body><script type="module" src="/main.js"></script>`;
  const files = { "/index.html": index, "/main.js": script };
  const server = await serve({ folder: root, files, headers: variants.isolated });
  const browser = await launch();
  return {
    version: browser.version(),
    async open(module, settings) {
      const page = await browser.newPage();
      let failure;
      page.on("pageerror", (error) => (failure ??= error.message));
      await page.goto(`${server.address}#${encodeURIComponent(JSON.stringify([module, settings]))}`);
      const ready = async () => {
        while (failure === undefined && !(await page.evaluate("!!globalThis.ask"))) await page.waitForTimeout(50);
      };
      await ready();
      return {
        ask: async (request) =>
          failure === undefined ? page.evaluate((each) => globalThis.ask(each), request) : { error: failure },
        close: () => page.close(),
      };
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
