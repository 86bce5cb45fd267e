import { ArgumentError, shown } from "../errors.js";
import { callable, type CallOptions, Layer, type LayerOptions } from "../layer.js";
import type { PartialShape } from "../shape.js";
import { readStrings, takeStrings } from "../strings.js";
import type { Tensor } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { encodedShape, type OutputMode, readMode } from "./encoding.js";
import { bucketOf, readSalt, type Salt } from "./hash.js";
import { encodeOnHost, readCall, type StringCall } from "./stringLayer.js";

/** The options of `Hashing`. */
export interface HashingOptions extends LayerOptions {
  /** How many bins there are, that of `maskValue` included. Required. */
  numBins: number;
  /** A string that has bin 0 to itself; null (none) by default. */
  maskValue?: string | null;
  /** A key, one whole number or two, with which SipHash is used; by default null, and FarmHash is used. */
  salt?: Salt | null;
  /** How the numbers of bins are given: "int" (the default), "one_hot", "multi_hot" or "count". */
  outputMode?: OutputMode;
}

/** The class of `Hashing` layers, for subclasses and `instanceof`. */
export class HashingLayer extends Layer {
  static override className = "Hashing";
  /** How many bins there are. */
  readonly numBins: number;
  /** The string that has bin 0 to itself; null for none. */
  readonly maskValue: string | null;
  /** How the numbers of bins are given. */
  readonly outputMode: OutputMode;
  readonly #binOf: (text: string) => number;

  constructor(options: HashingOptions) {
    super(options, ["numBins", "maskValue", "salt", "outputMode"]);
    this.numBins = positiveInteger(this.label, "numBins", options.numBins);
    const { maskValue = null } = options;
    if (maskValue !== null && typeof maskValue !== "string") {
      throw new ArgumentError(
        `${this.label}: maskValue ${shown(maskValue)}; expected a string, as all that is hashed.`,
      );
    }
    this.maskValue = maskValue;
    this.outputMode = readMode(this.label, options.outputMode ?? "int");
    const first = maskValue !== null && this.numBins > 1 ? 1 : 0;
    const binOf = bucketOf(this.numBins - first, readSalt(this.label, options.salt));
    this.#binOf = (text) => (first === 1 && text === maskValue ? 0 : first + binOf(text));
    takeStrings();
  }

  override apply(given: unknown, options?: CallOptions): unknown {
    return super.apply(readCall(this.label, given) as Tensor, options);
  }

  override call([x]: Tensor[]): Tensor[] {
    const numbers = Float32Array.from(readStrings(this.label, x).texts, this.#binOf);
    return [encodeOnHost(this.label, { numbers, shape: x.shape }, this.outputMode, this.numBins)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    return [encodedShape(this.label, x, this.outputMode, this.numBins)];
  }
}

/**
 * Makes a layer that puts strings into bins by a hash, the same as Keras does on TensorFlow: any shape of strings, result of
 * the same shape, or vectors as `CategoryEncoding` makes them. Whole numbers are given as texts: `String(n)` has the bin that
 * n has in Keras.
 *
 * @throws ArgumentError for a number of bins that is no whole number from 1, and for unknown options and modes.
 * @example
 * Hashing({ numBins: 3 })(["A", "B", "C"]); // [1, 0, 1]
 */
export const Hashing = /* @__PURE__ */ callable(HashingLayer) as unknown as (
  options: HashingOptions,
) => HashingLayer & StringCall;
