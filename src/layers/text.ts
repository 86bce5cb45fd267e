/** How texts become tokens. All is as TensorFlow does it: letters are lowered, and whitespace is found, in ASCII alone. */
import { ArgumentError, shown } from "../errors.js";

/** What happens to texts before they are split. */
export type TextStandardization = "lower_and_strip_punctuation" | "lower" | "strip_punctuation";
/** Where texts are split. */
export type TextSplit = "whitespace" | "character";

export const standardizations: readonly TextStandardization[] = [
  "lower_and_strip_punctuation",
  "lower",
  "strip_punctuation",
];
export const splits: readonly TextSplit[] = ["whitespace", "character"];

const lower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const stripPunctuation = (text: string): string => text.replace(/[!-/:-@[-`{-~]+/g, "");

/** Gives a text without what makes no difference. */
export function standardized(text: string, how: TextStandardization | null): string {
  const lowered = how === "lower" || how === "lower_and_strip_punctuation" ? lower(text) : text;
  return how === "strip_punctuation" || how === "lower_and_strip_punctuation" ? stripPunctuation(lowered) : lowered;
}

/** Gives the parts of a text: its words, or its characters (code points). */
export const splitText = (text: string, split: TextSplit): string[] =>
  split === "character" ? [...text] : (text.match(/[^ \t-\r]+/g) ?? []);

/** Gives all runs of so many tokens, joined by spaces: those of the first width, then those of the next. */
export const ngramsOf = (tokens: readonly string[], widths: readonly number[]): string[] =>
  widths.flatMap((width) =>
    Array.from({ length: Math.max(0, tokens.length - width + 1) }, (_, i) => tokens.slice(i, i + width).join(" ")),
  );

/** Gives the widths of n-grams: a number stands for all from 1 to it. @throws ArgumentError */
export function ngramWidths(label: string, ngrams: unknown): readonly number[] | null {
  if (ngrams === null) return null;
  const isNumber = typeof ngrams === "number" && ngrams < 100;
  const widths: unknown = isNumber ? Array.from({ length: Math.max(0, ngrams) }, (_, i) => i + 1) : ngrams;
  const isWidth = (width: unknown) => Number.isInteger(width) && Number(width) >= 1 && Number(width) < 100;
  const isList = Array.isArray(widths) && widths.length > 0 && widths.every(isWidth);
  if (isList && (!isNumber || Number.isInteger(ngrams))) return widths as number[];
  throw new ArgumentError(
    `${label}: ngrams ${shown(ngrams)}; expected a whole number from 1 to 99, or a list of such.`,
  );
}
