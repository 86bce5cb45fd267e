// The report in a real browser: what its script does on events of the mouse and the keyboard.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reportHtml } from "../../src/report/index.js";
import { findChromium, launch } from "../support/browser/chromium.mjs";
import { fullReport } from "../support/reports.js";

const report = fullReport();
const [clip] = report.clips;
let browser: Browser;
let folder: string;
let page: Page;
const complaints: string[] = [];
const requests: string[] = [];

/** The value of a gate of the filter shown first, the strongest. */
const valueAt = (gate: string, step: number, y: number, x: number) =>
  clip.gates[gate].data[((step * 5 + y) * 4 + x) * 3 + 2].toFixed(2).replace("-", "−");

const film = "#film-0";
const step = () => page.inputValue(`${film} .player input`);
const tip = () => page.textContent(".tip");

/** Puts the pointer on pixel (x, y) of a canvas of the given size. */
async function pointAt(selector: string, x: number, y: number, width: number, height: number): Promise<void> {
  const target = page.locator(selector);
  await target.scrollIntoViewIfNeeded();
  const box = (await target.boundingBox())!;
  await page.mouse.move(box.x + ((x + 0.5) * box.width) / width, box.y + ((y + 0.5) * box.height) / height);
}

const cases: Record<string, () => Promise<void>> = {
  "opens from a file without asking for anything else": async () => {
    expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([page.url()]);
  },

  "the keys step and do not run over the ends": async () => {
    await page.focus(`${film} .scroller`);
    for (const [key, expected] of [["ArrowRight", "1"], ["ArrowRight", "2"], ["ArrowLeft", "1"], ["End", "5"], ["ArrowRight", "5"], ["Home", "0"], ["ArrowLeft", "0"]]) {
      await page.keyboard.press(key);
      expect(await step()).toBe(expected);
    } // prettier-ignore
    await page.keyboard.press("End");
    expect(await page.textContent(`${film} output`)).toBe("step 5 of 5, 2.00 s");
    expect(await page.getAttribute(`${film} .screen img`, "src")).toBe(
      await page.getAttribute(`${film} .track img:last-child`, "src"),
    );
    expect(await page.textContent(`${film} .seen li`)).toBe("pole75 %");
  },

  "the pointer reads the number of a place of the map and of the strip": async () => {
    await page.focus(`${film} .scroller`);
    await page.keyboard.press("Home");
    await pointAt(`${film} figure[data-gate=f] canvas`, 1, 3, 4, 5);
    expect(await tip()).toBe(`f = ${valueAt("f", 0, 3, 1)}  (step 0, filter 2, row 3, column 1)`);
    await pointAt(`${film} .track[data-gate=g] canvas`, 4 * 4 + 2, 1, 24, 5);
    expect(await tip()).toBe(`g = ${valueAt("g", 4, 1, 2)}  (step 4, filter 2, row 1, column 2)`);
  },

  "a click on the strip goes there, and on a unit's heat map says which": async () => {
    await pointAt(`${film} .track[data-gate=o]`, 38, 0, 60, 1); // near the end of step 3
    await page.mouse.down();
    await page.mouse.up();
    expect(await step()).toBe("3");
    await pointAt("#film-1 .track[data-gate=i] canvas", 2, 0, 6, 7);
    expect(await tip()).toMatch(/^i = \d\.\d\d {2}\(step 2, unit 6\)$/);
  },

  "choosing a filter changes maps and marks its dots": async () => {
    const map = () => page.evaluate((selector) => (document.querySelector(selector) as HTMLCanvasElement).toDataURL(), `${film} figure[data-gate=c] canvas`); // prettier-ignore
    const before = await map();
    await page.click(`${film} .thumb:nth-of-type(2)`);
    expect(await map()).not.toBe(before);
    expect(await page.locator(`${film} circle.chosen`).count()).toBe(2); // of i and f
    await page.click(`${film} .thumb:nth-of-type(1)`);
    expect(await map()).toBe(before);
  },

  "c is coloured on the scale of its filter, or by choice on that of all filters, which the legend says": async () => {
    const image = () => page.evaluate((selector) => (document.querySelector(selector) as HTMLCanvasElement).toDataURL(), `${film} .track[data-gate=c] canvas`); // prettier-ignore
    const ends = () => page.evaluate((selector) => { const { low, high } = (document.querySelector(selector) as HTMLElement).dataset; return [low, high]; }, `${film} figure[data-gate=c] .scale`); // prettier-ignore
    const choose = (filter: number) => page.click(`${film} .thumb:nth-of-type(${filter})`);
    await choose(3); // the weakest
    const own = [await image(), ...(await ends())];
    await page.focus(`${film} [name=scale-0][value=own]`);
    await page.keyboard.press("ArrowRight");
    expect(await page.isChecked(`${film} [name=scale-0][value=common]`)).toBe(true);
    const common = [await image(), ...(await ends())];
    expect(common[0]).not.toBe(own[0]);
    expect(own.slice(1)).toEqual(["−1.5", "1.5"]);
    expect(common.slice(1)).toEqual(["−4.4", "4.4"]);
    await choose(1);
    expect(await ends()).toEqual(["−4.4", "4.4"]);
    await page.focus(`${film} [name=scale-0][value=common]`);
    await page.keyboard.press("ArrowLeft");
    await choose(3);
    expect([await image(), ...(await ends())]).toEqual(own);
    await choose(1);
  },

  "a strip that is wider than the window shades the edges where it goes on": async () => {
    const edges = () => page.evaluate((selector) => document.querySelector(selector)!.className, `${film} .edges`);
    const settled = (value: string) => page.waitForFunction(([selector, name]) => document.querySelector(selector)!.className.trim() === name, [`${film} .edges`, value]); // prettier-ignore
    expect(await edges()).toBe("edges");
    await page.setViewportSize({ width: 360, height: 800 });
    await settled("edges after");
    const shade = (edge: string) => page.evaluate(([selector, name]) => getComputedStyle(document.querySelector(selector)!, name).opacity, [`${film} .edges`, edge]); // prettier-ignore
    expect([await shade("::before"), await shade("::after")]).toEqual(["0", "1"]);
    await page.focus(`${film} .scroller`);
    await page.keyboard.press("End");
    await settled("edges before");
    await page.keyboard.press("Home");
    await settled("edges after");
    await page.setViewportSize({ width: 1280, height: 900 });
    await settled("edges");
  },

  "a gate is laid over the frame": async () => {
    expect(await page.isVisible(`${film} .overlay`)).toBe(false);
    await page.click(`${film} .overlays .choice:has([value=c])`);
    expect(await page.isVisible(`${film} .overlay`)).toBe(true);
  },

  "the button plays and stops": async () => {
    await page.click(`${film} button`);
    const began = await step();
    await page.waitForFunction(([selector, value]) => (document.querySelector(selector) as HTMLInputElement).value !== value, [`${film} .player input`, began]); // prettier-ignore
    expect(await page.textContent(`${film} button`)).toBe("Pause");
    await page.click(`${film} button`);
    expect(await page.textContent(`${film} button`)).toBe("Play");
  },

  "nothing sticks out of a window of 360 pixels, in light or dark": async () => {
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 360, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  },

  "no error was heard of": async () => {
    expect(complaints).toEqual([]);
  },
};

if (findChromium()) {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "zoetrope-report-"));
    const file = join(folder, "report.html");
    writeFileSync(file, reportHtml(report));
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });
  for (const [name, run] of Object.entries(cases)) test(name, run);
} else {
  test("the report in a browser", () => {
    console.log(`the report in a browser: chromium is not there; ${Object.keys(cases).length} cases did not run`);
    expect(reportHtml(report)).toContain("<script>");
  });
}
