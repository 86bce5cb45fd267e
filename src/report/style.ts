/** The page's style sheet: colours, text, charts. */
import { paletteGradient } from "./colours.js";
import { filmStyle } from "./filmStyle.js";
import { Html } from "./html.js";

const css = String.raw;

export const style = (): Html =>
  new Html(css`
    :root {
      color-scheme: light dark;
      --paper: #fcfbf8;
      --card: #ffffff;
      --ink: #23211d;
      --quiet: #6d675e;
      --line: #e5e1d8;
      --accent: #b0431a;
      --note: #fdf1e3;
      --model: #1f5fa8;
      --baseline: #c2691c;
      --cell-low: #eef2f7;
      --cell-high: #1f5fa8;
      --series-1: #1f5fa8;
      --series-2: #c2691c;
      --series-3: #15866a;
      --series-4: #a34a86;
      --series-5: #7a7468;
      --sequential: ${paletteGradient("sequential")};
      --diverging: ${paletteGradient("diverging")};
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #17171a;
        --card: #1f1f23;
        --ink: #ece8e0;
        --quiet: #a39d92;
        --line: #35343a;
        --accent: #f0905f;
        --note: #33261a;
        --model: #74aef0;
        --baseline: #eba25c;
        --cell-low: #26292f;
        --cell-high: #74aef0;
        --series-1: #74aef0;
        --series-2: #eba25c;
        --series-3: #55c5a2;
        --series-4: #dd8fc3;
        --series-5: #b5aea1;
      }
    }
    * {
      box-sizing: border-box;
    }
    body {
      margin: 0 auto;
      padding: clamp(1.25rem, 4vw, 3.5rem) clamp(1rem, 4vw, 3rem);
      max-width: 78rem;
      background: var(--paper);
      color: var(--ink);
      font:
        400 1rem/1.55 system-ui,
        -apple-system,
        "Segoe UI",
        Roboto,
        "Helvetica Neue",
        "Liberation Sans",
        Arial,
        sans-serif;
      font-variant-numeric: tabular-nums;
      overflow-wrap: anywhere;
    }
    h1,
    h2,
    h3 {
      font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "TeX Gyre Pagella", Georgia, serif;
      font-weight: 600;
      line-height: 1.2;
      margin: 0;
      text-wrap: balance;
    }
    h1 {
      font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.75rem);
      letter-spacing: -0.01em;
    }
    h2 {
      font-size: 1.5rem;
      margin: 3.5rem 0 1.25rem;
    }
    h3 {
      font-size: 1.3rem;
    }
    p {
      margin: 0.5rem 0;
      max-width: 44rem;
    }
    .summary {
      font-size: 1.125rem;
      margin-top: 0.75rem;
    }
    .quiet,
    figcaption,
    dt {
      color: var(--quiet);
      font-size: 0.875rem;
    }
    .notes {
      margin: 1.5rem 0 0;
      padding: 0.85rem 1.1rem;
      max-width: 48rem;
      list-style: none;
      background: var(--note);
      border-left: 3px solid var(--accent);
      border-radius: 0 6px 6px 0;
    }
    .notes li + li {
      margin-top: 0.5rem;
    }
    .facts {
      display: flex;
      flex-wrap: wrap;
      gap: 0.9rem 2.75rem;
      margin: 2rem 0 0;
      padding: 1.25rem 0;
      border-block: 1px solid var(--line);
    }
    .facts dd {
      margin: 0;
      max-width: 20rem;
    }
    figure {
      margin: 0;
      min-width: 0;
    }
    .charts {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr));
      gap: 2.25rem 2.5rem;
    }
    .chart figcaption {
      margin-bottom: 0.5rem;
    }
    .chart strong {
      display: block;
      color: var(--ink);
      font-size: 1rem;
      font-weight: 600;
    }
    .plot {
      display: block;
      width: 100%;
      max-width: 30rem;
      height: auto;
      overflow: visible;
    }
    .plot text,
    .plot tspan {
      white-space: pre;
    }
    .keys {
      display: block;
    }
    .key {
      display: inline-flex;
      align-items: center;
      gap: 0.4em;
      margin-right: 1em;
    }
    .key::before {
      content: "";
      width: 1.1em;
      border-top: 3px solid var(--colour, currentColor);
    }
    .key.dashed::before {
      border-top: 2px dashed;
    }
    .now,
    circle {
      transition: none;
    }
    circle.chosen {
      fill: var(--accent);
      fill-opacity: 1;
      stroke: var(--card);
      r: 4.5px;
    }

    .tip {
      position: fixed;
      z-index: 9;
      padding: 0.2rem 0.55rem;
      border-radius: 5px;
      background: var(--ink);
      color: var(--paper);
      font-size: 0.85rem;
      pointer-events: none;
      white-space: nowrap;
    }
    .skipped {
      display: grid;
      grid-template-columns: fit-content(50%) 1fr;
      gap: 0.25rem 1.5rem;
      margin: 0;
      font-size: 0.9rem;
    }
    .skipped dt {
      color: var(--ink);
    }
    .skipped dd {
      margin: 0;
      color: var(--quiet);
    }
    ${filmStyle}
  `);
