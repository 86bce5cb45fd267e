import { type Html, html } from "./html.js";

/** A chart with its title and caption. */
export function chartFigure(title: string, caption: Html | undefined, plot: Html): Html {
  return html`<figure class="chart">
    <figcaption><strong>${title}</strong>${caption}</figcaption>
    ${plot}
  </figure>`;
}

/** One entry of a legend. */
export const key = (name: string, colour: string): Html =>
  html`<span class="key" style="--colour: ${colour}">${name}</span> `;
