/** The section of one clip: the frame and the gates of the current step, the strip of all steps, and charts. */
import { base64 } from "./base64.js";
import type { ClipData, Gate } from "./clipData.js";
import { chartFigure, key } from "./figure.js";
import { checkFrames, frameAddresses } from "./frames.js";
import { type ClipMaps, clipMaps } from "./gateMaps.js";
import { gateColour, longName } from "./gateNames.js";
import { scaleTexts } from "./gateScale.js";
import { gradientText } from "./gradientText.js";
import { Html, html, jsonElement } from "./html.js";
import { areSeconds, clampShare, percent } from "./numberText.js";
import { gradientThroughTime, hasGaps, labelScores, saturationScatter, topLabels } from "./plots.js";
import type { LabelScore, ReportClip } from "./report.js";

const mostShown = { filters: 20, units: 48 };
const mostLabels = 5;

/**
 * Makes the section of a clip.
 * @param budget `mapsBytes`: the most bytes of all gates; `largestFrame`: the largest width and height of frames in
 * pixels.
 * @throws ShapeError when frames, times and gates do not fit together.
 */
export function clipSection(
  clip: ReportClip,
  index: number,
  budget: { mapsBytes: number; largestFrame: number },
): Html {
  checkFrames(clip);
  const maps = clipMaps(clip, mostShown, budget.mapsBytes);
  const frames = frameAddresses(clip, budget.largestFrame);
  const isSmall = clip.size < 128;
  const picture = (address: string, step: number) =>
    html`<img src="${new Html(address)}" alt="frame ${step}" ${isSmall ? html` class="small"` : undefined} />`;
  const isFilm = clip.times.length > 1;
  return html`<article class="film" id="film-${index}" aria-label="${clip.name}" style="--steps: ${clip.times.length}; --step: 0">
<header><div><h3><bdi>${clip.name}</bdi></h3>${clip.truth === undefined ? undefined : html`<p>Truth: <strong>${clip.truth}</strong></p>`}</div>
${clip.prediction && scores(clip.prediction)}</header>
<div class="stage">
<div><div class="screen">${picture(frames[0], 0)}${maps && html`<canvas class="overlay" aria-hidden="true" hidden></canvas>`}</div>
${maps && !maps.isDense ? overlayChoice(maps, index) : undefined}
${maps && scaleChoice(maps, index)}
${clip.labels && html`<p class="caption">Labels of this frame by itself</p><ol class="scores seen"></ol>`}</div>
${maps && gateFigures(maps)}
</div>
${isFilm ? player(clip) : undefined}
${maps && !maps.isDense ? filterChoice(maps, index) : undefined}
${isFilm ? strip(frames.map(picture), maps) : undefined}
${maps && html`<p class="quiet">${shownOf(clip, maps)}</p>`}
<div class="charts">${[...charts(clip, maps?.isDense ? "unit" : "filter")]}</div>
${jsonElement("clip", clipData(clip, maps))}
</article>
`; // prettier-ignore
}

const scores = (prediction: LabelScore[]) =>
  html`<div>
    <p class="caption">What the model says</p>
    <ol class="scores">
      ${prediction.slice(0, mostLabels).map(scoreRow)}
    </ol>
  </div>`;

const scoreRow = ({ label, score }: LabelScore) =>
  html`<li><span>${label}</span><i style="--share: ${clampShare(score)}"></i><b>${percent(score)}</b></li>`;

const player = ({ times }: ReportClip) =>
  html`<div class="player">
    <button type="button">Play</button>
    <input type="range" min="0" max="${times.length - 1}" value="0" aria-label="step" />
    <output>step 0</output>
  </div>`;

function gateFigures(maps: ClipMaps): Html {
  const figure = (gate: Gate) => html`<figure data-gate="${gate.name}">
<figcaption>${letter(gate)} ${longName(gate.name) === gate.name ? undefined : longName(gate.name)}</figcaption>
<canvas role="img" aria-label="${longName(gate.name)} at this step" style="aspect-ratio: ${maps.isDense ? "4 / 3" : html`${maps.width} / ${maps.height}`}"></canvas>
<div class="scale ${gate.palette}" data-low="${scaleTexts(maps, gate, 0, false)[0]}" data-high="${scaleTexts(maps, gate, 0, false)[1]}"><span></span></div>
</figure>`; // prettier-ignore
  return html`<div class="maps" style="--columns: ${maps.gates.length > 4 ? 3 : 2}">${maps.gates.map(figure)}</div>`;
}

const letter = ({ name }: Gate) => html`<span class="gate" style="color: ${gateColour(name)}">${name}</span>`;

const radio = (name: string, value: string, text: string, isChosen: boolean) =>
  html`<label class="choice"><input type="radio" name="${name}" value="${value}"${isChosen ? html` checked` : undefined}>${text}</label>`; // prettier-ignore

function overlayChoice(maps: ClipMaps, index: number): Html {
  const name = `overlay-${index}`;
  return html`<fieldset class="overlays">
    <legend>Laid over the frame</legend>
    ${radio(name, "", "nothing", true)}${maps.gates.map((gate) => radio(name, gate.name, gate.name, false))}
  </fieldset>`;
}

/** Whether gates whose values may be of any size have a scale for each filter, or a common one; nothing where that is the same. */
function scaleChoice(maps: ClipMaps, index: number): Html | undefined {
  const own = maps.gates.filter(({ reaches }) => reaches);
  if (own.length === 0 || maps.filters.length === 1) return undefined;
  const what = maps.isDense ? "unit" : "filter";
  const [low, high] = scaleTexts(maps, own[0], 0, true);
  const name = `scale-${index}`;
  return html`<fieldset>
    <legend>Scale of ${own.map((gate) => gate.name).join(", ")} (spans 95 % of its values)</legend>
    ${radio(name, "own", `of each ${what}`, true)}${radio(name, "common", `of all ${what}s (${low} to ${high})`, false)}
  </fieldset>`;
}

function filterChoice(maps: ClipMaps, index: number): Html {
  const choice = (filter: number, i: number) =>
    html`<label class="choice thumb"><input type="radio" name="filter-${index}" value="${i}" aria-label="filter ${filter}"${i === 0 ? html` checked` : undefined}><canvas aria-hidden="true"></canvas>${filter}</label>`; // prettier-ignore
  return html`<fieldset class="filters">
    <legend>Filter, by its ${longName(maps.state)} at this step</legend>
    ${maps.filters.map(choice)}
  </fieldset>`;
}

function strip(pictures: Html[], maps: ClipMaps | undefined): Html {
  const height = maps && (maps.isDense ? `height: ${Math.max(32, maps.height * 4)}px` : "");
  const row = (gate: Gate) =>
    html`<div class="label" title="${longName(gate.name)}">${letter(gate)}</div>
      <div class="track" data-gate="${gate.name}">
        <canvas role="img" aria-label="${longName(gate.name)}, all steps" style="${height}"></canvas>
      </div>`;
  return html`<div class="edges">
    <div class="scroller" tabindex="0" role="group" aria-label="the film strip, step by step">
      <div class="strip">
        <div class="label"></div>
        <div class="track">${pictures}</div>
        ${maps?.gates.map(row)}
        <div class="cursor"></div>
      </div>
    </div>
  </div>`;
}

/** Describes the part of the layer that is shown. */
function shownOf({ layer }: ReportClip, { state, isDense, filters, numFilters, block }: ClipMaps): string {
  const what = isDense ? "units" : "filters";
  const chosen =
    filters.length === numFilters
      ? `All ${numFilters} ${what}, those first whose ${state} varies most over time.`
      : `The ${filters.length} of ${numFilters} ${what} whose ${state} varies most over time.`;
  const averaged = block > 1 ? ` Each place shown is the mean over ${block} × ${block}.` : "";
  return `Layer “${layer}”. ${chosen}${isDense ? " One line each, the strongest on top." : ""}${averaged}`;
}

function* charts({ labels, gradient, saturation, times }: ReportClip, what: "filter" | "unit"): Generator<Html> {
  if (labels && times.length > 1) {
    const names = topLabels(labels).map((name, i) => key(name, `var(--series-${i + 1})`));
    const note = hasGaps(labels) ? "A line is dashed where the label is not among those of a frame." : undefined;
    yield chartFigure("What single frames show", html`<span class="keys">${names}</span>`, labelScores(labels), note);
  }
  if (gradient) {
    const names = [key("|dL/dh|", gateColour("h")), gradient.c && key("|dL/dc|", gateColour("c"))];
    const caption = html`<span class="keys">${names}</span>L is ${gradient.of}`;
    yield chartFigure("Gradient through time", caption, gradientThroughTime(gradient), gradientText(gradient, times));
  }
  if (saturation) {
    const caption = html`A dot for each ${what}: how often it is nearly closed (below 0.1) and how often nearly open
    (above 0.9).`;
    yield chartFigure("Saturation of the gates", caption, saturationScatter(saturation, what));
  }
}

/** The data of the clip that the page's script reads. */
function clipData({ times, labels }: ReportClip, maps: ClipMaps | undefined): ClipData {
  return {
    times: areSeconds(times) ? times.map((time) => Number(time.toFixed(3))) : undefined,
    labels: labels?.map((frame) => frame.slice(0, mostLabels)),
    maps: maps && { ...maps, gates: maps.gates.map((gate) => ({ ...gate, bytes: base64(gate.bytes) })) },
  };
}
