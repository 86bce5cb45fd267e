/** A text that is HTML: `html` inserts it as it is, and escapes any other text. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | readonly Part[];

/**
 * Makes HTML from a template: strings are escaped, and cut after a thousand letters, lists joined, undefined is left out.
 * Attributes must have double quotes.
 */
export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(strings.map((text, i) => text + partText(values[i])).join(""));
}

function partText(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(partText).join("");
  return escape(String(part));
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Control characters are not allowed in HTML, and those that turn the direction of a text would disguise what a name is:
 * they become U+FFFD, as lone surrogates do in UTF-8.
 */
const hidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const escape = (text: string) =>
  (text.length > 1000 ? `${text.slice(0, 1000)}…` : text)
    .replace(/[&<>"']/g, (letter) => entities[letter])
    .replace(hidden, "\ufffd");

/** A value as JSON for the script of the page; nothing in it can end its element. */
export function jsonElement(className: string, value: unknown): Html {
  const text = JSON.stringify(value).replaceAll("<", "\\u003c").replace(hidden, "\ufffd");
  return new Html(`<script type="application/json" class="${className}">${text}</script>`);
}
