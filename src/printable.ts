/** Texts of other people, such as names in files, made fit for a message or a terminal. */

/** Control characters, invisible ones, such as those that turn the direction of a text, ends of lines, halves of letters. */
const unprintable = /[\p{C}\u2028\u2029]/gu;

/**
 * The text with every control character written as its code, such as \u001b, and what it has beyond `maxLength` letters
 * left out, but for the last `end` letters: whatever it holds, it stays one line, and a terminal shows it and does not
 * obey it.
 */
export const printable = (text: string, maxLength = 200, end = 0): string =>
  (text.length > maxLength ? `${text.slice(0, maxLength - end)}…${text.slice(text.length - end)}` : text).replace(
    unprintable,
    (letter) => `\\u${letter.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );

/** A name or path as it stands in messages: on one line, not cut off. */
export const printableName = (name: string): string => printable(name, Infinity);
