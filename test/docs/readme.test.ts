// Every block of code in README.md and in the pages of docs/ that users read: compiled in strict TypeScript, and run on the built package as
// a reader would run it. The blocks of README.md are complete; those of docs/ may use what a comment `<!-- test: ... -->` before them makes.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type PluginBuild, transformSync } from "esbuild";
import { decode } from "fast-png";
import { encode } from "jpeg-js";
import { chromium } from "playwright-core";
import { createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveModel } from "../../src/formats/index.js";
import {
  Adam,
  ConvLSTM2D,
  Dense,
  Flatten,
  Input,
  MobileNet,
  Model,
  Sequential,
  setSeed,
  TimeDistributed,
} from "../../src/index.js";
import { type Block, blocksOf } from "../support/blocks.js";
import { ffmpeg, hasFfmpeg } from "../support/films.js";
import { findChromium, run } from "../support/programs.js";

// ── the blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How many blocks of each kind a page has. A block whose fence is broken changes the numbers. */
const counts: Record<string, Record<string, number>> = {
  "README.md": { program: 8, page: 2, worker: 1, shell: 7 },
};

/** "program": runs in Node. "page": the HTML and the script of a page. "worker": imports a module of the kernels. */
type Kind = "program" | "page" | "worker" | "shell" | "shown";

function kindOf({ language, code }: Block): Kind {
  if (language === "sh") return "shell";
  if (language === "html" || code.includes('?url"')) return "page";
  if (!["ts", "js"].includes(language)) return "shown";
  return code.includes('.wasm"') ? "worker" : "program";
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
  "npm install vite": "Vite is installed",
  "npx vite": "the page is served by Vite's function createServer",
};

/** What blocks print, by a piece of their code. */
const prints: [code: string, printed: RegExp][] = [
  ["npx zoetrope photo.jpg\n", /^ +espresso +\d\d\.\d %/m],
  ['readClip("photo.jpg"', /^espresso 0\.\d\d\n(\w+ 0\.\d\d\n){4}$/],
  ["npx zoetrope predict", /new\.mp4 +(left|right) \d+\.\d %/],
  ["npx zoetrope summary", /Total params: 1,256 /],
  ['readClip("walk.mp4"', /^\[ 1, 5 \] Float32Array/m],
  ["LSTM({ units: 100 })", /^213301 3507973$/m],
  ["EarlyStopping", /^\] 0\.\d+ 0\.[7-9]\d*$/m],
  ["valueAndGrad", /^50 2\.\d+\n100 .*\n150 .*\n200 [01]\.\d+$/m],
  ["readFrames", /^0 150528\n0\.25 150528\n0\.5 150528\n0\.75 150528$/m],
  ["ScaleLayer", /^14$/m],
];

// ── a project of a reader ───────────────────────────────────────────────────────────────────────────────────────────────

const folder = mkdtempSync(join(tmpdir(), "zoetrope-readme-"));
const fileOf = (block: Block) => `${block.page.replace(/\W/g, "-")}-${blocks.indexOf(block as never)}`;

beforeAll(async () => {
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(resolve("."), join(folder, "node_modules/zoetrope"), "dir");
  for (const name of ["vite", "ndarray", "@types/node", "@types/ndarray"]) {
    symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name), "dir");
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  mkdirSync(join(folder, "files"));
  await writeFiles(join(folder, "files"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files that blocks read, by the names that they give them. */
async function writeFiles(to: string): Promise<void> {
  const photo = "test/fixtures/photos/coffee.png";
  const { width, height, data, channels } = decode(readFileSync(photo));
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgba[i * 4 + c] = data[i * channels + c];
  writeFileSync(join(to, "photo.jpg"), encode({ width, height, data: rgba }, 95).data);
  if (hasFfmpeg) {
    const film = ["-loop", "1", "-t", "1", "-r", "8", "-i", photo, "-pix_fmt", "yuv420p", "-c:v", "libvpx-vp9"];
    ffmpeg(...film, join(to, "walk.mp4"));
    for (const name of ["new.mp4", "clip.mp4"]) copyFileSync(join(to, "walk.mp4"), join(to, name));
  }
  setSeed(1);
  const digits = Sequential([
    Input({ shape: [8, 32, 32, 1] }),
    ConvLSTM2D({ filters: 2, kernelSize: 3, strides: 4 }),
    Flatten(),
    Dense({ units: 8, activation: "softmax" }),
  ]);
  digits.compile({ optimizer: Adam(), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  await saveModel(digits, join(to, "film.keras"));
  const [frames, size, classes] = [4, 224, ["left", "right"]];
  const film = Input({ shape: [frames, size, size, 3] });
  const cnn = await MobileNet({ alpha: 0.25, inputShape: [size, size, 3], includeTop: false, weights: null });
  const maps = ConvLSTM2D({ filters: 4, kernelSize: 3, padding: "same" })(TimeDistributed(cnn)(film));
  const outputs = Dense({ units: classes.length, activation: "softmax" })(Flatten()(maps));
  const classifier = JSON.stringify({ classes, frames, size, windowSeconds: 0.5 });
  await saveModel(Model({ inputs: film, outputs }), join(to, "gestures.safetensors"), { metadata: { classifier } });
}

/** A folder of its own for a block, with the files that it names. */
function folderFor(block: Block): string {
  const own = join(folder, fileOf(block));
  mkdirSync(own);
  for (const name of ["photo.jpg", "walk.mp4", "new.mp4", "film.keras", "gestures.safetensors"]) {
    if (block.code.includes(name)) copyFileSync(join(folder, "files", name), join(own, name));
  }
  return own;
}

/** Runs Node; gives what it printed. @throws Error where it failed. */
function node(cwd: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("VITEST")));
  const child = spawn(process.execPath, args, { cwd, env: { ...env, XDG_CACHE_HOME: join(folder, "cache") } });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (text += piece));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) =>
      code === 0 ? done(text) : fail(new Error(`${args.join(" ")} ended with ${code}:\n${text}`)),
    );
  });
}

/** What Node runs: the types taken out, and `using` written for versions that lack it. */
const asScript = (block: Block): string =>
  transformSync(block.code, { loader: "ts", format: "esm", target: "node20" }).code;

// ── tests ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

test("the pages have as many blocks as are listed here, and each line of shell is run or says why not", () => {
  const found = Object.keys(counts).map((page) => {
    const kinds = blocks.filter((block) => block.page === page).map(({ kind }) => kind);
    return [
      page,
      Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((k) => k === kind).length])),
    ];
  });
  expect(Object.fromEntries(found)).toEqual(counts);
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
      ...{ target: "es2022", strict: true, noImplicitOverride: true, noUnusedLocals: true, noEmit: true },
      ...{ allowJs: true, checkJs: true, resolveJsonModule: true, skipLibCheck: true },
      types: ["node", "vite/client"],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", "."], project);
  });
});

describe("in Node", () => {
  const needsFilm = ({ code }: Block) => /\b\w+\.mp4\b/.test(code);
  const able = ofKind("program", "shell").filter((block) => hasFfmpeg || !needsFilm(block));
  const unable = ofKind("program", "shell").length - able.length;
  if (unable > 0) console.log(`blocks of the pages: ffmpeg is not there; ${unable} did not run`);

  test.each(able)("$title", async (block) => {
    const own = folderFor(block);
    let text = "";
    if (block.kind === "program") {
      writeFileSync(join(own, "block.mjs"), asScript(block));
      text = await node(own, "block.mjs");
    } else {
      for (const line of block.code
        .trim()
        .split("\n")
        .filter((line) => !(line in notRun))) {
        text += await node(own, resolve("dist/cli.js"), ...line.split(" ").slice(2));
      }
    }
    for (const [piece, printed] of prints) if (block.code.includes(piece)) expect(text).toMatch(printed);
  });
});

test("a training loop by hand holds as much memory after each step", async () => {
  const loops = ofKind("program").filter(({ code }) => code.includes("using loss"));
  expect(loops.length).toBeGreaterThan(0);
  for (const block of loops) {
    const own = join(folder, `${fileOf(block)}-memory`);
    mkdirSync(own);
    const watch =
      'import { memory } from "zoetrope"; const { log } = console; console.log = () => log(memory().buffers);';
    writeFileSync(join(own, "watch.mjs"), watch);
    writeFileSync(join(own, "block.mjs"), asScript(block));
    const held = (await node(own, "--import", "./watch.mjs", "block.mjs")).trim().split("\n").map(Number);
    expect(held.length).toBeGreaterThan(2);
    expect(new Set(held).size, held.join(" ")).toBe(1);
  }
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
    expect(await node(own, "ask.mjs")).toMatch(/^\[ -?\d+\.\d+ \]$/m);
  }
});

// ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const executablePath = findChromium();

if (executablePath && hasFfmpeg) {
  test("the page labels its film, as Vite serves it", async () => {
    const own = join(folder, "page");
    mkdirSync(join(own, "public"), { recursive: true });
    copyFileSync(join(folder, "files/clip.mp4"), join(own, "public/clip.mp4"));
    for (const { language, code } of ofKind("page")) {
      writeFileSync(join(own, language === "html" ? "index.html" : "main.ts"), code);
    }
    const fs = { allow: [resolve("."), own] }; // the package is a link here
    const server = await createServer({ root: own, configFile: false, logLevel: "error", server: { port: 0, fs } });
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
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
