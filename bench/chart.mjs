// One chart of a run, as SVG: the time of each case over the machine's limit, for every contender.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { titles } from "./contenders.mjs";
import { nameOf } from "./tables.mjs";

/** Colours that the colour-blind can tell apart (Okabe and Ito, 2008). */
const colours = {
  zoetrope: "#d55e00",
  base: "#e69f00",
  litert: "#0072b2",
  ort: "#56b4e9",
  tfjs: "#cc79a7",
  keras: "#009e73",
  torch: "#000000",
  onnxruntime: "#999999",
};
/** Signs of the builds; peers have that of their flags. */
const signs = { plain: "circle", fma: "diamond", wide: "square", "": "diamond" };

/** Engines in a row of the legend. */
const perRow = 6;
const rowHeight = 16;
const [width, marginLeft, marginTop, marginBottom] = [860, 250, 56, 44];

/** Ticks that a logarithmic axis from `low` to `high` has room for. */
const ticksBetween = (low, high) =>
  [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 50, 100].filter((tick) => tick >= low && tick <= high);

/** The chart of all rows with a limit; undefined where there is none. @param head the head of the results' file. */
export function chartOf({ machine, node, date, rows }) {
  const timed = rows.filter(({ overLimit }) => overLimit !== undefined);
  if (timed.length === 0) return undefined;
  const { document } = parseHTML("<!doctype html><html></html>");
  const cases = [...new Set(timed.map((row) => row.case))];
  // One line for each row, and two before each case: an empty one, and its name.
  const lines = cases.flatMap((name) => [
    { line: `before ${name}`, isGap: true },
    { line: name, isHead: true },
    ...timed
      .filter((row) => row.case === name)
      .toSorted((a, b) => a.overLimit.median - b.overLimit.median)
      .map((row) => ({ ...row, ...row.overLimit, line: `${name} ${row.key}`, text: nameOf(row) })),
  ]);
  const points = lines.filter(({ isHead, isGap }) => !isHead && !isGap);
  const heads = lines.filter(({ isHead }) => isHead);
  const low = Math.min(0.9, ...points.map((point) => point.low)) * 0.95;
  const high = Math.max(2, ...points.map((point) => point.high)) * 1.15;
  const engines = Object.keys(titles).filter((engine) => points.some((point) => point.engine === engine));
  const colour = (engine) => colours[engine];
  const textStyle = { frameAnchor: "left", textAnchor: "end", dx: -8, y: "line" };
  const chart = Plot.plot({
    document,
    ...{ width, marginLeft, marginTop, marginBottom, marginRight: 56 },
    height: marginTop + marginBottom + lines.length * rowHeight,
    className: "plot",
    style: { background: "white", color: "#222", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    x: { type: "log", domain: [low, high], ticks: ticksBetween(low, high), tickFormat: (x) => String(x), label: "time / limit (logarithmic; 1 is the arithmetic at the peak of one core) →", grid: true }, // prettier-ignore
    y: { type: "band", domain: lines.map(({ line }) => line), axis: null },
    symbol: { domain: Object.keys(signs), range: Object.values(signs) },
    marks: [
      Plot.ruleX([1], { stroke: "#222", strokeDasharray: "3 3" }),
      Plot.text(heads, { ...textStyle, text: "line", fontWeight: "bold" }),
      Plot.text(points, {
        ...textStyle,
        text: "text",
        fill: ({ engine }) => (engine === "zoetrope" ? "#222" : "#666"),
      }),
      Plot.ruleY(points, { y: "line", x1: "low", x2: "high", stroke: ({ engine }) => colour(engine), strokeWidth: 2 }),
      Plot.dot(points, { y: "line", x: "median", fill: ({ engine }) => colour(engine), symbol: "build", r: 4.5 }),
      Plot.text(points, {
        y: "line",
        x: "high",
        text: ({ median }) => median.toPrecision(3),
        textAnchor: "start",
        dx: 8,
      }),
      Plot.text([`${machine.cpu}, ${machine.cores} cores; Node ${node}; ${date.slice(0, 10)}; medians with 95 % intervals`], { frameAnchor: "top-left", dx: -marginLeft + 8, dy: -52 }), // prettier-ignore
      ...engines.map(
        (engine, i) =>
        Plot.text([`● ${titles[engine]}`], { frameAnchor: "top-left", dx: -marginLeft + 8 + (i % perRow) * 140, dy: -32 + 17 * Math.floor(i / perRow), fill: colour(engine) }), // prettier-ignore
      ),
    ],
    color: { type: "identity" },
  });
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${chart.outerHTML}\n`;
}
