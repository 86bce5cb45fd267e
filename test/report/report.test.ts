import { readFileSync } from "node:fs";
import { decode as decodePng } from "fast-png";
import { decode as decodeJpeg } from "jpeg-js";
import { parseHTML } from "linkedom";
import { expect, test, vi } from "vitest";
import { Canvas, type Colour, gateStrip, type Report, type ReportClip, reportHtml } from "../../src/report/index.js";
import { ArgumentError } from "../../src/errors.js";
import { palette } from "../../src/report/colours.js";
import { frameAddresses } from "../../src/report/frames.js";
import { clipOf, fullReport, gatesOf } from "../support/reports.js";

const only = (...clips: ReportClip[]): Report => ({ title: "clip", facts: [], notes: [], clips });
const parse = (report: Report) => parseHTML(reportHtml(report)).document;

interface Shown {
  times?: number[];
  labels?: { label: string; score: number }[][];
  state: string;
  steps: number;
  height: number;
  width: number;
  isDense: boolean;
  filters: number[];
  gates: {
    name: string;
    palette: "sequential" | "diverging";
    low: number;
    high: number;
    reaches?: { values: number; colours: number }[];
    bytes: string;
  }[];
}

/** What the page's script reads of each clip. */
const shownOf = (report: Report): Shown[] =>
  [...parse(report).querySelectorAll("script.clip")].map((element) => {
    const { maps, ...rest } = JSON.parse(element.textContent!);
    return { ...rest, ...maps } as Shown;
  });

const bytesOf = (gate: Shown["gates"][number]) => Buffer.from(gate.bytes, "base64");
/** The scale of the bytes of a filter: its own, where the gate has one for each. */
const scaleOf = ({ low, high, reaches }: Shown["gates"][number], filter: number) =>
  reaches ? { low: -reaches[filter].values, high: reaches[filter].values } : { low, high };
const valueOf = ({ low, high }: { low: number; high: number }, byte: number) => low + ((high - low) * byte) / 254;

test("a report shows what it was given, the notes directly after the summary", () => {
  const html = reportHtml(fullReport());
  const order = ["<title>Left or right?", "19 of 20", "The weights are untrained.", "Scores mean nothing yet.", "ConvLSTM2D of 3 filters", "<h2>Learning", "The mean over the frames alone", "left.mp4", "dense.mp4", "Skipped", "broken.mp4", "no video stream"]; // prettier-ignore
  const places = order.map((text) => html.indexOf(text));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  const { document } = parseHTML(html);
  const labels = [...document.querySelectorAll("svg")].map((svg) => svg.getAttribute("aria-label"));
  expect(labels).toEqual([
    "accuracy by epoch",
    "loss by epoch",
    ...Array.from({ length: 2 }, () => "confusion matrix: truth by row, prediction by column"),
    "scores of labels, frame by frame",
    "gradient's norm, step by step",
    "for each filter, the share of values below 0.1 and above 0.9",
  ]);
});

test("sections without data are left out", () => {
  const document = parse(only(clipOf("clip.mp4", [6, 5, 4, 3])));
  expect(document.querySelectorAll("svg").length).toBe(0);
  expect([...document.querySelectorAll("h2")].map((title) => title.textContent)).toEqual(["The film"]);
  expect(document.querySelector(".notes, .facts, .skipped, .scores")).toBe(null);
  expect(parse({ title: "none", facts: [], notes: [], clips: [] }).querySelectorAll("h2").length).toBe(0);
});

test("charts hold the numbers", () => {
  const titles = [...parse(fullReport()).querySelectorAll("svg title")].map((title) => title.textContent);
  for (const title of [
    ...["epoch 3: 0.6", "epoch 2: 1.1", "epoch 1: 0.5"],
    ...["left seen as right: 1 (10 %)", "right seen as right: 10 (100 %)", "left seen as right: 6 (60 %)"],
    ...["|dL/dh|, step 5: 0.7", "|dL/dc|, step 0: 0.01", "|dL/dh|, step 2: 0", "pole, step 2: 60 %", "i, filter 2: below 0.1 for 30 %, above 0.9 for 60 %"], // prettier-ignore
  ]) {
    expect(titles).toContain(title);
  }
  const captions = [...parse(fullReport()).querySelectorAll("figcaption")].map((caption) =>
    caption.textContent!.trim(),
  );
  expect(captions).toContain("The model19 of 20 right, 95 %");
  expect(captions).toContain("The mean over the frames alone9 of 20 right, 45 %");
});

/** The clip of `fullReport` with another gradient. */
const withGradient = (gradient: ReportClip["gradient"]): Report => only({ ...fullReport().clips[0], gradient });

/** What is in the chart with this label: each line as its numbers of points, by colour, and the fill of each dot with its title. */
function drawn(report: Report, label: string) {
  const chart = parse(report).querySelector(`svg[aria-label^="${label}"]`)!;
  const lines = [...chart.querySelectorAll("[aria-label=line] path")].map((path) => {
    const pieces = path.getAttribute("d")!.split("M").slice(1);
    const isDashed = path.parentElement!.getAttribute("stroke-dasharray") !== null;
    return { pieces: pieces.map((piece) => piece.split("L").length), isDashed };
  });
  const dots = [...chart.querySelectorAll("circle")].map((dot) => [dot.textContent, dot.getAttribute("fill")]);
  return { lines, dots, text: chart.textContent! };
}

test("a gradient of 0 is drawn at the bottom as an open dot, without a hole in the line; what is not finite is a gap", () => {
  const { lines, dots, text } = drawn(withGradient({ h: [0.1, 0, 0.2, NaN, 0.4, 0.5], of: "L" }), "gradient");
  expect(lines).toEqual([{ pieces: [3, 2], isDashed: false }]);
  expect(dots.map(([title]) => title)).toEqual([0, 1, 2, 4, 5].map((step) => `|dL/dh|, step ${step}: ${[0.1, 0, 0.2, 0, 0.4, 0.5][step]}`)); // prettier-ignore
  expect(dots.map(([, fill]) => fill)).toEqual(["var(--gate-h)", "var(--card)", ...Array(3).fill("var(--gate-h)")]);
  expect(text).toContain("size of the gradient (logarithmic)");
  expect(text).toContain("time step →");
  expect(reportHtml(withGradient({ h: [0, 0, 0, 0, 0, 0], of: "L" }))).toContain("It is 0 at every time step.");
});

test("the line of a label is dashed over frames whose list lacks it, and the report says so", () => {
  const [clip] = fullReport().clips;
  const whole = drawn(only(clip), "scores of labels");
  expect(whole.lines.filter(({ isDashed }) => !isDashed).map(({ pieces }) => pieces)).toEqual([[6], [6]]);
  expect(whole.text).toContain("score");
  expect(reportHtml(only(clip))).not.toContain("A line is dashed");
  const labels = clip.labels!.map((frame, step) => (step === 2 ? frame.slice(0, 1) : frame));
  const gapped = only({ ...clip, labels });
  const { lines } = drawn(gapped, "scores of labels");
  expect(lines.map(({ pieces, isDashed }) => [isDashed, pieces])).toEqual([[true, [6]], [true, [5]], [false, [6]], [false, [2, 3]]]); // prettier-ignore
  expect(reportHtml(gapped)).toContain("A line is dashed");
});

test("a learning curve has a gap where the loss is not a number", () => {
  const { lines } = drawn({ ...fullReport(), baselineCurve: [], curve: fullReport().curve!.flatMap((point, i) => [{ ...point, epoch: 2 * i + 1 }, { ...point, epoch: 2 * i + 2, valLoss: i === 0 ? NaN : 1 }]) }, "loss"); // prettier-ignore
  expect(lines.map(({ pieces, isDashed }) => [isDashed, pieces])).toEqual([
    [true, [6]],
    [false, [1, 4]],
  ]);
});

test.each([
  [{ h: [0.01, 0.3, 0.2, 0.1, 0.2, 0.8], c: [0.4, 0, 0, 0, 0, 0.8] }, "A small change of h at 0.00 s (step 0) moves the score of “left” 80 times less than the same change at 2.00 s (step 5); one of c moves it 2 times less."],
  [{ h: [0.8, 0, 0, 0, 0, 0.1] }, "A small change of h at 2.00 s (step 5) moves the score of “left” 8 times less than the same change at 0.00 s (step 0)."],
  [{ h: [0, 0, 0, 1, 0, 0], c: [3, 0, 0, 1, 0, 0] }, "A small change of h at 0.00 s (step 0) does not move the score of “left”, unlike the same change at 1.20 s (step 3); one of c moves it 3 times more."],
  [{ h: [1, 0, 0, 1.05, 0, 0] }, "A small change of h at 0.00 s (step 0) moves the score of “left” about as much as the same change at 1.20 s (step 3)."],
  [{ h: [1, 0, 0, 2, 0, 0], c: [1, 0, 0, 0, 0, 0] }, "same change at 1.20 s (step 3); one of c moves it only there."],
  [{ h: [1, 0, 0, 2, 0, 0], c: [1, 0, 0, Infinity, 0, 0] }, "2 times less than the same change at 1.20 s (step 3)."],
  [{ h: [Infinity, 0, 0, 1, 0, 0] }, "The higher a line, the more the score of “left” depends on that state at that time step."],
])("what the gradient's chart shows is said in words, %j", (gradient, text) => {
  const document = parse(withGradient({ ...gradient, of: "the score of “left”" }));
  const figures = [...document.querySelectorAll("figure")].map((figure) => figure.textContent!);
  const figure = figures.find((figure) => figure.includes("Gradient through time"));
  expect(figure).toContain(text);
  expect(figure).not.toMatch(/∞|NaN|Infinity/);
}); // prettier-ignore

test("charts of one epoch and of one time step carry no warning of the library that draws them", () => {
  const point = { epoch: 1, loss: 2, accuracy: 0.5, valLoss: 2, valAccuracy: 0.5 };
  const gradient = { h: [0.1], c: [0.2], of: "the score" };
  const clips = [{ ...clipOf("clip.mp4", [1, 5, 4, 3]), gradient }];
  const html = reportHtml({ title: "short", facts: [], notes: [], curve: [point], baselineCurve: [point], clips });
  expect(parseHTML(html).document.querySelectorAll("svg").length).toBe(3);
  expect(html).not.toContain("⚠");
  expect(html).not.toContain("warning");
});

test("names are escaped: none becomes or ends an HTML element", () => {
  const evil = `</script></style><script>alert(1)</script><img src=x onerror="alert(2)"> & 'q' " onclick="alert(3)" \u0000\u202e\u0085`;
  const report = fullReport();
  const clip: ReportClip = { ...report.clips[0], name: evil, truth: evil, layer: evil };
  clip.labels = clip.labels!.map((labels) => labels.map(({ score }) => ({ label: evil, score })));
  clip.prediction = [{ label: evil, score: 1 }];
  clip.gradient = { ...clip.gradient!, of: evil };
  clip.gates = { ...clip.gates, [evil]: clip.gates.i };
  const confusion = { ...report.confusion!, classes: [evil, "right"] };
  const all = { ...report, title: evil, summary: evil, facts: [[evil, evil] as const], notes: [evil], confusion, clips: [clip], skipped: [{ path: evil, reason: evil }] }; // prettier-ignore
  const document = parse(all);
  const scripts = [...document.querySelectorAll("script")];
  expect(scripts.filter((script) => script.getAttribute("type") !== "application/json").length).toBe(1);
  expect(scripts.length).toBe(3); // one clip, the palettes, the script
  expect([...document.querySelectorAll("img")].every((img) => img.getAttribute("src")!.startsWith("data:image/"))).toBe(true); // prettier-ignore
  expect([...document.querySelectorAll("*")].flatMap((e) => [...e.attributes]).filter(({ name }) => name.startsWith("on"))).toEqual([]); // prettier-ignore
  const shown = evil.replace(/\u0000|\u202e|\u0085/g, "\ufffd");
  expect(shownOf(all)[0].labels![0][0].label).toBe(shown.replace("\ufffd", "\u0000"));
  expect(document.querySelector("h1")!.textContent).toBe(shown);
  expect(document.querySelector(".skipped dt")!.textContent).toBe(shown);
});

test("names of any length are cut", () => {
  const long = "x".repeat(1e6);
  const clip = { ...fullReport().clips[0], name: long, layer: long, truth: long };
  const html = reportHtml({ ...fullReport(), title: long, clips: [clip] });
  expect(html.length).toBeLessThan(reportHtml(fullReport()).length + 50_000);
  expect(parse({ ...fullReport(), title: long }).querySelector("h1")!.textContent).toBe(`${long.slice(0, 1000)}…`);
});

test("the file loads nothing from outside, and forbids the browser to do so", () => {
  const html = reportHtml(fullReport());
  expect(html).not.toMatch(/https?:|\/\/[a-z]+\.[a-z]/i);
  const { document } = parseHTML(html);
  const addresses = [...document.querySelectorAll("*")].flatMap((element) => ["src", "href", "srcset", "data", "action"].map((name) => element.getAttribute(name)).filter((value) => value !== null)); // prettier-ignore
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.every((address) => address.startsWith("data:image/"))).toBe(true);
  expect(html).not.toMatch(/url\(|@import|\bimport\(|fetch\(|XMLHttpRequest/);
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")!.getAttribute("content")!;
  expect(policy).toContain("default-src 'none'");
});

test("the built package writes the same report without Node's Buffer, as in a page", async () => {
  const imports = readFileSync("dist/report/index.js", "utf8").match(/\bfrom"[^"()]+"/g);
  expect(imports!.filter((text) => !text.startsWith('from"..'))).toEqual([]);
  const large = only(clipOf("clip", [2, 3, 3, 1], 128)); // large enough for JPEG
  const expected = reportHtml(large);
  const built = (await import("zoetrope/report")) as { reportHtml: typeof reportHtml };
  vi.stubGlobal("Buffer", undefined);
  try {
    expect(built.reportHtml(large)).toBe(expected);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("the same report gives the same file", () => {
  expect(reportHtml(fullReport())).toBe(reportHtml(fullReport()));
});

test.each([
  ["ConvLSTM2D", [6, 5, 4, 3]],
  ["ConvLSTM1D", [6, 4, 3]],
  ["one place", [6, 1, 1, 3]],
  ["LSTM", [6, 7]],
])("%s: every value of every gate can be read back to half a byte's step", (_, shape) => {
  const clip = clipOf("clip", shape);
  const [shown] = shownOf(only(clip));
  const filters = shape.at(-1)!;
  const places = shape.slice(1, -1).reduce((product, n) => product * n, 1);
  expect(shown.gates.map(({ name }) => name)).toEqual(["i", "f", "g", "o", "c", "h"]);
  expect([...shown.filters].sort((a, b) => a - b)).toEqual(Array.from({ length: filters }, (_, k) => k));
  for (const gate of shown.gates) {
    const bytes = bytesOf(gate);
    const { data } = clip.gates[gate.name];
    expect(bytes.length).toBe(data.length);
    shown.filters.forEach((filter, k) => {
      const scale = scaleOf(gate, k);
      const halfStep = (scale.high - scale.low) / 508 + 1e-6;
      for (let at = 0; at < 6 * places; at++) {
        const byte = shown.isDense ? bytes[at * filters + k] : bytes[k * 6 * places + at];
        expect(Math.abs(valueOf(scale, byte) - data[at * filters + filter])).toBeLessThanOrEqual(halfStep);
      }
    });
  }
});

/** The least number of two digits that is not less than x. */
function twoDigits(x: number): number {
  const unit = 10 ** (Math.floor(Math.log10(x)) - 1);
  return Number((Math.ceil(x / unit) * unit).toPrecision(2));
}

/** How far the values of c of some filters reach, and 95 % of them. */
function reachOf({ gates: { c } }: ReportClip, ...filters: number[]) {
  const sizes = c.data.filter((_, i) => filters.includes(i % c.shape.at(-1)!)).map(Math.abs).sort(); // prettier-ignore
  return { values: twoDigits(sizes.at(-1)!), colours: twoDigits(sizes[Math.floor(0.95 * (sizes.length - 1))]) };
}

test("one scale for each gate: 0 to 1, -1 to 1, and for c as far as 95 % of its values; wider only where the values are", () => {
  const clip = clipOf("clip", [6, 5, 4, 3]);
  const reach = reachOf(clip, 0, 1, 2).colours;
  const scaleOf = (clip: ReportClip) => Object.fromEntries(shownOf(only(clip))[0].gates.map(({ name, palette, low, high }) => [name, { palette, low, high }])); // prettier-ignore
  const share = { palette: "sequential", low: 0, high: 1 };
  const signed = { palette: "diverging", low: -1, high: 1 };
  const memory = { palette: "diverging", low: -reach, high: reach };
  expect(scaleOf(clip)).toEqual({ i: share, f: share, g: signed, o: share, c: memory, h: signed });
  clip.gates.h.data[3] = -7;
  clip.gates.i.data[5] = 3;
  expect(scaleOf(clip)).toMatchObject({ i: { low: 0, high: 3 }, h: { low: -7, high: 7 } });
  clip.gates.c.data.fill(0.3); // which is a little more than 0.3 in 32 bits
  expect(scaleOf(clip)).toMatchObject({ c: { low: -0.3, high: 0.3 } });
});

test.each([
  ["filter", [6, 5, 4, 3]],
  ["unit", [6, 7]],
])("c has a scale for each %s, so that a weak one is seen beside a strong one", (what, shape) => {
  const clip = clipOf("clip", shape);
  const numFilters = shape.at(-1)!;
  clip.gates.c.data.forEach((value, i) => (clip.gates.c.data[i] = value * 100 ** -(i % numFilters)));
  const [{ filters, gates }] = shownOf(only(clip));
  const c = gates.find(({ name }) => name === "c")!;
  expect(c.reaches).toEqual(filters.map((filter) => reachOf(clip, filter)));
  expect(gates.filter(({ reaches }) => reaches)).toEqual([c]);
  filters.forEach((_, k) => {
    const own = [...bytesOf(c)].filter((_, i) => (what === "unit" ? i % numFilters : Math.floor(i / 120)) === k);
    expect(Math.max(...own.map((byte) => Math.abs(byte - 127)))).toBeGreaterThan(110); // of 127
    expect(c.reaches![k].colours).toBeLessThanOrEqual(c.reaches![k].values);
  });
  const document = parse(only(clip));
  const { low, high } = (document.querySelector("figure[data-gate=c] .scale") as HTMLElement).dataset;
  const text = String(c.reaches![0].colours);
  expect([low, high]).toEqual(what === "unit" ? ["−own", "own"] : [`−${text}`, text]);
  const choices = [...document.querySelectorAll("label:has([name=scale-0])")].map((label) => label.textContent);
  expect(choices).toEqual([`of each ${what}`, `of all ${what}s (−${c.high} to ${c.high})`]);
  expect(document.querySelector("[name=scale-0][checked]")!.getAttribute("value")).toBe("own");
});

test("NaN is marked, and infinite values are at the ends of the scale", () => {
  const clip = clipOf("clip", [6, 2, 2, 1]);
  clip.gates.i.data.set([NaN, Infinity, -Infinity]);
  const [i] = shownOf(only(clip))[0].gates;
  expect([...bytesOf(i).subarray(0, 3)]).toEqual([255, 254, 0]);
});

test("the filters shown are those whose h varies most over time", () => {
  const clip = clipOf("clip", [6, 2, 2, 60]);
  const variance = (k: number) => {
    let sum = 0;
    for (let place = 0; place < 4; place++) {
      const values = Array.from({ length: 6 }, (_, t) => clip.gates.h.data[(t * 4 + place) * 60 + k]);
      const mean = values.reduce((a, b) => a + b) / 6;
      sum += values.reduce((total, value) => total + (value - mean) ** 2, 0);
    }
    return sum;
  };
  const order = Array.from({ length: 60 }, (_, k) => k).sort((a, b) => variance(b) - variance(a));
  const [{ filters, state }] = shownOf(only(clip));
  expect(state).toBe("h");
  expect(filters).toEqual(order.slice(0, filters.length));
  expect(filters.length).toBeGreaterThanOrEqual(16);
});

test("large maps are averaged, so that a report stays light", () => {
  const clip = clipOf("clip", [24, 56, 56, 8]);
  expect(reportHtml(only(clip, clip)).length).toBeLessThan(1.1e6);
  const [{ height, width, filters, gates }] = shownOf(only(clip, clip));
  expect(filters.length).toBeGreaterThanOrEqual(4);
  const block = Math.ceil(56 / height);
  expect(block).toBeGreaterThan(1);
  expect(width).toBe(height);
  const values = Array.from({ length: block * block }, (_, i) => {
    return clip.gates.f.data[(Math.floor(i / block) * 56 + (i % block)) * 8 + filters[0]];
  });
  const mean = values.reduce((a, b) => a + b) / values.length;
  expect(valueOf(gates[1], bytesOf(gates[1])[0])).toBeCloseTo(mean, 2);
});

const imagesOf = (report: Report) =>
  [...parse(report).querySelectorAll(".track img")].map((img) => {
    const [, type, base64] = /^data:image\/(\w+);base64,(.*)$/.exec(img.getAttribute("src")!)!;
    return { type, bytes: Buffer.from(base64, "base64") };
  });

test("small frames are kept to the bit, large ones as JPEG of the same size", () => {
  const small = clipOf("clip", [6, 5, 4, 3], 8);
  imagesOf(only(small)).forEach(({ type, bytes }, t) => {
    expect(type).toBe("png");
    expect([...decodePng(bytes).data]).toEqual([...small.frames.subarray(t * 192, (t + 1) * 192)]);
  });
  const large = clipOf("clip", [2, 3, 3, 1], 128);
  large.frames.fill(90, 0, 128 * 128 * 3);
  const [first, second] = imagesOf(only(large)).map(({ bytes }) => decodeJpeg(bytes));
  expect([first.width, first.height, second.width]).toEqual([128, 128, 128]);
  expect(Math.abs(first.data[4 * 5000 + 1] - 90)).toBeLessThan(4);
  const [address] = frameAddresses(large, 50); // a third of each side, and so small that it is a PNG
  const shrunk = decodePng(Buffer.from(address.split(",")[1], "base64"));
  expect([shrunk.width, shrunk.height, shrunk.data[1000]]).toEqual([43, 43, 90]);
});

test("a photograph is a film of one frame, without a player or a strip", () => {
  const labels = [[{ label: "tabby", score: 0.9 }]];
  const document = parse(only({ ...clipOf("photo.jpg", [1, 1]), gates: {}, labels }));
  expect(document.querySelectorAll(".film img").length).toBe(1);
  expect(document.querySelector(".player, .strip, .maps")).toBe(null);
  expect(shownOf(only({ ...clipOf("photo.jpg", [1, 1]), gates: {}, labels }))[0].labels).toEqual(labels);
});

test("clips whose parts do not belong together are refused with their name", () => {
  const clip = clipOf("clip.mp4", [6, 5, 4, 3]);
  const error = (change: Partial<ReportClip>) => () => reportHtml(only({ ...clip, ...change }));
  expect(error({ frames: clip.frames.subarray(1) })).toThrow(/^report of "clip.mp4": frames has 1151 values; expected \[6, 8, 8, 3\]/); // prettier-ignore
  expect(error({ gates: gatesOf([5, 5, 4, 3]) })).toThrow(/gate i is \[5, 5, 4, 3\].*expected \[6, height, width, filters\]/); // prettier-ignore
  expect(error({ gates: { ...clip.gates, o: gatesOf([6, 5, 4, 2]).o } })).toThrow(/gate o is \[6, 5, 4, 2\]/);
  expect(error({ gates: { h: { data: new Float32Array(3), shape: [6, 2] } } })).toThrow(/with 3 values/);
  expect(() => gateStrip(clip, { filters: 0 })).toThrow("gateStrip: filters is 0; expected a whole number from 1.");
  expect(() => gateStrip(clip, { filter: 1 } as object)).toThrow('did you mean "filters"?');
});

/** The colour of a picture at (x, y). */
function pixel({ data, width }: { data: ArrayLike<number>; width: number }, x: number, y: number): Colour {
  const at = (y * width + x) * 3;
  return [data[at], data[at + 1], data[at + 2]];
}

test.each([false, true])(
  "the film strip shows every frame and, below, every place of every gate of the strongest filters (commonScale: %s)",
  (commonScale) => {
    const clip = clipOf("clip", [6, 5, 5, 3], 5);
    const png = decodePng(gateStrip(clip, { filters: 2, cell: 40, commonScale }));
    const [{ filters, gates }] = shownOf(only(clip));
    const [left, top, cell, gap, header] = [20 + 34, 20 + 22, 40, 3, 22];
    expect(png.width).toBe(left + 6 * (cell + gap) + 64 + 20);
    expect(png.height).toBe(top + cell + gap + 2 * (header + 6 * (cell + gap)) + 20);
    const middle = (x: number, y: number, column: number, row: number) =>
      pixel(png, x + column * 8 + 4, y + row * 8 + 4);
    for (let t = 0; t < 6; t++) {
    const x = left + t * (cell + gap);
    for (const [row, column] of [[0, 0], [4, 1], [2, 3]]) {
      const at = ((t * 5 + row) * 5 + column) * 3;
      expect(middle(x, top, column, row)).toEqual([...clip.frames.subarray(at, at + 3)]);
      for (const k of [0, 1]) {
        gates.forEach((gate, line) => {
          const y = top + cell + gap + k * (header + 6 * (cell + gap)) + header + line * (cell + gap);
          const value = clip.gates[gate.name].data[((t * 5 + row) * 5 + column) * 3 + filters[k]];
          const reach = reachOf(clip, ...(commonScale ? filters.slice(0, 2) : [filters[k]])).colours;
          const { low, high } = gate.name === "c" ? { low: -reach, high: reach } : gate;
          const byte = ((value - low) / (high - low)) * 254;
          const tolerance = gate.name === "c" ? 0.7 : 0; // c is rounded twice: to its bytes, and to its colours
          const bytes = [byte - tolerance, byte, byte + tolerance].map((x) => Math.round(Math.min(254, Math.max(0, x))));
          expect(bytes.map((byte) => palette(gate.palette)[byte])).toContainEqual(middle(x, y, column, row));
        });
      }
    }
  } // prettier-ignore
  },
);

test("the film strip writes the ends of each scale beside it", () => {
  const clip = clipOf("clip", [6, 5, 5, 3], 5);
  const [left, right] = [20 + 34 + 6 * 43 - 3 + 14 + 8, 64 - 14 - 8];
  for (const commonScale of [false, true]) {
    const png = decodePng(gateStrip(clip, { filters: 2, cell: 40, commonScale }));
    const [{ filters }] = shownOf(only(clip));
    for (const k of [0, 1]) {
      const reach = reachOf(clip, ...(commonScale ? filters.slice(0, 2) : [filters[k]])).colours;
      const top = 20 + 22 + 43 + k * (22 + 6 * 43) + 22 + 4 * 43; // of the row of c
      const expected = new Canvas(right, 40, [18, 20, 27]);
      expected.text(String(reach), 34 - 8, 6, 2, [128, 136, 152]);
      expected.text(String(-reach), 34 - 8, 34, 2, [128, 136, 152]);
      const wanted = decodePng(expected.png());
      for (let y = 0; y < 40; y++) {
        for (let x = 0; x < right; x++) expect(pixel(png, left + x, top + y)).toEqual(pixel(wanted, x, y));
      }
    }
  }
});

test("a long film strip leaves steps out evenly; the same clip gives the same file", () => {
  const clip = clipOf("clip", [50, 3, 3, 2]);
  const png = decodePng(gateStrip(clip, { steps: 20, cell: 10 }));
  expect(png.width).toBe(20 + 34 + 17 * 13 + 64 + 20); // every third step
  expect(Buffer.from(gateStrip(clip, { cell: 10 }))).toEqual(Buffer.from(gateStrip(clip, { cell: 10 })));
  const units = decodePng(gateStrip(clipOf("dense", [6, 7]), { cell: 10 }));
  expect(units.height).toBe(20 + 22 + 13 + 22 + 6 * (7 * 4 + 3) + 20);
});

test("scales are told apart by lightness: viridis rises evenly, the ends of the other are equally dark", () => {
  const lightness = ([r, g, b]: Colour) => {
    const linear = [r, g, b].map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4)); // prettier-ignore
    return 116 * Math.cbrt(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]) - 16;
  };
  const sequential = palette("sequential").slice(0, 255).map(lightness);
  const diverging = palette("diverging").slice(0, 255).map(lightness);
  for (let i = 16; i < 255; i += 16) expect(sequential[i] - sequential[i - 16]).toBeGreaterThan(2.5);
  for (let i = 16; i < 127; i += 16) {
    expect(diverging[i] - diverging[i - 16]).toBeGreaterThan(5);
    expect(Math.abs(diverging[i] - diverging[254 - i])).toBeLessThan(6);
  }
  expect(palette("diverging").length).toBe(256);
});

test.each([undefined, null, 3, {}, { title: "a", facts: [], notes: [], clips: [null] }, { title: {}, facts: [3] }])(
  "what is no report or clip is refused: %o",
  (odd) => {
    expect(() => reportHtml(odd as never)).toThrow(ArgumentError);
    expect(() => gateStrip(odd as never)).toThrow(/^report: received .*; expected a clip/);
  },
);

test("the message says where in a report something is of another kind", () => {
  const clip = { name: "a", size: 1, frames: new Uint8Array(3), times: ["x"], gates: {} };
  const report = { title: "a", facts: [], notes: [], clips: [clip] };
  expect(() => reportHtml(report as never)).toThrow('received "x" as clips[0].times[0]; expected a number.');
  expect(() => reportHtml({ ...report, notes: [null] } as never)).toThrow(
    "received null as notes[0]; expected a text.",
  );
  const gates = { f: { data: new Float32Array(1), shape: [1n] } };
  const odd = { ...clip, times: [0], gates };
  expect(() => gateStrip(odd as never)).toThrow("received 1n as gates.f.shape[0]; expected a whole number.");
});

test("a canvas takes numbers and colours, and draws nothing outside of itself", () => {
  expect(() => new Canvas(-1, 2, [0, 0, 0])).toThrow("width -1; expected a whole number from 1");
  const canvas = new Canvas(2, 2, [0, 0, 0]);
  expect(() => canvas.fill(0, 0, 1, 1, ["red"] as never)).toThrow("colour");
  expect(() => canvas.strokes([3] as never, 1, [1, 2, 3])).toThrow("end of a line");
  expect(() => canvas.text(3 as never, 0, 0, 1, [1, 2, 3])).toThrow("expected a text");
  canvas.fill(-1e9, -1e9, 2e9, 2e9, [9, 9, 9]);
  canvas.strokes([[[-1e9, 0], [1e9, 1]]], 1e3, [9, 9, 9]);
  expect(canvas.png().length).toBeGreaterThan(0);
}); // prettier-ignore
