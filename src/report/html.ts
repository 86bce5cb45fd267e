/** A text that is HTML: `html` inserts it as it is, and escapes any other text. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | readonly Part[];

/**
 * Makes HTML from a template: strings are escaped, lists joined, undefined is left out. Attributes must have double
 * quotes.
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

/** Control characters are not allowed in HTML: they become U+FFFD, as lone surrogates do in UTF-8. */
const escape = (text: string) =>
  text.replace(/[&<>"']/g, (letter) => entities[letter]).replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\ufffd");

/** A value as JSON for the script of the page; nothing in it can end its element. */
export function jsonElement(className: string, value: unknown): Html {
  const text = JSON.stringify(value).replaceAll("<", "\\u003c");
  return new Html(`<script type="application/json" class="${className}">${text}</script>`);
}
