/** Texts of other people, such as names in files, made fit for a message or a terminal. */

/** Control characters, and the invisible ones that turn the direction of a text or break its line. */
const unprintable = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * The text with every control character written as its code, such as \u001b, and its end cut off after `maxLength`
 * letters: whatever it holds, it stays one line, and a terminal shows it and does not obey it.
 */
export function printable(text: string, maxLength = 200): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(unprintable, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
