/** The section of one clip: the frame and the gates of the current step, the strip of all steps, and charts. */
import { base64 } from "./base64.js";
import type { ClipData, Gate } from "./clipData.js";
import { chartFigure, key } from "./figure.js";
import { checkFrames, frameAddresses } from "./frames.js";
import { type ClipMaps, clipMaps, longName } from "./gateMaps.js";
import { type Html, html, jsonElement } from "./html.js";
import { clampShare, percent, withMinus } from "./numberText.js";
import { gradientThroughTime, labelScores, saturationScatter, topLabels } from "./plots.js";
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
    html`<img src="${address}" alt="frame ${step}" ${isSmall ? html` class="small"` : undefined} />`;
  const isFilm = clip.times.length > 1;
  return html`<article class="film" id="film-${index}" aria-label="${clip.name}" style="--steps: ${clip.times.length}; --step: 0">
<header><div><h3><bdi>${clip.name}</bdi></h3>${clip.truth === undefined ? undefined : html`<p>Truth: <strong>${clip.truth}</strong></p>`}</div>
${clip.prediction && scores(clip.prediction)}</header>
<div class="stage">
<div><div class="screen">${picture(frames[0], 0)}${maps && html`<canvas class="overlay" aria-hidden="true" hidden></canvas>`}</div>
${maps && !maps.isDense ? overlayChoice(maps, index) : undefined}
${clip.labels && html`<p class="caption">Labels of this frame by itself</p><ol class="scores seen"></ol>`}</div>
${maps && gateFigures(maps)}
</div>
${isFilm ? player(clip) : undefined}
${maps && !maps.isDense ? filterChoice(maps, index) : undefined}
${isFilm ? strip(frames.map(picture), maps) : undefined}
${maps && html`<p class="quiet">${shownOf(clip, maps)}</p>`}
<div class="charts">${[...charts(clip)]}</div>
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
<figcaption><span class="gate">${gate.name}</span> ${longName(gate.name) === gate.name ? undefined : longName(gate.name)}</figcaption>
<canvas role="img" aria-label="${longName(gate.name)} at this step" style="aspect-ratio: ${maps.isDense ? "4 / 3" : html`${maps.width} / ${maps.height}`}"></canvas>
<div class="scale ${gate.palette}" data-low="${endText(gate.low)}" data-high="${endText(gate.high)}"><span></span></div>
</figure>`; // prettier-ignore
  return html`<div class="maps" style="--columns: ${maps.gates.length > 4 ? 3 : 2}">${maps.gates.map(figure)}</div>`;
}

const endText = (value: number) => withMinus(String(Number(value.toPrecision(2))));

function overlayChoice(maps: ClipMaps, index: number): Html {
  const choice = (value: string, text: string) =>
    html`<label class="choice"><input type="radio" name="overlay-${index}" value="${value}"${value === "" ? html` checked` : undefined}>${text}</label>`; // prettier-ignore
  return html`<fieldset class="overlays">
    <legend>Laid over the frame</legend>
    ${choice("", "nothing")}${maps.gates.map(({ name }) => choice(name, name))}
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
  const row = ({ name }: Gate) =>
    html`<span class="gate" title="${longName(name)}">${name}</span>
      <div class="track" data-gate="${name}">
        <canvas role="img" aria-label="${longName(name)}, all steps" style="${height}"></canvas>
      </div>`;
  return html`<div class="scroller" tabindex="0" role="group" aria-label="the film strip, step by step">
    <div class="strip">
      <span class="gate"></span>
      <div class="track">${pictures}</div>
      ${maps?.gates.map(row)}
      <div class="cursor"></div>
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

function* charts({ labels, gradient, saturation, times }: ReportClip): Generator<Html> {
  if (labels && times.length > 1) {
    const names = topLabels(labels).map((name, i) => key(name, `var(--series-${i + 1})`));
    yield chartFigure("What single frames show", html`<span class="keys">${names}</span>`, labelScores(labels));
  }
  if (gradient) {
    const names = [key("|dL/dh|", "var(--model)"), gradient.c && key("|dL/dc|", "var(--baseline)")];
    const caption = html`<span class="keys">${names}</span>L is ${gradient.of}`;
    yield chartFigure("Gradient through time", caption, gradientThroughTime(gradient));
  }
  if (saturation) {
    const caption = html`A dot for each filter: how often it is nearly closed, how often nearly open.`;
    yield chartFigure("Saturation of the gates", caption, saturationScatter(saturation));
  }
}

/** The data of the clip that the page's script reads. */
function clipData({ times, labels }: ReportClip, maps: ClipMaps | undefined): ClipData {
  const isFilmTime = times.some((time, step) => time !== step);
  return {
    times: isFilmTime ? times.map((time) => Number(time.toFixed(3))) : undefined,
    labels: labels?.map((frame) => frame.slice(0, mostLabels)),
    maps: maps && { ...maps, gates: maps.gates.map((gate) => ({ ...gate, bytes: base64(gate.bytes) })) },
  };
}
