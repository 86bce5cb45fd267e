// Every block of code in README.md and in the pages of docs/ that users read: compiled in strict TypeScript, and run on the built package as
// a reader would run it. The blocks of README.md are complete; those of docs/ may use what a comment `<!-- test: ... -->` before them makes.
import { spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type PluginBuild, transformSync } from "esbuild";
import { createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Block, blocksOf } from "../support/blocks.js";
import { hasFfmpeg } from "../support/films.js";
import { findChromium, launch } from "../support/browser/chromium.mjs";
import { run } from "../support/programs.js";
import { serveWeights, writeReaderFiles } from "../support/readerFiles.js";

// ── the blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How many blocks of each kind a page has. A block whose fence is broken changes the numbers. */
const counts: Record<string, Partial<Record<Kind, number>>> = {
  "README.md": { program: 9, page: 2, shell: 8 },
  "docs/checkpoints.md": { program: 4 },
  "docs/coming-from-keras.md": { shown: 13, program: 13 },
  "docs/coming-from-tensorflowjs.md": { shown: 6, program: 6 },
  "docs/files.md": { program: 9 },
  "docs/hosts.md": { program: 2, worker: 1 },
  "docs/inspect.md": { program: 4 },
  "docs/memory.md": { program: 6 },
  "docs/mobilenet.md": { program: 1 },
  "docs/report.md": { program: 2 },
  "docs/threads.md": { program: 2 },
};

/**
 * "program": runs in Node. "page": the files of a page. "worker": imports a module of the kernels. "shown": code of other
 * libraries, which is not run.
 */
type Kind = "program" | "page" | "worker" | "shell" | "shown";

function kindOf({ page, language, code }: Block): Kind {
  if (language === "sh") return "shell";
  if (code.includes('?url"') || (language === "html" && page === "README.md")) return "page";
  const isOther = !["ts", "js", "html"].includes(language) || /\btf\.\w/.test(code);
  return isOther ? "shown" : code.includes('.wasm"') ? "worker" : "program";
}

const blocks = Object.keys(counts).flatMap((page) =>
  blocksOf(page).map((block) => ({ ...block, kind: kindOf(block) })),
);
const ofKind = (...kinds: Kind[]) => blocks.filter(({ kind }) => kinds.includes(kind));

/** Lines of shell that are not run here. All others begin with `npx zoetrope`. */
const notRun: Record<string, string> = {
  "npm ci && npm start": "installs the repository; test/cli/demo.test.ts runs the demo",
  "npm install zoetrope": "the package is not published yet",
  "npm install /path/to/zoetrope-0.1.0.tgz": "test/package/pack.test.ts installs what npm packs",
  "npx zoetrope gestures/": "takes minutes; test/cli/train/endToEnd.test.ts trains on a folder",
  "npx zoetrope predict --live /dev/video0 --model gestures.safetensors": "there is no camera",
  "ffmpeg -v error -i new.mp4 -r 5 -s 224x224 -pix_fmt rgb24 -f rawvideo - | npx zoetrope predict --live -":
    "test/cli/live.test.ts gives the command raw frames",
  "npm install vite": "Vite is installed",
  "npx vite": "the page is served by Vite's function createServer",
};

const linesToRun = ({ code }: Block) =>
  code
    .trim()
    .split("\n")
    .filter((line) => !(line in notRun));

/** What blocks of README.md print, by a piece of their code. */
const prints: [code: string, printed: RegExp][] = [
  ["npx zoetrope photo.jpg\n", /^ +espresso +\d\d\.\d %/m],
  ['readClip("photo.jpg"', /^espresso 0\.\d\d\n(\w+ 0\.\d\d\n){4}$/],
  ["npx zoetrope predict new.mp4", /new\.mp4 +(left|right) \d+\.\d %/],
  ["npx zoetrope predict --live", /^\{"source":"new\.mp4","frame":0,"timeSeconds":0,.*"label":"(left|right)"/m],
  ["npx zoetrope summary", /Total params: 1,256 /],
  ['readClip("walk.mp4"', /^\[ 1, 5 \] Float32Array/m],
  ["LSTM({ units: 100 })", /^213301 3507973$/m],
  ["EarlyStopping", /^\] 0\.\d+ 0\.[7-9]\d*$/m],
  ["valueAndGrad", /^50 2\.\d+\n100 .*\n150 .*\n200 [01]\.\d+$/m],
  ["rgb.length", /^0 150528\n0\.25 150528\n0\.5 150528\n0\.75 150528$/m],
  ["model.stream()", /^(Float32Array\(5\) \[[^\]]+\]\n){2,}$/],
  ["ScaleLayer", /^14$/m],
];

// ── a project of a reader ───────────────────────────────────────────────────────────────────────────────────────────────

const folder = mkdtempSync(join(tmpdir(), "zoetrope-readme-"));
const files = join(folder, "files");
let mirror: Awaited<ReturnType<typeof serveWeights>> | undefined;
const fileOf = (block: Block) => `${block.page.replace(/\W/g, "-")}-${blocks.indexOf(block as never)}`;

beforeAll(async () => {
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(resolve("."), join(folder, "node_modules/zoetrope"), "dir");
  for (const name of ["vite", "@types/node"]) {
    symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name), "dir");
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  mkdirSync(files);
  await writeReaderFiles(files);
  mirror = await serveWeights();
});
afterAll(() => {
  mirror?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own for a block, with the files that it names. */
function folderFor(block: Block): string {
  const own = join(folder, fileOf(block));
  mkdirSync(own);
  symlinkSync(join(folder, "node_modules"), join(own, "node_modules"), "dir");
  for (const name of readdirSync(files).filter((name) => block.code.includes(name))) {
    copyFileSync(join(files, name), join(own, name));
  }
  return own;
}

/** Runs Node; gives what it printed. @throws Error where it failed. */
function node(cwd: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("VITEST")));
  Object.assign(env, { XDG_CACHE_HOME: join(folder, "cache"), ZOETROPE_WEIGHTS_URL: mirror!.address });
  const child = spawn(process.execPath, args, { cwd, env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (text += piece));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) =>
      code === 0 ? done(text) : fail(new Error(`${args.join(" ")} ended with ${code}:\n${text}`)),
    );
  });
}

/** What Node runs: the script in HTML, without types, and with `using` written for versions that lack it. */
function asScript({ language, code }: Block): string {
  const script = language === "html" ? /<script type="module">([^]*)<\/script>/.exec(code)![1] : code;
  return transformSync(script, { loader: "ts", format: "esm", target: "node20" }).code;
}

/** Notes the number of buffers whenever a program prints; a training loop by hand prints in its steps. */
const watch = `
import { writeFileSync } from "node:fs";
import { memory } from "zoetrope";
const { log } = console;
const held = [];
console.log = (...args) => {
  held.push(memory().buffers);
  log(...args);
};
process.on("exit", () => writeFileSync("held.json", JSON.stringify(held)));
`;

// ── tests ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

test("the pages have as many blocks as are listed here, and each line of shell is run or says why not", () => {
  for (const page of Object.keys(counts)) {
    const own = blocks.filter((block) => block.page === page);
    const kinds: Partial<Record<Kind, number>> = {};
    for (const { kind } of own) kinds[kind] = (kinds[kind] ?? 0) + 1;
    console.log(`${page}: ${own.length} blocks: ${JSON.stringify(kinds)}`);
    expect(kinds, page).toEqual(counts[page]);
  }
  for (const [line, reason] of Object.entries(notRun)) console.log(`not run: ${line} (${reason})`);
  const lines = ofKind("shell").flatMap(({ code }) => code.trim().split("\n"));
  expect(lines.filter((line) => !(line in notRun) && !line.startsWith("npx zoetrope "))).toEqual([]);
  expect(Object.keys(notRun).filter((line) => !lines.includes(line))).toEqual([]);
  expect(prints.filter(([piece]) => !blocks.some(({ code }) => code.includes(piece)))).toEqual([]);
});

describe.each([
  { module: "node16", moduleResolution: "node16" },
  { module: "esnext", moduleResolution: "bundler" },
])("$moduleResolution", (options) => {
  test("all blocks compile in strict TypeScript", () => {
    const project = join(folder, options.moduleResolution);
    mkdirSync(project);
    for (const block of ofKind("program", "page", "worker").filter(({ language }) => language !== "html")) {
      writeFileSync(join(project, `${fileOf(block)}.${block.language}`), block.code);
    }
    // As the tools of Cloudflare Workers declare it.
    const wasm = 'declare module "*.wasm" { const module: WebAssembly.Module; export default module; }';
    writeFileSync(join(project, "wasm.d.ts"), wasm);
    const compilerOptions = {
      ...options,
      ...{ target: "es2022", strict: true, moduleDetection: "force", noImplicitOverride: true, noEmit: true },
      ...{ allowJs: true, checkJs: true, resolveJsonModule: true, skipLibCheck: true },
      types: ["node", "vite/client"],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", "."], project);
  });
});

describe("in Node", () => {
  const needsFilm = ({ code }: Block) => /\b\w+\.mp4\b/.test(code);
  const runnable = [...ofKind("program"), ...ofKind("shell").filter((block) => linesToRun(block).length > 0)];
  const able = runnable.filter((block) => hasFfmpeg || !needsFilm(block));
  const unable = runnable.length - able.length;
  if (unable > 0) console.log(`blocks of the pages: ffmpeg is not there; ${unable} did not run`);

  test.each(able)("$title", async (block) => {
    const own = folderFor(block);
    let text = "";
    if (block.kind === "program") {
      writeFileSync(join(own, "block.mjs"), asScript(block));
      writeFileSync(join(own, "watch.mjs"), watch);
      text = await node(own, "--import", "./watch.mjs", "block.mjs");
      const held = JSON.parse(readFileSync(join(own, "held.json"), "utf8")) as number[];
      if (/valueAndGrad[^]*console\.log/.test(block.code)) {
        expect(held.length).toBeGreaterThan(3);
        expect(new Set(held).size, `buffers after the steps: ${held.join(" ")}`).toBe(1);
      }
    } else {
      for (const line of linesToRun(block)) {
        text += await node(own, resolve("dist/cli.js"), ...line.split(" ").slice(2));
      }
    }
    if (block.page !== "README.md") return;
    for (const [piece, printed] of prints) if (block.code.includes(piece)) expect(text).toMatch(printed);
  });
});

test("a worker that imports the kernels as a module answers", async () => {
  for (const block of ofKind("worker")) {
    const own = folderFor(block);
    // Stands in for a host whose imports of .wasm give a WebAssembly.Module: Node's do not.
    const wasm = {
      name: "wasm",
      setup({ onResolve, onLoad }: PluginBuild) {
        onResolve({ filter: /^zoetrope\/kernels.*\.wasm$/ }, ({ path }) => ({
          path: resolve("dist", path.replace("zoetrope/", "")),
          namespace: "module",
        }));
        onLoad({ filter: /./, namespace: "module" }, ({ path }) => ({
          contents: `import { readFileSync } from "node:fs"; export default new WebAssembly.Module(readFileSync(${JSON.stringify(path)}));`,
        }));
      },
    };
    await build({
      stdin: { contents: block.code, resolveDir: own },
      ...({ bundle: true, format: "esm", platform: "node", target: "node20" } as const),
      plugins: [wasm],
      outfile: join(own, "worker.mjs"),
      external: ["h5wasm"],
      logLevel: "error",
    });
    const ask = `import worker from "./worker.mjs"; console.log(await (await worker.fetch()).json());`;
    writeFileSync(join(own, "ask.mjs"), ask);
    expect(await node(own, "ask.mjs")).toMatch(/\[ -?\d|backend: 'wasm \(SIMD\)'/);
  }
});

// ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const executablePath = findChromium();

if (executablePath && hasFfmpeg) {
  test("the page labels its film, as Vite serves it", async () => {
    const own = join(folder, "page");
    mkdirSync(join(own, "public"), { recursive: true });
    copyFileSync(join(files, "clip.mp4"), join(own, "public/clip.mp4"));
    for (const { language, code } of ofKind("page")) {
      writeFileSync(join(own, language === "html" ? "index.html" : "main.ts"), code);
    }
    const fs = { allow: [resolve("."), own] }; // the package is a link here
    const server = await createServer({ root: own, configFile: false, logLevel: "error", server: { port: 0, fs } });
    const browser = await launch();
    try {
      await server.listen();
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(server.resolvedUrls!.local[0]);
      const label = page.locator("p", { hasText: /^(espresso|cup|coffee_mug) 0\.\d\d$/ });
      await label.waitFor({ timeout: 60_000 });
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });
} else {
  const missing = [!executablePath && "chromium", !hasFfmpeg && "ffmpeg"].filter(Boolean).join(" and ");
  console.log(`blocks of the pages: ${missing} is not there; ${ofKind("page").length} did not run`);
}
