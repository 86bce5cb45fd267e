import { ArgumentError, ShapeError, shapeText, unknownName } from "../errors.js";
import { callable } from "../layer.js";
import type { PartialShape } from "../shape.js";
import { readStrings, type StringTensor } from "../strings.js";
import type { Tensor } from "../tensor.js";
import { positiveInteger } from "./check.js";
import type { Documents, LookupMode, VocabularyOptions } from "./lookup.js";
import { hostMemory, type StringCall, type Strings, StringVocabularyLayer } from "./stringLayer.js";
import { ngramsOf, ngramWidths, type TextSplit, splits, splitText, standardizations, standardized } from "./text.js";
import type { TextStandardization } from "./text.js";

/** The options of `TextVectorization`. */
export interface TextVectorizationOptions extends VocabularyOptions<string> {
  /**
   * What happens to texts first: "lower_and_strip_punctuation" (the default), "lower", "strip_punctuation", or null for
   * nothing. Only letters and punctuation of ASCII are changed.
   */
  standardize?: TextStandardization | null;
  /** Where texts are split: at "whitespace" (the default), into each "character", or null: they are tokens as they are. */
  split?: TextSplit | null;
  /**
   * Which runs of tokens, joined by a space, are looked up in place of the tokens: of 1 to so many for a number, of exactly
   * so many for each number of a list; null (the tokens themselves) by default.
   */
  ngrams?: number | readonly number[] | null;
  /** "int" (the default), "multi_hot", "count" or "tf_idf"; "one_hot" only without `split` and `ngrams`. */
  outputMode?: LookupMode;
  /** With "int": the length to which rows are cut, or filled with 0; by default null, that of the longest. */
  outputSequenceLength?: number | null;
}

const own = ["standardize", "split", "ngrams", "outputSequenceLength"];

/** The class of `TextVectorization` layers, for subclasses and `instanceof`. */
export class TextVectorizationLayer extends StringVocabularyLayer {
  static override className = "TextVectorization";
  /** What happens to texts before they are split. */
  readonly standardize: TextStandardization | null;
  /** Where texts are split. */
  readonly split: TextSplit | null;
  /** The lengths of the runs of tokens that are looked up; null for the tokens themselves. */
  readonly ngrams: readonly number[] | null;
  /** The length of the rows of "int"; null for that of the longest. */
  readonly outputSequenceLength: number | null;

  constructor(options: TextVectorizationOptions = {}) {
    super(options, own, { maskToken: "", oovToken: "[UNK]", numOovIndices: 1 });
    const { standardize = standardizations[0], split = "whitespace", ngrams = null } = options;
    const { outputSequenceLength: length = null } = options;
    if (standardize !== null && !standardizations.includes(standardize)) {
      throw unknownName(this.label, "standardize", standardize, standardizations);
    }
    if (split !== null && !splits.includes(split)) throw unknownName(this.label, "split", split, splits);
    this.standardize = standardize;
    this.split = split;
    this.ngrams = ngramWidths(this.label, ngrams);
    this.outputSequenceLength = length === null ? null : positiveInteger(this.label, "outputSequenceLength", length);
    if (length !== null && this.outputMode !== "int") {
      throw new ArgumentError(`${this.label}: outputSequenceLength is for outputMode "int" alone; leave it out.`);
    }
    if (this.outputMode === "one_hot" && (split !== null || ngrams !== null)) {
      throw new ArgumentError(
        `${this.label}: outputMode "one_hot" needs split: null and ngrams: null; use "multi_hot".`,
      );
    }
  }

  /** The rows of texts as rows of tokens. */
  #tokensOf(x: StringTensor): string[][] {
    const { split, ngrams, standardize } = this;
    const texts = x.texts.map((text) => standardized(text, standardize));
    const width = split === null ? (x.shape[1] ?? 1) : 1;
    const rows = Array.from({ length: x.shape[0] }, (_, i) => texts.slice(i * width, (i + 1) * width));
    return rows.map((row) => {
      const tokens = split === null ? row : splitText(row[0], split);
      return ngrams ? ngramsOf(tokens, ngrams) : tokens;
    });
  }

  /** @internal */
  protected override documents(where: string, data: Strings, isOne: boolean): Documents<string> {
    const x = readStrings(where, data);
    this.#checkShape(x.shape);
    // Without a split, a list of texts in a batch is one sample, as in Keras.
    return this.#tokensOf(this.split === null && x.shape.length === 1 && !isOne ? x.as([1, ...x.shape]) : x);
  }

  override call([given]: Tensor[]): Tensor[] {
    const x = readStrings(this.label, given);
    const rows = this.#tokensOf(x);
    const isInt = this.outputMode === "int";
    const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
    const length = this.outputSequenceLength ?? longest;
    const shape = [rows.length, length];
    const numbers = hostMemory(shape).fill(isInt ? 0 : -1);
    rows.forEach((row, i) => numbers.set(this.numbersOf(row.slice(0, length)), i * length));
    return [this.result({ numbers, shape })];
  }

  #checkShape(x: PartialShape): void {
    const { label, split } = this;
    if (x.length === 1 || (x.length === 2 && (split === null || x[1] === 1 || x[1] === null))) return;
    const wanted = split === null ? "[batch, texts]" : "[batch] or [batch, 1], one text for each sample";
    throw new ShapeError(`${label}: expected ${wanted}, received ${shapeText(x)}.`);
  }

  /** Gives the shapes of the outputs. @throws ShapeError for shapes that the layer cannot take. */
  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    this.#checkShape(x);
    const isWhole = this.split === null && this.ngrams === null;
    const length = this.outputSequenceLength ?? (isWhole ? (x.length === 1 ? 1 : x[1]) : null);
    return super.computeOutputShape([[x[0], length]]);
  }
}

/**
 * Makes a layer that turns texts into the numbers of their words in a vocabulary: strings `[batch]` or `[batch, 1]` to
 * `[batch, outputSequenceLength]`, where 0 fills rows and 1 stands for unknown words, or to `[batch, vocabulary]` ("multi_hot",
 * "count", "tf_idf"). The vocabulary is given, or found by `await layer.adapt(texts)`.
 *
 * It is called with strings, lists of them or what `strings` makes, in a model with an `Input` of dtype "string".
 *
 * @throws ArgumentError for unknown options and modes, options that exclude each other, and for a vocabulary as
 * `setVocabulary` does.
 * @example
 * const words = TextVectorization({ outputSequenceLength: 4 });
 * await words.adapt(["a fine film", "a dull film"]);
 * words.vocabulary(); // ["", "[UNK]", "film", "a", "fine", "dull"]
 * words(["A fine, FINE cast!"]); // [[3, 4, 4, 1]]
 */
export const TextVectorization = /* @__PURE__ */ callable(TextVectorizationLayer) as unknown as (
  options?: TextVectorizationOptions,
) => TextVectorizationLayer & StringCall;
