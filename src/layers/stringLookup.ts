import { ArgumentError, shown } from "../errors.js";
import { callable } from "../layer.js";
import { readStrings } from "../strings.js";
import type { Tensor } from "../tensor.js";
import { bucketOf, readSalt, type Salt } from "./hash.js";
import type { Documents, LookupOptions } from "./lookup.js";
import { type StringCall, type Strings, StringVocabularyLayer } from "./stringLayer.js";

/** The options of `StringLookup`. */
export interface StringLookupOptions extends LookupOptions<string> {
  /**
   * With several `numOovIndices`: a key, one whole number or two, with which unknown strings are put to them by SipHash; by
   * default null, and it is done by FarmHash, as in Keras.
   */
  salt?: Salt | null;
}

/** The class of `StringLookup` layers, for subclasses and `instanceof`. */
export class StringLookupLayer extends StringVocabularyLayer {
  static override className = "StringLookup";
  readonly #bucketOf: (text: string) => number;

  constructor(options: StringLookupOptions = {}) {
    const { maskToken = null, oovToken = "[UNK]", numOovIndices = 1 } = Object(options) as StringLookupOptions;
    super(options, ["maskToken", "oovToken", "numOovIndices", "salt"], { maskToken, oovToken, numOovIndices });
    this.#bucketOf = bucketOf(numOovIndices, readSalt(this.label, options.salt));
  }

  /** @internal */
  protected override numberOfUnknown(text: string): number {
    const { numOovIndices } = this;
    if (numOovIndices === 0) {
      throw new ArgumentError(
        `${this.label}: ${shown(text)} is not in the vocabulary, and numOovIndices is 0; give unknown strings a number with 1.`,
      );
    }
    return this.oovStart + (numOovIndices === 1 ? 0 : this.#bucketOf(text));
  }

  /** @internal */
  protected override documents(where: string, data: Strings, isOne: boolean): Documents<string> {
    const { texts, shape } = readStrings(where, data);
    if (shape.length < 2) return isOne ? texts.map((text) => [text]) : [texts];
    const width = texts.length / shape[0];
    return Array.from({ length: shape[0] }, (_, i) => texts.slice(i * width, (i + 1) * width));
  }

  override call([x]: Tensor[]): Tensor[] {
    const { texts } = readStrings(this.label, x);
    return [this.result({ numbers: this.numbersOf(texts), shape: x.shape })];
  }
}

/**
 * Makes a layer that gives the number of each string in a vocabulary: first come the numbers of masked and of unknown
 * strings, as of the options. Any shape of strings, result of the same shape, or vectors as of `outputMode`:
 * `[batch, strings]` to `[batch, vocabulary]` ("multi_hot", "count", "tf_idf").
 *
 * It is called with strings, nested lists of them or what `strings` makes, in a model with an `Input` of dtype "string".
 * There is no `invert`: `layer.vocabulary()[number]` is the string of a number.
 *
 * @throws ArgumentError for unknown options and modes, and for a vocabulary as `setVocabulary` does.
 * @example
 * const lookup = StringLookup({ vocabulary: ["red", "green", "blue"] });
 * lookup([["blue", "red"], ["violet", "green"]]); // [[3, 1], [0, 2]]
 */
export const StringLookup = /* @__PURE__ */ callable(StringLookupLayer) as unknown as (
  options?: StringLookupOptions,
) => StringLookupLayer & StringCall;
