/**
 * The charts of the report. Observable Plot draws them as SVG while the report is made, so that the page needs no
 * library.
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { gateColour } from "./gateNames.js";
import { Html } from "./html.js";
import { percent, shortNumber } from "./numberText.js";
import type { EpochPoint, Report, ReportClip } from "./report.js";

const { document } = parseHTML("<!doctype html><html></html>");

const width = 340; // narrow, so that letters keep their size in a narrow window; a wide one holds several charts in a row
const height = 210;

/** Colours of the page's style sheet, which are light or dark. */
const model = "var(--model)";
const baseline = "var(--baseline)";
const grid = "var(--line)";
const quiet = "var(--quiet)";
const series = [1, 2, 3, 4, 5].map((i) => `var(--series-${i})`);

/** Without ticks, as the grid has lines at the numbers; with space for the label. */
const axis = { label: null, tickSize: 0, ticks: 5, labelOffset: 36 } as const;

/** Draws a chart and gives its SVG as text. `prepare` can change the chart first. */
function svg(label: string, options: Plot.PlotOptions, prepare: (chart: Element) => void = () => {}): Html {
  const chart = Plot.plot({
    document,
    width,
    height,
    marginLeft: 52,
    marginBottom: 40,
    className: "plot",
    style: { fontSize: "12px" },
    ...options,
  });
  for (const style of chart.querySelectorAll("style")) style.remove(); // the page's style sheet has these
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", label);
  prepare(chart);
  return new Html(chart.outerHTML);
}

/**
 * The loss or accuracy by epoch, of the model and the baseline if there is one: on held-out data (solid) and in
 * training (dashed).
 */
export function learningCurve(report: Report, what: "loss" | "accuracy"): Html {
  const curves = [
    { curve: report.baselineCurve ?? [], stroke: baseline },
    { curve: report.curve ?? [], stroke: model },
  ];
  const points = (name: Exclude<keyof EpochPoint, "epoch">) =>
    curves.flatMap(({ curve, stroke }) =>
      curve.flatMap(({ epoch, [name]: value }) =>
        value === undefined ? [] : [{ epoch, value: finite(value), stroke }],
      ),
    );
  const heldOut = points(what === "loss" ? "valLoss" : "valAccuracy");
  const last = Math.max(2, ...curves.flatMap(({ curve }) => curve.map(({ epoch }) => epoch)));
  const title = ({ epoch, value }: (typeof heldOut)[number]) => `epoch ${epoch}: ${shortNumber(value)}`;
  const line = { x: "epoch", y: "value", z: "stroke", stroke: "stroke" }; // without z, Plot draws a warning beside a short curve
  return svg(`${what} by epoch`, {
    x: { ...axis, label: "epoch →", domain: [1, last], ticks: wholeTicks(1, last), tickFormat: "d" },
    y: what === "accuracy" ? { ...axis, domain: [0, 1], tickFormat: percentTick } : { ...axis, zero: true, nice: true },
    marks: [
      Plot.gridY({ stroke: grid, strokeOpacity: 1, ticks: 5 }),
      Plot.lineY(points(what), { ...line, strokeDasharray: "2 4", strokeWidth: 1.5 }),
      Plot.lineY(heldOut, { ...line, strokeWidth: 2.25 }),
      Plot.dot(heldOut, { x: "epoch", y: "value", fill: "stroke", r: 2.5, title }),
    ],
    color: { type: "identity" },
  });
}

/** The confusion matrix: truth by row, prediction by column; the colour of a cell is its share of the row. */
export function confusionMatrix(classes: readonly string[], counts: readonly (readonly number[])[]): Html {
  const most = 12; // letters of a name
  const short = classes.map((name) => (name.length > most ? `${name.slice(0, most - 5)}…${name.slice(-4)}` : name));
  const isCrowded = classes.length > 12;
  const cells = counts.flatMap((row, truth) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    return row.map((count, predicted) => ({ truth, predicted, count, share: total ? count / total : 0 }));
  });
  const side = Math.max(width, 60 + 24 * classes.length);
  const longest = Math.max(...short.map((name) => name.length));
  const marginLeft = 34 + longest * 6.4;
  const isTurned = longest * 6.5 > (side - marginLeft) / classes.length;
  const marginTop = isTurned ? 26 + longest * 4.5 : 44;
  const marginRight = isTurned ? 8 + short[short.length - 1].length * 3 : 8;
  const title = ({ truth, predicted, count, share }: (typeof cells)[number]) =>
    `${classes[truth]} seen as ${classes[predicted]}: ${count} (${(100 * share).toFixed(0)} %)`;
  return svg("confusion matrix: truth by row, prediction by column", {
    width: side,
    height: Math.min(side - marginLeft - marginRight, 70 * classes.length) + marginTop + 6,
    marginLeft,
    marginTop,
    marginRight,
    marginBottom: 6,
    x: { axis: "top", label: "predicted →", tickFormat: (i) => short[i], tickRotate: isTurned ? -45 : 0, tickSize: 0, domain: classes.map((_, i) => i) }, // prettier-ignore
    y: { label: "↓ truth", tickFormat: (i) => short[i], tickSize: 0, domain: classes.map((_, i) => i) },
    color: {
      type: "linear",
      domain: [0, 1],
      range: ["var(--cell-low)", "var(--cell-high)"],
      interpolate: mix as unknown as Plot.Interpolate,
    },
    marks: [
      Plot.cell(cells, { x: "predicted", y: "truth", fill: "share", inset: 1, rx: 3, title }),
      Plot.text(isCrowded ? [] : cells, {
        x: "predicted",
        y: "truth",
        text: ({ count }) => String(count),
        fill: ({ share }) => (share > 0.55 ? "var(--paper)" : "var(--ink)"),
        fontSize: classes.length > 8 ? 11 : 13,
        pointerEvents: "none",
      }),
    ],
  });
}

/** Interpolates between two colours of the style sheet in the browser, which knows whether they are light or dark. */
const mix = (from: string, to: string) => (t: number) =>
  t <= 0 ? from : t >= 1 ? to : `color-mix(in oklab, ${to} ${(100 * t).toFixed(1)}%, ${from})`;

/**
 * A dot for each filter of each gate: how often it is nearly closed, and how often nearly open (Karpathy et al., 2015).
 */
export function saturationScatter(saturation: NonNullable<ReportClip["saturation"]>, what: "filter" | "unit"): Html {
  const dots = Object.entries(saturation).flatMap(([gate, { low, high }]) =>
    low.map((closed, filter) => ({ gate, filter, closed, open: high[filter] })),
  );
  const text = ({ gate, filter, closed, open }: (typeof dots)[number]) =>
    `${gate}, ${what} ${filter}: below 0.1 for ${percent(closed)}, above 0.9 for ${percent(open)}`;
  const gates = Object.keys(saturation);
  const share = { ...axis, domain: [0, 1], ticks: [0, 0.5, 1], tickFormat: shortNumber } as const;
  const options: Plot.PlotOptions = {
    height: Math.round((width - 66) / gates.length) + 64,
    marginLeft: 46,
    marginTop: 20,
    marginRight: 10,
    fx: { domain: gates, label: null, padding: 0.16 },
    x: { ...share, label: "share below 0.1 →" },
    y: { ...share, label: "share above 0.9 →", labelAnchor: "center", labelOffset: 44 },
    marks: [
      Plot.frame({ stroke: grid }),
      Plot.line([[0, 1], [1, 0]], { stroke: grid }), // prettier-ignore
      Plot.dot(dots, {
        fx: "gate",
        x: "closed",
        y: "open",
        r: 2.5,
        fill: ({ gate }) => gateColour(gate),
        fillOpacity: 0.55,
        title: text,
      }),
    ],
  };
  return svg(`for each ${what}, the share of values below 0.1 and above 0.9`, options, (chart) => {
    // Dots are in the order of the data. The page's script finds those of a filter by the attribute.
    [...chart.querySelectorAll("circle")].forEach((dot, i) => dot.setAttribute("data-filter", String(dots[i].filter)));
  });
}

/**
 * |dL/dh_t| and |dL/dc_t| by time step on a logarithmic scale. It has no place for 0, which is drawn at the bottom as an open dot, and a line
 * has a gap where a value is not finite.
 */
export function gradientThroughTime({ h, c = [] }: NonNullable<ReportClip["gradient"]>): Html {
  const points = (name: string, values: number[]) =>
    values.map((value, step) => ({ name, step, value: finite(value), stroke: gateColour(name) }));
  const data = [...points("c", c), ...points("h", h)];
  const positive = data.map(({ value }) => value).filter((value) => value > 0);
  if (positive.length === 0) return new Html("<p>It is 0 at every time step.</p>");
  const [least, most] = [Math.min(...positive) / 1.3, Math.max(...positive) * 1.3];
  const zero = data.some(({ value }) => value === 0) ? least / (most / least) ** 0.12 : undefined; // a line below the others
  const ticks = [...(zero === undefined ? [] : [zero]), ...logarithmicTicks(least, most)];
  const y = ({ value }: (typeof data)[number]) => (value === 0 ? zero! : value);
  const title = ({ name, step, value }: (typeof data)[number]) => `|dL/d${name}|, step ${step}: ${shortNumber(value)}`;
  return overTime(h.length, "gradient's norm, step by step", {
    y: {
      ...axis,
      label: "size of the gradient (logarithmic)",
      type: "log",
      domain: [zero ?? least, most],
      ticks,
      tickFormat: (tick: number) => (tick === zero ? "0" : shortNumber(tick)),
    },
    marks: [
      Plot.gridY(ticks, { stroke: grid, strokeOpacity: 1 }),
      Plot.line(data, { x: "step", y, z: "name", stroke: "stroke", strokeWidth: 2 }),
      Plot.dot(data, { x: "step", y, stroke: "stroke", fill: ({ value, stroke }) => (value === 0 ? "var(--card)" : stroke), r: 2.5, title }),
    ],
  }); // prettier-ignore
}

/** The labels with the highest sums of scores over the frames, at most five. */
export function topLabels(labels: NonNullable<ReportClip["labels"]>): string[] {
  const sums = new Map<string, number>();
  for (const { label, score } of labels.flat()) sums.set(label, (sums.get(label) ?? 0) + score);
  return [...sums.keys()].sort((a, b) => sums.get(b)! - sums.get(a)!).slice(0, series.length);
}

/** Whether a frame's list lacks one of the top labels. */
export const hasGaps = (labels: NonNullable<ReportClip["labels"]>): boolean =>
  topLabels(labels).some((name) => !labels.every((frame) => frame.some(({ label }) => label === name)));

/** The scores of the top labels by frame; the line is dashed over frames whose list lacks the label. */
export function labelScores(labels: NonNullable<ReportClip["labels"]>): Html {
  const data = topLabels(labels).flatMap((name, i) =>
    labels.map((frame, step) => {
      const score = frame.find(({ label }) => label === name)?.score ?? NaN;
      return { step, score, name, stroke: series[i] };
    }),
  );
  const known = data.filter(({ score }) => Number.isFinite(score));
  const line = { x: "step", y: "score", z: "name", stroke: "stroke" };
  return overTime(labels.length, "scores of labels, frame by frame", {
    y: { ...axis, label: "score", domain: [0, 1], tickFormat: percentTick },
    marks: [
      Plot.gridY({ stroke: grid, strokeOpacity: 1, ticks: 5 }),
      Plot.line(known, { ...line, strokeDasharray: "1 3", strokeWidth: 1.5 }),
      Plot.line(data, { ...line, strokeWidth: 2 }),
      Plot.dot(known, { x: "step", y: "score", fill: "stroke", r: 2, title: ({ name, step, score }) => `${name}, step ${step}: ${percent(score)}` }), // prettier-ignore
    ],
  });
}

/** A chart by time step, with a line at the current step, which the page's script moves. */
function overTime(steps: number, label: string, options: Plot.PlotOptions): Html {
  const last = Math.max(1, steps - 1);
  const x = { ...axis, label: "time step →", domain: [0, last], ticks: wholeTicks(0, last), tickFormat: "d" } as const;
  const marks = [...(options.marks ?? []), Plot.ruleX([0], { stroke: quiet, className: "now" })];
  return svg(label, { marginTop: 28, ...options, x, marks, color: { type: "identity" } }, (chart) => {
    const scale = (chart as unknown as Plot.Plot).scale("x")!;
    const [from, to] = [scale.apply(0), scale.apply(last)];
    chart.setAttribute("data-step-width", String((to - from) / last));
  });
}

/** At most about eight whole numbers from `from` to `to`. */
function wholeTicks(from: number, to: number): number[] {
  const pace = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((n) => (to - from) / n <= 8) ?? to - from;
  const first = Math.ceil(from / pace) * pace;
  const ticks = Array.from({ length: Math.floor((to - first) / pace) + 1 }, (_, i) => first + i * pace);
  return from === 1 && pace > 1 ? [1, ...ticks] : ticks;
}

/** 1, 10, 100 and so on; over a short range 2 and 5 between them too. */
function logarithmicTicks(least: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const digits = to - from > 3 ? [1] : [1, 2, 5];
  const pace = Math.ceil((to - from) / 6);
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((power) => power % pace === 0);
  const ticks = powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
  return ticks.filter((tick) => tick >= least && tick <= most);
}

/** NaN for a value that cannot be drawn: a line has a gap there. */
const finite = (value: number): number => (Number.isFinite(value) ? value : NaN);

const percentTick = (share: number) => `${Math.round(100 * share)} %`;
