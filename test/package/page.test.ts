// examples/page from the packed tarball, in Vite's development server and its build, in a headless browser.
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"; // prettier-ignore
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, createServer, preview } from "vite";
import { exportOnnx, loadModel, saveModel, saveWeights } from "../../src/formats/index.js";
import {
  ConvLSTM2D,
  Dense,
  Flatten,
  fromPixels,
  Input,
  MobileNet,
  Model,
  random,
  Sequential,
  setSeed,
  stack,
  TimeDistributed,
} from "../../src/index.js";
import { picture } from "../fixtures/page/picture.js";
import { findChromium, launch } from "../support/browser/chromium.mjs";
import { serve as serveFiles, variants } from "../support/browser/server.mjs";
import { findProgram, run } from "../support/programs.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("page");
const app = join(folder, "app");
const clip = join(folder, "coffee.webm");
const quiet = { root: app, configFile: join(app, "vite.config.js"), logLevel: "error" } as const;

const browserPath = findChromium();
const ffmpeg = findProgram("ffmpeg");

/** As a user would have it, but that Vite is the project's. */
beforeAll(() => {
  const packed = run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], resolve("."));
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  for (const each of readdirSync("examples/page").filter((name) => !/^(node_modules|build)$/.test(name))) {
    cpSync(join("examples/page", each), join(app, each), { recursive: true });
  }
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", join(folder, filename)], app);
  for (const name of ["vite", "h5wasm", "fflate"]) {
    symlinkSync(resolve("node_modules", name), join(app, "node_modules", name));
  }
});

test("the example type-checks against the package", () => {
  run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", app], folder);
});

test("the build of an app that imports only Dense is a small script, and that of threads: no weights, no gpu.js, no h5wasm", async () => {
  const root = join(folder, "dense");
  mkdirSync(root);
  symlinkSync(join(app, "node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "index.html"), '<script type="module" src="./main.js"></script>');
  writeFileSync(join(root, "main.js"), 'import { Dense } from "zoetrope"; console.log(Dense({ units: 2 }).name);');
  await build({ root, configFile: false, logLevel: "error" });
  const files = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" }).sort();
  const [main, threads] = ["index", "sharing"].map(
    (name) => expect.stringMatching(new RegExp(`^assets.${name}-.*\\.js$`)) as string,
  );
  expect(files).toEqual(["assets", main, threads, "index.html"]);
  const script = readFileSync(join(root, "dist", files[1]), "utf8");
  expect(script).not.toMatch(/mobilenet|imagenet|gpu\.?js|h5wasm|willReadFrequently/i);
  expect(script.length).toBeLessThan(200_000);
});

// ── in a browser ────────────────────────────────────────────────────────────────────────────────────────────────────────

let browser: Browser;
/** Images on another port, which a page may not read (no CORS header). */
let elsewhere: Awaited<ReturnType<typeof serveFiles>>;

async function prepare(): Promise<void> {
  const filters = "scale=280:280,pad=400:300:60:10:gray";
  const photo = ["-loop", "1", "-t", "2", "-i", resolve("test/fixtures/photos/coffee.png")];
  run(
    ffmpeg!,
    ["-v", "error", ...photo, "-vf", filters, "-r", "15", "-c:v", "libvpx", "-b:v", "1M", "-y", clip],
    folder,
  );
  cpSync("test/fixtures/page", app, { recursive: true });
  writeFileSync(join(app, "public/small.keras"), kerasFile());
  await saveTrained(join(app, "public/steps.safetensors"));
  elsewhere = await serveFiles({ folder: "test/fixtures/photos" });
  const media = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  browser = await launch("--autoplay-policy=no-user-gesture-required", ...media);
}

/** As real Keras wrote it. */
const kerasFile = () => gunzipSync(readFileSync("test/fixtures/keras/small.keras.gz"));

/** A model as `zoetrope train` saves it, small and untrained. */
async function saveTrained(path: string): Promise<void> {
  setSeed(1);
  const [frames, size, classes] = [4, 64, ["left", "right"]];
  const film = Input({ shape: [frames, size, size, 3] });
  const cnn = await MobileNet({ alpha: 0.25, inputShape: [size, size, 3], includeTop: false, weights: null });
  const maps = ConvLSTM2D({ filters: 4, kernelSize: 3, padding: "same" })(TimeDistributed(cnn)(film));
  const outputs = Dense({ units: classes.length, activation: "softmax" })(Flatten()(maps));
  const classifier = JSON.stringify({ classes, frames, size, windowSeconds: 0.4 });
  await saveModel(Model({ inputs: film, outputs }), path, { metadata: { classifier } });
}

/** A page that may load only from this server, with all errors that it reports. */
async function visit(address: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  page.on("console", (line) => {
    if (["error", "warning"].includes(line.type())) complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(blob|data):$/.test(protocol) || hostname === "localhost") return;
    complaints.push(`asked ${request.url()}`);
  });
  await page.goto(address);
  return { page, complaints };
}

const patience = { timeout: 30_000 };

/** Waits until the film of this width plays, and its best label is one of these. */
const waitFor = (page: Page, width: number, labels: RegExp) =>
  page.waitForFunction(
    ([width, labels]) =>
      document.querySelector("video")!.videoWidth === width &&
      new RegExp(labels).test(document.querySelector("li:not([hidden]) span")?.textContent ?? ""),
    [width, labels.source] as const,
  );

async function playsFilm(address: string): Promise<void> {
  const { page, complaints } = await visit(address);
  await waitFor(page, 448, /./); // the sample; the development server may load the page anew before
  await page.setInputFiles(".filmFile", clip);
  await waitFor(page, 400, /^(espresso|cup|coffee mug)$/);
  await expect.poll(() => page.textContent(".rate"), patience).toMatch(/^\d+\.\d frames \/ s$/);
  // Read at once, as all of it may change with the next frame.
  const { caption, labels } = await page.evaluate(() => ({
    caption: document.querySelector(".caption")!.textContent,
    labels: Array.from(document.querySelectorAll("li:not([hidden]) span"), (each) => each.textContent),
  }));
  expect(labels.length).toBe(5);
  expect(caption).toBe(labels[0]);
  await page.click(".stop");
  expect(await page.textContent(".stop")).toBe("Go on");
  await page.click(".stop");
  await expect.poll(() => page.textContent(".stop"), patience).toBe("Stop");
  await page.click(".camera"); // a green picture that Chromium makes up
  await waitFor(page, 640, /^(?!espresso|cup|coffee mug)/);
  expect(complaints).toEqual([]);
  await page.close();
}

async function usesTrainedModel(address: string): Promise<void> {
  const { page, complaints } = await visit(`${address}?model=steps.safetensors`);
  await waitFor(page, 448, /^(left|right)$/);
  expect((await page.locator("li:not([hidden]) span").allTextContents()).sort()).toEqual(["left", "right"]);
  expect(await page.textContent(".model")).toContain("steps.safetensors: left, right");
  expect(complaints).toEqual([]);
  await page.close();
}

/** A file of each kind that is not a model of films, and what the page says about it. */
async function wrongFiles(): Promise<{ name: string; buffer: Buffer; says: RegExp }[]> {
  const dense = Sequential([Input({ shape: [13] }), Dense({ units: 2 })]);
  const film = Sequential([Input({ shape: [2, 8, 8, 3] }), Flatten(), Dense({ units: 2 })]);
  const grey = Sequential([Input({ shape: [2, 8, 8, 1] }), Flatten(), Dense({ units: 2 })]);
  const whole = await saveModel(dense);
  const files: [name: string, content: Uint8Array | string, says: string][] = [
    ["notes.txt", "A text of some length.", "not a model"],
    ["photo.png", readFileSync("test/fixtures/photos/cat.png"), "not a model"],
    ["empty.safetensors", "", "an empty file"],
    ["missing.safetensors", readFileSync("examples/page/index.html"), "a web page, as some servers send it for a file that is missing"],
    ["film.keras", kerasFile(), "a ZIP file, as Keras and PyTorch write it"],
    ["film.onnx", await exportOnnx(dense), "an ONNX file"],
    ["model.json", '{"format": "layers-model"}', "a JSON file, as TensorFlow.js writes it"],
    ["cut.safetensors", whole.subarray(0, whole.length - 4), "a .safetensors file that cannot be read (.*)"],
    ["weights.safetensors", await saveWeights(dense), "a file of weights without a model"],
    ["dense.safetensors", whole, "a model whose input is not a film but \\[13\\]"],
    ["grey.safetensors", await saveModel(grey), "a model whose input is not a film but \\[2, 8, 8, 1\\]"],
    ["film.safetensors", await saveModel(film), "a model of films without the names of its classes"],
  ]; // prettier-ignore
  return files.map(([name, content, says]) => ({
    name,
    buffer: Buffer.from(content),
    says: new RegExp(`^${name} is ${says}; expected a \\.safetensors file that “zoetrope train” has saved\\.$`),
  }));
}

async function namesWrongFiles(address: string): Promise<void> {
  const { page, complaints } = await visit(`${address}?model=small.keras`);
  const choose = (name: string, buffer: Buffer) =>
    page.setInputFiles(".modelFile", { name, mimeType: "application/octet-stream", buffer });
  const errorIs = (says: RegExp) => expect.poll(() => page.textContent(".error:not([hidden])"), patience).toMatch(says);
  await errorIs(/^small\.keras is a ZIP file, as Keras and PyTorch write it; /);
  await waitFor(page, 448, /./); // by MobileNet
  await choose("steps.safetensors", readFileSync(join(app, "public/steps.safetensors")));
  await waitFor(page, 448, /^(left|right)$/);
  for (const { name, buffer, says } of await wrongFiles()) {
    await choose(name, buffer);
    await errorIs(says);
    expect(await page.textContent(".model")).toContain("steps.safetensors: left, right");
    expect(await page.isVisible(".loading")).toBe(false);
  }
  // The model before still labels frames.
  await page.evaluate(() => (document.querySelector("li:not([hidden]) span")!.textContent = ""));
  await waitFor(page, 448, /^(left|right)$/);
  await page.setInputFiles(".filmFile", { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("notes") });
  await errorIs(/^notes\.txt is not a film that this browser can play\.$/);
  await page.click(".sample");
  expect(await page.isVisible(".error")).toBe(false);
  await waitFor(page, 448, /^(left|right)$/);
  expect(complaints).toEqual([]);
  await page.close();
}

/** All texts that the page showed while something was loaded. */
async function saysLoading(address: string): Promise<void> {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    const texts: string[] = ((globalThis as unknown as { texts: string[] }).texts = []);
    const look = () => texts.push(document.querySelector(".loading:not([hidden])")?.textContent ?? "");
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  });
  // Vite's preview compresses the weights, so that their length is not known before they have come.
  let isCompressed = false;
  page.on("response", (answer) => {
    if (answer.url().includes(".safetensors")) isCompressed = "content-encoding" in answer.headers();
  });
  await page.goto(address);
  await waitFor(page, 448, /./);
  const texts = await page.evaluate(() => (globalThis as unknown as { texts: string[] }).texts);
  expect(texts.join("\n")).toMatch(/^Loading MobileNet(, Loading the film)?$/m);
  expect(texts.join("\n")).toMatch(/^(Loading MobileNet.*, )?Loading the film/m);
  const numbers = texts.flatMap(
    (text) => /Loading MobileNet: (\d+\.\d)(?: of (\d+\.\d))? MB/.exec(text)?.slice(1, 3) ?? [],
  );
  const [loaded, totals] = [0, 1].map((from) => numbers.filter((_, i) => i % 2 === from).map(Number));
  const size = Number((statSync("data/mobilenet-1.0-224.safetensors").size / 1e6).toFixed(1));
  expect(new Set(totals)).toEqual(new Set([isCompressed ? NaN : size]));
  expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
  expect(loaded[0]).toBeLessThan(size);
  expect(loaded.at(-1)).toBe(size);
  expect(texts.at(-1)).toBe("");
  await page.close();
}

interface Numbers {
  distances: Record<string, number>;
  errors: (string | undefined)[];
  shares: number[];
  stopped: string | undefined;
  grey: number[];
  scores: number[];
}

let hereOnce: Promise<Float32Array> | undefined;

async function scoresHere(): Promise<Float32Array> {
  const model = await MobileNet();
  const frame = fromPixels(picture(320, 240), { size: 224, scale: 1 / 127.5, offset: -1 });
  return (await model.predict(stack([frame]))).data();
}

async function countsAsNodeDoes(address: string): Promise<void> {
  const { page, complaints } = await visit(`${address}numbers.html?other=${elsewhere.address}cat.png`);
  await page.waitForFunction(() => "numbers" in globalThis);
  const { distances, errors, shares, stopped, grey, scores } = await page.evaluate(
    () => (globalThis as unknown as { numbers: Promise<Numbers> }).numbers,
  );
  expect(distances).toEqual({ image: 0, canvas: 0, offscreen: 0, element: 0, bitmap: 0, frame: 0 });
  expect(errors).toEqual([
    expect.stringMatching(/^fromPixels: the video has no frame yet; wait for its "loadeddata" event\.$/),
    expect.stringMatching(/^fromPixels: the image has not loaded; await image\.decode\(\) first\.$/),
    expect.stringMatching(/^fromPixels: received ImageBitmap of 0 x 0 pixels; /),
    expect.stringMatching(/^fromPixels: the browser keeps pixels of another site to itself; set crossOrigin/),
    undefined,
  ]);
  expect(shares.at(-1)).toBe(1);
  expect(stopped).toBe("stopped by a timer");
  const frame = picture(320, 240);
  const greyHere = await fromPixels(frame, { size: [2, 3], channels: 1, crop: "none" }).data();
  grey.forEach((value, i) => expect(value).toBeCloseTo(greyHere[i], 4));
  const here = await (hereOnce ??= scoresHere());
  scores.forEach((score, i) => expect(score).toBeCloseTo(here[i], 5));
  expect(Math.max(...scores)).toBeGreaterThan(0.05);
  expect(complaints).toEqual([]);
  await page.close();
}

interface KerasRead {
  scores: number[];
  again: number[];
  broken: string;
}

async function readsKeras(address: string): Promise<void> {
  const { page, complaints } = await visit(`${address}keras.html`);
  await page.waitForFunction(() => "keras" in globalThis);
  const { scores, again, broken } = await page.evaluate(
    () => (globalThis as unknown as { keras: Promise<KerasRead> }).keras,
  );
  const model = await loadModel(new Uint8Array(kerasFile()));
  const here = await (
    await model.predict(random([2, ...model.inputs[0].shape.slice(1)] as number[], { seed: 3 }))
  ).data();
  expect(scores.length).toBe(here.length);
  scores.forEach((score, i) => expect(score).toBeCloseTo(here[i], 6));
  expect(again).toEqual(scores);
  expect(broken).toMatch(/^FileError: loadModel: /);
  expect(complaints).toEqual([]);
  await page.close();
}

const cases = {
  "reads and writes Keras's files": readsKeras,
  "plays a film and says what is in it": playsFilm,
  "sees with a model that was trained and saved": usesTrainedModel,
  "says what it loads": saysLoading,
  "names a wrong file for what it is, and goes on": namesWrongFiles,
  "reads pixels and counts as Node does": countsAsNodeDoes,
};
/** That of the harness, and what a page with styles, a film and pictures needs. */
const pagePolicy = {
  "content-security-policy": `${variants.strict["content-security-policy"]}; style-src 'self' 'unsafe-inline'; img-src * data: blob:; media-src 'self' blob:`,
};
const servers = {
  "Vite's development server": async () => {
    const server = await createServer({ ...quiet, server: { port: 0 } });
    await server.listen();
    return { address: server.resolvedUrls!.local[0], close: () => server.close() };
  },
  "Vite's build, under a strict policy": async () => {
    const input = ["index.html", "numbers.html", "keras.html"].map((name) => join(app, name));
    await build({ ...quiet, build: { rolldownOptions: { input } } });
    const server = await preview({ ...quiet, preview: { port: 0, headers: pagePolicy } });
    return { address: server.resolvedUrls!.local[0], close: () => server.close() };
  },
};

if (browserPath && ffmpeg) {
  describe("the page", () => {
    beforeAll(prepare);
    afterAll(async () => {
      await browser?.close();
      elsewhere?.close();
    });
    for (const [name, serve] of Object.entries(servers)) {
      describe(`from ${name}`, () => {
        let server: Awaited<ReturnType<typeof serve>>;
        beforeAll(async () => void (server = await serve()));
        afterAll(() => server?.close());
        for (const [what, check] of Object.entries(cases)) test(what, () => check(server.address));
      });
    }
  });
} else {
  const missing = [!browserPath && "chromium", !ffmpeg && "ffmpeg"].filter(Boolean).join(" and ");
  const count = Object.keys(cases).length * Object.keys(servers).length;
  console.log(`the page: ${missing} is not there; ${count} cases did not run`);
}
