import { checkForm, profileForm } from "./form.js";
import { Html, html } from "./html.js";
import { clampShare, percent } from "./numberText.js";
import { profileStyle } from "./pageBundle.js";
import { pageHtml } from "./pageHtml.js";
import { type ProfileNode, pathOf, type ProfileReport, profileTree } from "./profile.js";

const style = new Html(profileStyle);

/** Shares of the time from which on a box has space for its text: upright, and turned by 90 degrees. */
const [shareForWords, shareForLetters] = [0.09, 0.035];

/** Layers in the list of those that take the most time. */
const mostLayers = 12;

/**
 * Makes a page about the times of a model's kernel calls, as one HTML file without a script: an icicle of layers and
 * kernels, whose widths are milliseconds, the layers that take the most time, and a table of all calls.
 *
 * @example
 * const { rows } = await (await model.plan([1, 224, 224, 3])).profile();
 * writeFileSync("profile.html", profileHtml({ title: model.name, facts: [], notes: [], rows }));
 *
 * @throws ArgumentError for what is no such report.
 */
export function profileHtml(report: ProfileReport): string {
  checkForm("profileHtml", report, profileForm);
  const root = profileTree(report.rows);
  const tree = root.parts.length === 1 ? root.parts[0] : root; // the model is around all
  return pageHtml(report, style, html`${icicle(tree)}${longest(tree)}${table(report)}`);
}

const time = (ms: number): string => `${ms < 0.0995 ? ms.toFixed(3) : ms < 9.95 ? ms.toFixed(2) : ms.toFixed(1)} ms`;

/** The share of the peak of a part; undefined where it has no products, or the peak is not known. */
const ofPeak = ({ mflop, atPeak, ms }: ProfileNode): number | undefined =>
  mflop > 0 && atPeak !== undefined && ms > 0 ? atPeak / ms : undefined;

function describe(node: ProfileNode, all: number): string {
  const peak = ofPeak(node);
  return [
    `${node.name}: ${time(node.ms)}`,
    percent(all > 0 ? node.ms / all : 0),
    `${node.calls} ${node.calls === 1 ? "call" : "calls"}`,
    ...(node.mflop > 0 && node.ms > 0 ? [`${(node.mflop / node.ms).toFixed(1)} GFLOP/s`] : []),
    ...(peak === undefined ? [] : [`${percent(peak)} of the peak`]),
  ].join(", ");
}

/** The colour of a part and of its text, by its share of the peak. */
function colourOf(node: ProfileNode): Html | undefined {
  const share = ofPeak(node);
  if (share === undefined) return undefined;
  const percents = (100 * clampShare(share)).toFixed(1);
  const text = share > 0.55 ? "var(--paper)" : "var(--ink)";
  return html`;--fill:color-mix(in oklab,var(--cell-high) ${percents}%,var(--cell-low));--text:${text}`;
}

function icicle(tree: ProfileNode): Html {
  const hasPeak = ofPeak(tree) !== undefined;
  return html`<section><h2>Where the time goes</h2>
<p class="quiet">From top to bottom, layers and what is inside them; the lowest boxes are the calls of a layer to one kernel. Widths are milliseconds${hasPeak ? html`; the colour is the share of the peak of the machine: ${scale}` : undefined}. Point at a box for its numbers; all are in the table below.</p>
<div class="icicle-frame" tabindex="0" role="region" aria-label="Icicle of layers and kernels"><div class="icicle">${partHtml(tree, tree.ms, tree.ms)}</div></div>
</section>`; // prettier-ignore
}

const scale = html`<span class="peak-scale">0 %<span></span>100 %</span>; boxes without products have none`;

/** A box, and below it those of its parts, as wide as their shares. */
function partHtml(node: ProfileNode, all: number, outer: number): Html {
  const width = (100 * (outer > 0 ? node.ms / outer : 0)).toFixed(3);
  const parts = node.parts.filter(({ ms }) => ms > 0);
  const kind = parts.length === 0 ? "kernel" : parts.some((part) => part.parts.length > 0) ? "outer" : "layer";
  const ofAll = all > 0 ? node.ms / all : 0;
  const isUpright = kind === "outer" || ofAll >= shareForWords;
  const form = ofAll < shareForLetters ? " bare" : isUpright ? "" : " narrow";
  const text = form === " bare" ? undefined : html`<span>${node.name}</span><span>${time(node.ms)}</span>`;
  return html`<div class="part ${kind}" style="width:${width}%${colourOf(node)}"><div class="box${form}" title="${describe(node, all)}">${text}</div>${parts.length > 0 ? html`<div class="parts">${parts.map((part) => partHtml(part, all, node.ms))}</div>` : undefined}</div>`; // prettier-ignore
}

/** The layers that hold no other layers. */
const leaves = (node: ProfileNode, path: string): { path: string; node: ProfileNode }[] =>
  node.parts.some(({ parts }) => parts.length > 0)
    ? node.parts.filter(({ parts }) => parts.length > 0).flatMap((part) => leaves(part, path ? `${path}/${part.name}` : part.name))
    : [{ path, node }]; // prettier-ignore

function longest(tree: ProfileNode): Html | undefined {
  const layers = leaves(tree, "").sort((a, b) => b.node.ms - a.node.ms);
  const shown = layers.slice(0, mostLayers);
  if (shown.length < 2) return undefined;
  const share = (ms: number) => (tree.ms > 0 ? ms / tree.ms : 0);
  return html`<section><h2>The longest</h2>
<ol class="longest">${shown.map(({ path, node }) => html`<li><bdi>${path}</bdi><span class="bar"><span style="width:${(100 * clampShare(share(node.ms) / share(shown[0].node.ms))).toFixed(2)}%"></span></span><span>${time(node.ms)}, ${percent(share(node.ms))}</span></li>`)}</ol>
</section>`; // prettier-ignore
}

function table({ rows }: ProfileReport): Html {
  const all = rows.reduce((sum, { ms }) => sum + ms, 0);
  const hasPeak = rows.some(({ ofPeak }) => ofPeak !== undefined);
  return html`<section><h2>Kernel calls</h2>
<div class="table-frame" tabindex="0" role="region" aria-label="Kernel calls"><table class="calls">
<thead><tr><th>layers</th><th>kernel</th><th>sizes</th><th>ms</th><th>time</th><th>GFLOP/s</th>${hasPeak ? html`<th>of peak</th>` : undefined}</tr></thead>
<tbody>${rows.map(({ layers, kernel, sizes, ms, gflops, ofPeak }) => html`<tr><td>${pathOf(layers).join("/")}</td><td>${kernel}</td><td>${sizes}</td><td>${ms.toFixed(3)}</td><td>${percent(all > 0 ? ms / all : 0)}</td><td>${gflops > 0 ? gflops.toFixed(1) : ""}</td>${hasPeak ? html`<td>${ofPeak === undefined ? "" : percent(ofPeak)}</td>` : undefined}</tr>
`)}</tbody></table></div>
</section>`; // prettier-ignore
}
