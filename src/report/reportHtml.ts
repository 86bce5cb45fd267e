import { clipSection } from "./clipSection.js";
import { paletteBase64, paletteGradient } from "./colours.js";
import { equations } from "./equations.js";
import { checkFrames } from "./frames.js";
import { checkForm, reportForm } from "./form.js";
import { chartFigure, key } from "./figure.js";
import { Html, html, jsonElement } from "./html.js";
import { percent } from "./numberText.js";
import { pageScript, pageStyle } from "./pageBundle.js";
import { pageHtml } from "./pageHtml.js";
import { confusionMatrix, learningCurve } from "./plots.js";
import type { Report, ReportClip } from "./report.js";

const mapsBudgetBytes = 700_000; // of all clips together; base64 adds a third
const framesBudget = 96; // frames of full size; of more, each is made smaller
const fullSize = 224;
const smallest = 64;

const script = new Html(`<script>${pageScript}</script>`);
const style = new Html(
  `:root{--sequential:${paletteGradient("sequential")};--diverging:${paletteGradient("diverging")}}${pageStyle}`,
);

/**
 * Makes a report as one HTML file, which a browser opens without a server, a network or other files. The films in
 * it can be played and stepped through; everything else is text and SVG. The same report gives the same file.
 *
 * @example
 * writeFileSync("report.html", reportHtml({ title: "Left or right?", facts: [], notes: [], clips: [clip] }));
 *
 * @throws ShapeError when the frames, times and gates of a clip do not fit together; ArgumentError for what is no
 * report, and for a kind of cell that is not known.
 */
export function reportHtml(report: Report): string {
  checkReport(report);
  const numFrames = report.clips.reduce((sum, { times }) => sum + times.length, 0);
  const largestFrame = Math.max(smallest, Math.floor(fullSize * Math.min(1, Math.sqrt(framesBudget / numFrames))));
  const budget = { mapsBytes: Math.floor(mapsBudgetBytes / report.clips.length), largestFrame };
  const parts = [learning(report), confusion(report), equations(report.clips), films(report, budget), skipped(report)];
  const palettes = { sequential: paletteBase64("sequential"), diverging: paletteBase64("diverging") };
  const scripts = html`${jsonElement("palettes", palettes)}${script}`;
  return pageHtml(report, style, html`${parts}`, scripts);
}

function checkReport(report: Report): void {
  checkForm("reportHtml", report, reportForm);
  report.clips.forEach(checkFrames);
}

function learning(report: Report): Html | undefined {
  if (!report.curve?.length) return undefined;
  const hasHeldOut = report.curve.some(({ valLoss, valAccuracy }) => (valLoss ?? valAccuracy) !== undefined);
  const legend = html`<p class="quiet">
${key("the model", "var(--model)")}${report.baselineCurve ? key("the mean over the frames alone", "var(--baseline)") : undefined}
${hasHeldOut ? html`<span class="key">held out</span> ` : undefined}<span class="key dashed">training</span></p>`; // prettier-ignore
  return html`<section>
    <h2>Learning</h2>
    ${legend}
    <div class="charts">
      ${chartFigure("Accuracy", undefined, learningCurve(report, "accuracy"))}
      ${chartFigure("Loss", undefined, learningCurve(report, "loss"))}
    </div>
  </section>`;
}

function confusion({ confusion }: Report): Html | undefined {
  if (!confusion) return undefined;
  const { classes, counts, baselineCounts } = confusion;
  return html`<section><h2>Confusion</h2>
<p class="quiet">Held-out clips: the truth by row, the prediction by column. The colour is the share of the row.</p><div class="charts">
${chartFigure("The model", rightOf(counts), confusionMatrix(classes, counts))}
${baselineCounts && chartFigure("The mean over the frames alone", rightOf(baselineCounts), confusionMatrix(classes, baselineCounts))}
</div></section>`; // prettier-ignore
}

function rightOf(counts: readonly (readonly number[])[]): Html {
  const right = counts.reduce((sum, row, i) => sum + row[i], 0);
  const all = counts.flat().reduce((sum, n) => sum + n, 0);
  return html`${right} of ${all} right, ${percent(all ? right / all : 0)}`;
}

function films(report: Report, budget: { mapsBytes: number; largestFrame: number }): Html | undefined {
  if (report.clips.length === 0) return undefined;
  const hasGates = report.clips.some(({ gates }) => Object.keys(gates).length > 0);
  const hasCellState = report.clips.some(({ gates }) => "c" in gates);
  return html`<section><h2>${report.clips.length === 1 ? "The film" : "Films"}</h2>
${hasGates ? html`<p class="quiet">Each gate has one colour scale for the whole film${hasCellState ? "; only the cell state c, whose values may be of any size, has one for each filter or unit" : undefined}. Time steps and filters count from 0, as in <code>trace</code> and <code>ablate</code>. On the slider and on the strip, the arrow keys move by one time step and the space bar plays.</p>` : undefined}
${report.clips.map((clip, index) => folded(clip, index, clipSection(clip, index, budget)))}
</section>`; // prettier-ignore
}

/** Clips that are shown unfolded. */
const numOpen = 2;

function folded({ name, truth, prediction }: ReportClip, index: number, section: Html): Html {
  if (index < numOpen) return section;
  const verdict =
    truth && prediction ? html` <span class="quiet">${truth}, classified as ${prediction[0].label}</span>` : undefined;
  return html`<details class="fold">
    <summary><bdi>${name}</bdi>${verdict}</summary>
    ${section}
  </details>`;
}

function skipped({ skipped }: Report): Html | undefined {
  if (!skipped?.length) return undefined;
  return html`<section>
    <h2>Skipped</h2>
    <dl class="skipped">
      ${skipped.map(
        ({ path, reason }) =>
          html`<dt><bdi>${path}</bdi></dt>
            <dd>${reason}</dd> `,
      )}
    </dl>
  </section>`;
}
