/**
 * What layers with a vocabulary share: the vocabulary, which is given, read from a file or found by `adapt`, and the ways
 * in which its numbers are given. The layers themselves say what the tokens of their inputs are.
 */
import { log } from "../elementary.js";
import { ArgumentError, checkNumber, checkOptions, shown } from "../errors.js";
import { Layer, type LayerOptions } from "../layer.js";
import type { PartialShape } from "../shape.js";
import { isBatches } from "./adaptData.js";
import { encodedShape, type OutputMode, readMode } from "./encoding.js";

/** How the numbers of tokens are given: as of `CategoryEncoding`, or how often each comes, times its weight ("tf_idf"). */
export type LookupMode = OutputMode | "tf_idf";

/** Whole numbers from here on are not all different as 32-bit floats. */
export const firstInexact = 2 ** 24;

const modes = ["int", "one_hot", "multi_hot", "count", "tf_idf"];

/** The options of all layers with a vocabulary. */
export interface VocabularyOptions<Token> extends LayerOptions {
  /** The most tokens that the vocabulary may have, those for masked and unknown ones included; null (any) by default. */
  maxTokens?: number | null;
  /**
   * The tokens, each once, which may begin with those for masked and unknown ones; by default `adapt`, `setVocabulary` or
   * a file gives them.
   */
  vocabulary?: readonly (Token | null)[] | null;
  /** With "tf_idf": the weight of each token of `vocabulary`; null by default. */
  idfWeights?: readonly number[] | null;
  /**
   * "int" (the default: the number of each token), "one_hot" (a vector of 0 and 1 for each), "multi_hot" (one for all of a
   * sample), "count" (how often each comes in a sample) or "tf_idf" (that, times the weights of the tokens).
   */
  outputMode?: LookupMode;
  /** Whether vectors have a place for each of `maxTokens`, also where the vocabulary is shorter; false by default. */
  padToMaxTokens?: boolean;
}

/** The options of layers that look tokens up. */
export interface LookupOptions<Token> extends VocabularyOptions<Token> {
  /** How many numbers there are for tokens that are not in the vocabulary; 1 by default, 0 refuses such tokens. */
  numOovIndices?: number;
  /** The token that becomes 0 and counts nowhere, for places that are only there to fill rows; null (none) by default. */
  maskToken?: Token | null;
  /**
   * What `vocabulary()` gives for unknown tokens; `adapt` leaves it out. By default "[UNK]" for strings and -1 for numbers.
   */
  oovToken?: Token | null;
}

/** A batch of data for `adapt` as samples, each a list of tokens. */
export type Documents<Token> = readonly (readonly Token[])[];

/** What layers do with special tokens. */
export interface SpecialTokens<Token> {
  readonly maskToken: Token | null;
  readonly oovToken: Token | null;
  readonly numOovIndices: number;
  /** Whether numbers of tokens become tokens, false by default. */
  readonly invert?: boolean | undefined;
}

/** The base of layers that have a vocabulary. */
export abstract class LookupLayer<Token extends string | number, Given> extends Layer {
  /** The most tokens that the vocabulary may have; null for any number. */
  readonly maxTokens: number | null;
  /** How the numbers of tokens are given. */
  readonly outputMode: LookupMode;
  /** Whether vectors have a place for each of `maxTokens`. */
  readonly padToMaxTokens: boolean;
  /** The token of places that count nowhere; null for none. */
  readonly maskToken: Token | null;
  /** What `vocabulary()` gives for unknown tokens. */
  readonly oovToken: Token | null;
  /** How many numbers there are for tokens that are not in the vocabulary. */
  readonly numOovIndices: number;
  /** Whether numbers of tokens become tokens. */
  readonly invert: boolean;
  /** The tokens without the special ones, from `tokenStart` on; undefined before they are known. */
  #tokens: readonly Token[] | undefined;
  #places: ReadonlyMap<Token, number> = new Map();
  /** With "tf_idf" the weights of the whole vocabulary. */
  #idf: Float32Array | undefined;
  /** The length of the vectors that the layer was called for. */
  #depth: number | undefined;

  /** @param known the names of the layer's own options beside those of `VocabularyOptions`. */
  constructor(options: VocabularyOptions<Token>, known: readonly string[], special: SpecialTokens<Token>) {
    super(options, [...known, "maxTokens", "vocabulary", "idfWeights", "outputMode", "padToMaxTokens"]);
    const { maxTokens = null, outputMode = "int", padToMaxTokens = false } = options;
    const mode: string = outputMode;
    this.outputMode = (mode === "tf-idf" ? "tf_idf" : readMode(this.label, mode, modes)) as LookupMode;
    this.maxTokens =
      maxTokens === null ? null : checkNumber(this.label, "maxTokens", maxTokens, "a whole number from 2");
    this.padToMaxTokens = padToMaxTokens;
    if (padToMaxTokens && maxTokens === null) {
      throw new ArgumentError(`${this.label}: padToMaxTokens needs maxTokens, the length of the vectors.`);
    }
    this.maskToken = special.maskToken;
    this.oovToken = special.oovToken;
    this.invert = special.invert ?? false;
    this.numOovIndices = checkNumber(this.label, "numOovIndices", special.numOovIndices, "a whole number from 0");
    if (this.numOovIndices >= firstInexact) {
      throw new ArgumentError(
        `${this.label}: numOovIndices ${this.numOovIndices}; expected less than 2^24, as 32-bit floats hold the numbers.`,
      );
    }
    for (const name of ["maskToken", "oovToken"] as const) {
      if (this[name] !== null) this.checkToken(name, this[name]);
    }
    const { vocabulary = null, idfWeights = null } = options;
    if (vocabulary !== null) this.setVocabulary(vocabulary, idfWeights);
    else if (idfWeights !== null) throw new ArgumentError(`${this.label}: idfWeights without a vocabulary; give both.`);
  }

  // ── what a layer defines ─────────────────────────────────────────────────────────────────────────────────────────────

  /** @internal @throws ArgumentError for what is no token. */
  protected abstract checkToken(what: string, token: unknown): asserts token is Token;

  /** @internal Gives a batch for `adapt` as samples. @param isOne whether it is the only one, a list of samples. */
  protected abstract documents(
    where: string,
    data: Given,
    isOne: boolean,
  ): Documents<Token> | Promise<Documents<Token>>;

  // ── the vocabulary ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** @internal The first number of an unknown token: 1 where 0 is that of the mask token. */
  protected get oovStart(): number {
    return this.maskToken !== null && this.outputMode === "int" ? 1 : 0;
  }

  /** @internal The number of the first token of the vocabulary. */
  protected get tokenStart(): number {
    return this.oovStart + this.numOovIndices;
  }

  /** The tokens that the numbers below `tokenStart` stand for. */
  get #specialTokens(): (Token | null)[] {
    const { oovStart, tokenStart } = this;
    return Array.from({ length: tokenStart }, (_, i) => (i < oovStart ? this.maskToken : this.oovToken));
  }

  /** @internal The tokens without special ones, and their numbers. @throws ArgumentError where there is no vocabulary. */
  protected get tokens(): readonly Token[] {
    if (this.#tokens) return this.#tokens;
    throw new ArgumentError(`${this.label}: has no vocabulary; call adapt(data) or setVocabulary(tokens) first.`);
  }

  /** @internal The number of a token; undefined where it is not in the vocabulary. */
  protected placeOf(token: Token): number | undefined {
    return this.#places.get(token);
  }

  /** @internal The weights of all numbers with "tf_idf", with zeros up to `depth`. */
  protected get idfWeights(): Float32Array {
    const weights = new Float32Array(this.depth);
    weights.set(this.#idf ?? []);
    return weights;
  }

  /** @internal The weights of "tf_idf" as Keras's files have them; undefined for other modes, and without a vocabulary. */
  get idfToWrite(): Float32Array | undefined {
    return this.#idf && this.idfWeights;
  }

  /** @internal The length of the vectors. */
  protected get depth(): number {
    return this.padToMaxTokens ? this.maxTokens! : this.vocabularySize();
  }

  /**
   * The vocabulary: the token of each number.
   * @param options includeSpecialTokens: whether those for masked and unknown tokens come first, true by default.
   * @throws ArgumentError where there is no vocabulary yet, and for an unknown option.
   */
  vocabulary(options: { includeSpecialTokens?: boolean } = {}): (Token | null)[] {
    checkOptions(`${this.label}.vocabulary`, options, ["includeSpecialTokens"]);
    const { includeSpecialTokens = true } = options;
    return includeSpecialTokens ? [...this.#specialTokens, ...this.tokens] : [...this.tokens];
  }

  /** Counts the tokens, those for masked and unknown ones included. @throws ArgumentError where there is no vocabulary. */
  vocabularySize(): number {
    return this.tokenStart + this.tokens.length;
  }

  /**
   * Replaces the vocabulary.
   * @param vocabulary the tokens, which may begin with those for masked and unknown ones.
   * @param idfWeights with "tf_idf" the weight of each; without the special tokens, these get the mean.
   * @throws ArgumentError for tokens that come twice or are of another kind, for more than `maxTokens`, for weights where
   * none are used, and where vectors that the layer has given before would get another length; nothing changes then.
   */
  setVocabulary(vocabulary: readonly (Token | null)[], idfWeights: readonly number[] | null = null): void {
    const { label, tokenStart } = this;
    if (!Array.isArray(vocabulary) || vocabulary.length === 0) {
      throw new ArgumentError(`${label}: vocabulary ${shown(vocabulary)}; expected a list of tokens.`);
    }
    const given = vocabulary as readonly (Token | null)[];
    const hasSpecial = this.#beginsSpecially(given);
    const tokens = this.#checkTokens(hasSpecial ? given.slice(tokenStart) : given);
    this.#set(tokens, this.#readIdf(idfWeights, given.length, hasSpecial ? 0 : tokenStart));
  }

  /** Whether a list begins with all special tokens. */
  #beginsSpecially(list: readonly (Token | null)[]): boolean {
    if (this.tokenStart === 0 || this.tokenStart > list.length) return false;
    return this.#specialTokens.every((token, i) => list[i] === token);
  }

  #checkTokens(given: readonly (Token | null)[]): Token[] {
    const seen = new Set<Token>();
    for (const token of given) {
      this.checkToken("a token of the vocabulary", token);
      const isReserved = token === this.maskToken || (this.invert && token === this.oovToken);
      if (isReserved || seen.has(token)) {
        const why = isReserved ? "is a special token, which can only come first" : "comes twice in the vocabulary";
        throw new ArgumentError(`${this.label}: ${shown(token)} ${why}; give each token once.`);
      }
      seen.add(token);
    }
    return [...seen];
  }

  /** @param missing how many special tokens have no weight of their own. */
  #readIdf(weights: readonly number[] | null, length: number, missing: number): Float32Array | undefined {
    const { label, outputMode } = this;
    if ((weights !== null) !== (outputMode === "tf_idf")) {
      const advice =
        weights === null ? 'outputMode "tf_idf" needs one for each token' : 'they need outputMode "tf_idf"';
      throw new ArgumentError(`${label}: idfWeights ${weights === null ? "are missing" : "are given"}; ${advice}.`);
    }
    if (weights === null) return undefined;
    if (!Array.isArray(weights) || weights.length !== length || !weights.every(Number.isFinite)) {
      throw new ArgumentError(
        `${label}: idfWeights ${shown(weights)}; expected ${length} numbers, one for each token.`,
      );
    }
    return withMean(weights, missing);
  }

  #set(tokens: readonly Token[], idf: Float32Array | undefined): void {
    const { label, tokenStart, maxTokens } = this;
    const size = tokenStart + tokens.length;
    if (maxTokens !== null && size > maxTokens) {
      throw new ArgumentError(
        `${label}: a vocabulary of ${size} tokens (special ones included), maxTokens is ${maxTokens}.`,
      );
    }
    if (this.#depth !== undefined && !this.padToMaxTokens && this.#depth !== size) {
      throw new ArgumentError(
        `${label}: was called with vectors of ${this.#depth}, a vocabulary of ${size} needs another length; make a new layer.`,
      );
    }
    this.#tokens = tokens;
    this.#places = new Map(tokens.map((token, i) => [token, tokenStart + i]));
    this.#idf = idf;
  }

  // ── adapt ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Finds the vocabulary in data: the tokens that come most often first; of those that come equally often, the greater
   * first, as Keras sorts them. With "tf_idf" it also finds the weights, log(1 + samples / (1 + samples with the token)).
   * It replaces a vocabulary that is there.
   *
   * @param data samples in the forms that the layer itself takes, or an (async) iterable of batches of them that is no
   * array.
   * @throws ArgumentError for other data, and where vectors that the layer has given before would get another length.
   */
  async adapt(data: Given | Iterable<Given> | AsyncIterable<Given>): Promise<void> {
    const where = `${this.label}.adapt`;
    const counts = new Map<Token, number>();
    const countsOfDocuments = new Map<Token, number>();
    let numDocuments = 0;
    const count = (documents: Documents<Token>) => {
      numDocuments += documents.length;
      for (const tokens of documents) {
        for (const token of tokens) raise(counts, token);
        for (const token of new Set(tokens)) raise(countsOfDocuments, token);
      }
    };
    if (isBatches<Given>(data)) for await (const batch of data) count(await this.documents(where, batch, false));
    else count(await this.documents(where, data, true));
    for (const token of [this.maskToken, this.oovToken]) if (token !== null) counts.delete(token);
    const { maxTokens, tokenStart } = this;
    const sorted = [...counts].sort(([a, n], [b, m]) => m - n || compareTokens(b, a)).map(([token]) => token);
    const tokens = maxTokens === null ? sorted : sorted.slice(0, maxTokens - tokenStart);
    const weightOf = (token: Token) => log(1 + numDocuments / (1 + countsOfDocuments.get(token)!));
    this.#set(tokens, this.outputMode === "tf_idf" ? withMean(tokens.map(weightOf), tokenStart) : undefined);
  }

  // ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    const { outputMode } = this;
    if (outputMode === "int") return [x];
    this.#depth = this.depth;
    return [encodedShape(this.label, x, outputMode === "tf_idf" ? "count" : outputMode, this.#depth)];
  }

  /** The options with the vocabulary as it is now. */
  override getConfig(): Record<string, unknown> {
    const tokens = this.#tokens;
    // One that adapt found empty, without special tokens, is none: a list that is given has tokens.
    if (!tokens || this.vocabularySize() === 0) return super.getConfig();
    // Without the special tokens, as Keras writes what it was given, unless they have weights, or it would be misread.
    const isPlain = tokens.length > 0 && !this.#idf && !this.#beginsSpecially(tokens);
    const idfWeights = this.#idf && { idfWeights: [...this.#idf] };
    return { ...super.getConfig(), vocabulary: this.vocabulary({ includeSpecialTokens: !isPlain }), ...idfWeights };
  }
}

/** Weights, with their mean for the special tokens before them. */
function withMean(weights: readonly number[], missing: number): Float32Array {
  const rounded = Float32Array.from(weights);
  const mean = rounded.reduce((sum, weight) => sum + weight, 0) / (rounded.length || 1);
  return Float32Array.from([...new Array<number>(missing).fill(mean), ...rounded]);
}

const raise = <Token>(counts: Map<Token, number>, token: Token): void =>
  void counts.set(token, (counts.get(token) ?? 0) + 1);

/** Numbers by size; texts by their code points, which is the order of their bytes in UTF-8. */
function compareTokens(a: string | number, b: string | number): number {
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  // Where the halves of a pair differ, the pair begins before.
  if (i > 0 && /[\udc00-\udfff]/.test((a[i] ?? "") + (b[i] ?? "")) && /[\ud800-\udbff]/.test(a[i - 1])) i--;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}
