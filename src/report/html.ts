/** Text that is HTML already; any other text is escaped where it meets `html`. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | readonly Part[];

/** HTML with values in it: strings are escaped, lists joined, undefined is nothing. Attributes must stand in double quotes. */
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

/** Control characters have no place in HTML: they become U+FFFD, as lone surrogates do when the text is written as UTF-8. */
const escape = (text: string) =>
  text.replace(/[&<>"']/g, (letter) => entities[letter]).replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\ufffd");

/** A value for a page's script to read: nothing in it ends the element that it stands in. */
export function jsonElement(className: string, value: unknown): Html {
  const text = JSON.stringify(value).replaceAll("<", "\\u003c");
  return new Html(`<script type="application/json" class="${className}">${text}</script>`);
}
