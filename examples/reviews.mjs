// Sentences of IMDB reviews, as words and as numbers; and what is shown of a network that has read them.
import { createRequire } from "node:module";

export const classes = ["blame", "praise"];

/** 1000 sentences, each { text, class }: 0 for blame, 1 for praise. (Kotzias et al. 2015, from the tests of the package `sentiment`.) */
export const sentences = createRequire(import.meta.url)("sentiment/test/fixtures/imdb.json").filter(
  (sentence) => sentence.class !== null,
);

export const wordsOf = (text) => text.toLowerCase().match(/[a-z']+|\d+|[!?]/g) ?? [];

/** The words that occur in at least two of the sentences, numbered from 2: 0 is padding, 1 is any other word. */
export function vocabularyOf(sentences) {
  const counts = new Map();
  for (const { text } of sentences) {
    for (const word of new Set(wordsOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const known = [...counts].filter(([, count]) => count > 1);
  return new Map(known.map(([word], i) => [word, i + 2]));
}

/** The first `length` words of a text as numbers, padded with zeros in front. */
export function numbersOf(text, vocabulary, length) {
  const numbers = wordsOf(text)
    .slice(0, length)
    .map((word) => vocabulary.get(word) ?? 1);
  return [...Array(length - numbers.length).fill(0), ...numbers];
}

/** A word on red (value -1) through black to green (1); with its value behind it where the output has no colours. */
export function coloured(word, value) {
  if (!process.stdout.hasColors?.(256) && !process.env.FORCE_COLOR) return `${word}(${value.toFixed(2)})`;
  const shade = Math.round(5 * Math.abs(value)); // in the palette's cube of 6 reds, 6 greens and 6 blues
  return `\x1b[48;5;${16 + shade * (value < 0 ? 36 : 6)}m\x1b[97m ${word} \x1b[0m`;
}

/** What a score from 0 to 1 says of a sentence, how surely, and whether it is right: "praise 0.93, right". */
export function verdictOn(score, truth) {
  const said = Number(score > 0.5);
  const probability = said ? score : 1 - score;
  return `${classes[said]} ${probability.toFixed(2)}, ${said === truth ? "right" : "wrong"}`;
}
