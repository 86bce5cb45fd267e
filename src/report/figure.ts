import { type Html, html } from "./html.js";

/** A chart with its title and caption, and below it a note that says what to see in it. */
export function chartFigure(title: string, caption: Html | undefined, plot: Html, note?: string): Html {
  return html`<figure class="chart">
    <figcaption><strong>${title}</strong>${caption}</figcaption>
    ${plot}${note === undefined ? undefined : html`<p class="quiet">${note}</p>`}
  </figure>`;
}

/** One entry of a legend. */
export const key = (name: string, colour: string): Html =>
  html`<span class="key" style="--colour: ${colour}">${name}</span> `;
