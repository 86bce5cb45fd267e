import { ArgumentError, shown } from "../errors.js";
import { callable } from "../layer.js";
import { abs, add, affine, equal, gather, greater, multiply, reshape, subtract } from "../ops/index.js";
import { where } from "../ops/where.js";
import { takeStrings } from "../strings.js";
import { Tensor, tensor, zeros } from "../tensor.js";
import { type AdaptData, hostNumbers } from "./adaptData.js";
import { encode } from "./encoding.js";
import { type Documents, firstInexact, LookupLayer, type LookupOptions } from "./lookup.js";

/** The options of `IntegerLookup`. */
export interface IntegerLookupOptions extends LookupOptions<number> {
  /** Whether numbers of tokens become tokens, where `oovToken` stands for all others; false by default. */
  invert?: boolean;
}

/** The class of `IntegerLookup` layers, for subclasses and `instanceof`. */
export class IntegerLookupLayer extends LookupLayer<number, AdaptData> {
  static override className = "IntegerLookup";

  constructor(options: IntegerLookupOptions = {}) {
    const { maskToken = null, oovToken = -1, numOovIndices = 1, invert } = Object(options) as IntegerLookupOptions;
    const own = ["maskToken", "oovToken", "numOovIndices", "invert"];
    super(options, own, { maskToken, oovToken, numOovIndices, invert });
    takeStrings();
    if (!this.invert || this.outputMode === "int") return;
    throw new ArgumentError(`${this.label}: invert gives tokens, for which outputMode must be "int".`);
  }

  /** @internal */
  protected override checkToken(what: string, token: unknown): asserts token is number {
    if (Number.isInteger(token) && Math.abs(token as number) < firstInexact) return;
    throw new ArgumentError(
      `${this.label}: ${what} is ${shown(token)}; expected a whole number below 2^24, as 32-bit floats hold it; give others as strings to StringLookup.`,
    );
  }

  /** @internal */
  protected override async documents(where: string, given: AdaptData, isOne: boolean): Promise<Documents<number>> {
    const { data, shape } = await hostNumbers(where, given);
    const numbers = Array.from(data);
    for (const number of numbers) this.checkToken("a number in the data", number);
    if (shape.length < 2) return isOne ? numbers.map((number) => [number]) : [numbers];
    const width = numbers.length / shape[0];
    return Array.from({ length: shape[0] }, (_, i) => numbers.slice(i * width, (i + 1) * width));
  }

  /** @internal Refuses numbers that a tensor would not hold exactly, where a model is given them. @throws ArgumentError */
  checkInput(given: unknown): void {
    if (given instanceof Tensor) return;
    const { data = given } = Object(given) as { data?: unknown };
    const check = (part: unknown, depth: number): void => {
      const number = typeof part === "bigint" ? Number(part) : part;
      const isList = Array.isArray(part) || (ArrayBuffer.isView(part) && !(part instanceof DataView));
      if (isList && depth < 99) for (const item of part as unknown[]) check(item, depth + 1);
      else if (typeof number === "number" && !(Math.abs(number) < firstInexact))
        this.checkToken("a number in the data", number);
    };
    check(data, 0);
  }

  override call([x]: Tensor[]): Tensor[] {
    const numbers = reshape(
      this.invert ? this.#tokensAt(reshape(x, [x.size])) : this.#numbersOf(reshape(x, [x.size])),
      x.shape,
    );
    const { outputMode } = this;
    if (outputMode !== "tf_idf") return [encode(numbers, outputMode, outputMode === "int" ? 1 : this.depth)];
    return [multiply(encode(numbers, "count", this.depth), tensor(this.idfWeights))];
  }

  /** The tokens of numbers [size]; those of the vocabulary's special places and outside of it are `oovToken`. */
  #tokensAt(x: Tensor): Tensor {
    const unknown = this.oovToken ?? NaN;
    const tokens = [...new Array<number>(this.tokenStart).fill(unknown), ...this.tokens];
    if (this.maskToken !== null) tokens[0] = this.maskToken;
    const isInside = multiply(greater(x, -1), greater(tokens.length, x));
    return where(isInside, gather(tensor(tokens), multiply(isInside, x)), tensor([unknown]));
  }

  /** The numbers of tokens [size], which are found in the sorted vocabulary by halving. */
  #numbersOf(x: Tensor): Tensor {
    const isInt = this.outputMode === "int";
    const entries = this.tokens.map((token): [number, number] => [token, this.placeOf(token)!]);
    if (this.maskToken !== null) entries.push([this.maskToken, isInt ? 0 : -1]);
    entries.sort(([a], [b]) => a - b);
    let length = 1;
    while (length < entries.length + 1) length *= 2;
    const table = (first: number, of: (i: number) => number | undefined, rest: number) =>
      tensor(Float32Array.from({ length: length + 1 }, (_, i) => (i === 0 ? first : (of(i - 1) ?? rest))));
    const tokens = table(NaN, (i) => entries[i]?.[0], Infinity);
    const places = table(0, (i) => entries[i]?.[1], 0);
    let count = zeros([x.size]); // how many tokens are at most x
    for (let step = length / 2; step >= 1; step /= 2) {
      const isBeyond = greater(gather(tokens, affine(count, 1, step)), x);
      count = add(count, affine(isBeyond, -step, step));
    }
    const isKnown = multiply(equal(gather(tokens, count), x), greater(Infinity, x));
    return where(isKnown, gather(places, count), this.#numbersOfUnknown(x));
  }

  /** The remainders of unknown tokens, as in Keras; NaN where unknown tokens have no number, or are no exact whole numbers. */
  #numbersOfUnknown(x: Tensor): Tensor {
    const { numOovIndices, oovStart } = this;
    if (numOovIndices < 2) return tensor([numOovIndices === 1 ? oovStart : NaN]);
    /** Subtracts last * 2^n, ..., last * 2, last wherever they fit, which together are less than twice the limit. */
    const remainderOf = (from: Tensor, limit: number, last: number) => {
      let rest = from;
      let part = last;
      while (part <= limit / 2) part *= 2;
      for (; part >= last; part /= 2) {
        rest = subtract(rest, affine(greater(part, rest), -part, part));
      }
      return rest;
    };
    const size = abs(x);
    const rest = remainderOf(size, firstInexact, numOovIndices);
    const isExact = multiply(greater(firstInexact, size), equal(remainderOf(rest, numOovIndices, 1), 0));
    const isTurned = multiply(greater(0, x), greater(rest, 0));
    const remainder = where(isTurned, affine(rest, -1, numOovIndices), rest);
    return where(isExact, affine(remainder, 1, oovStart), tensor([NaN]));
  }
}

/**
 * Makes a layer that gives the number of each whole number in a vocabulary: first come the numbers of masked and of unknown
 * ones, as of the options. Any shape, result of the same shape, or vectors as of `outputMode`: `[batch, numbers]` to
 * `[batch, vocabulary]` ("multi_hot", "count", "tf_idf").
 *
 * Tensors hold whole numbers exactly below 2^24; greater ones cannot be in the vocabulary, and are refused where a model that
 * begins with the layer is given them as arrays. Where `numOovIndices` is 0, an unknown number gives NaN, and where it is
 * above 1, one that is not whole.
 *
 * @throws ArgumentError for unknown options and modes, and for a vocabulary as `setVocabulary` does.
 * @example
 * const lookup = IntegerLookup({ vocabulary: [12, 36, 1138] });
 * lookup(tensor([[1138, 12], [7, 36]])); // [[3, 1], [0, 2]]
 */
export const IntegerLookup = /* @__PURE__ */ callable(IntegerLookupLayer);
