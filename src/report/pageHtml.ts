/** The frame of a page: its head, and the texts at its top. */
import { type Html, html } from "./html.js";

/** The page may show the pictures and run the script inside it; the browser does not let it fetch anything. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** What stands at the top of a page. */
interface Top {
  title: string;
  summary?: string;
  facts: (readonly [label: string, value: string])[];
  notes: string[];
}

/** A page as one HTML file. `after`: what follows the main part, such as scripts. */
export const pageHtml = ({ title, summary, facts, notes }: Top, style: Html, main: Html, after?: Html): string => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1><bdi>${title}</bdi></h1>
${summary === undefined ? undefined : html`<p class="summary">${summary}</p>`}
${notes.length === 0 ? undefined : html`<ul class="notes" aria-label="Notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${facts.length === 0 ? undefined : html`<dl class="facts">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`}
</header>
<main>
${main}
</main>
${after}
</body>
</html>
`.text; // prettier-ignore
