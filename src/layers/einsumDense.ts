import { type ActivationOption, type ActivationParts, getActivation } from "../activations/table.js";
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import type { Initializer } from "../initializers.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { add } from "../ops/index.js";
import { einsum } from "../ops/einsum.js";
import { elements, type PartialShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

/** The options of `EinsumDense`. */
export interface EinsumDenseOptions extends LayerOptions, WeightOptions<"kernel" | "bias"> {
  /**
   * The axes of x, of the kernel and of the result, a letter for each: "abc,cd->abd". The first axis of x and of the
   * result is the batch. "...": any number of axes, at the beginning or end of both x and the result. Required.
   */
  equation: string;
  /** The sizes of the result without the batch and without "..."; null for one that x has. Required. */
  outputShape: number | PartialShape;
  /** The letters of the axes of the result that a bias has; no bias by default. */
  biasAxes?: string | null;
  /** The activation function of the result, a name or a function; "linear" by default. */
  activation?: ActivationOption | null;
}

/** An equation for tensors of a certain rank, with the sizes of all its axes. */
interface Plan {
  /** Without "...", for `einsum`. */
  readonly equation: string;
  readonly kernel: PartialShape;
  readonly bias: PartialShape | undefined;
  readonly output: PartialShape;
  /** The sizes of the kernel's axes that are summed, and of the others. */
  readonly fans: readonly [inputs: PartialShape, outputs: PartialShape];
}

/** The class of `EinsumDense` layers, for subclasses and `instanceof`. */
export class EinsumDenseLayer extends Layer {
  static override className = "EinsumDense";
  /** The axes of x, of the kernel and of the result. */
  readonly equation: string;
  /** The sizes of the result without the batch and without "...". */
  readonly outputShape: PartialShape;
  /** The letters of the axes that the bias has; undefined without a bias. */
  readonly biasAxes: string | undefined;
  /** The activation function. */
  readonly activation: ActivationParts;
  readonly #parts: { x: string; kernel: string; out: string; elided: "" | "left" | "right" };
  readonly #kernel: WeightRules;
  readonly #bias: WeightRules;
  readonly #isByFan: boolean;
  /** The weights, with the axes that the equation names. */
  kernel!: Variable;
  /** The bias; undefined without `biasAxes`. */
  bias: Variable | undefined;

  constructor(options: EinsumDenseOptions) {
    super(options, ["equation", "outputShape", "biasAxes", "activation", ...weightOptions("kernel", "bias")]);
    this.equation = options.equation;
    this.#parts = readEquation(this.label, options.equation);
    this.outputShape = readOutputShape(this.label, options.outputShape);
    this.biasAxes = options.biasAxes ?? undefined;
    this.activation = getActivation(this.label, options.activation);
    this.#kernel = weightRules(this.label, options, "kernel", "glorotUniform");
    this.#bias = weightRules(this.label, options, "bias", "zeros");
    this.#isByFan = isByFan(options.kernelInitializer ?? "glorotUniform");
    const { out } = this.#parts;
    const axes: unknown = this.biasAxes ?? out;
    if (typeof axes !== "string" || axes === "" || [...axes].some((letter) => !out.includes(letter))) {
      throw new ArgumentError(
        `${this.label}: biasAxes ${shown(this.biasAxes)}; expected letters of the result "${out}".`,
      );
    }
  }

  override build([shape]: PartialShape[]): void {
    const { kernel, bias, fans } = this.planFor(shape);
    const [inputs, outputs] = fans.map((sizes) => sizeOf(sizes as Shape));
    // Initializers by fan count the axes that are summed as inputs and the others as outputs, wherever they lie.
    const initializer = this.#isByFan ? () => this.#kernel.initializer([inputs, outputs]) : this.#kernel.initializer;
    this.kernel = this.addWeight("kernel", kernel as Shape, { ...this.#kernel, initializer });
    if (bias) this.bias = this.addWeight("bias", bias as Shape, this.#bias);
  }

  override call([x]: Tensor[]): Tensor[] {
    const y = einsum(this.planFor(x.shape).equation, x, this.kernel);
    return [this.activation.apply(this.bias ? add(y, this.bias) : y)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    const { kernel, bias, output } = this.planFor(x);
    if ([...kernel, ...(bias ?? [])].includes(null)) {
      throw new ShapeError(
        `${this.label}: the sizes that "${this.equation}" gives to weights must be known in ${shapeText(x)} and outputShape ${shapeText(this.outputShape)}.`,
      );
    }
    if (this.built && shapeText(kernel) !== shapeText(this.kernel.shape)) {
      throw new ShapeError(
        `${this.label}: was built with a kernel ${shapeText(this.kernel.shape)}, received ${shapeText(x)}.`,
      );
    }
    return [output];
  }

  override macs([x]: PartialShape[], [y]: PartialShape[]): number {
    return elements(y.slice(1)) * elements(this.planFor(x).fans[0]);
  }

  /** @internal The equation as it is for x: letters in place of "...", and the sizes of all axes. @throws ShapeError */
  planFor(x: PartialShape): Plan {
    const { x: own, kernel: weight, out, elided } = this.#parts;
    const count = x.length - own.length;
    if (elided ? count < 0 : count !== 0) {
      throw new ShapeError(`${this.label}: expected the axes "${this.equation}", received ${shapeText(x)}.`);
    }
    const free = unusedLetters(own + weight + out, count);
    const whole = (letters: string) =>
      elided === "left" ? free + letters : elided === "right" ? letters + free : letters;
    const [ofX, ofY] = [whole(own), whole(out)];
    const sizes = new Map<string, number | null>([...ofX].map((letter, i) => [letter, x[i]]));
    const wanted = [...ofY].slice(1).filter((letter) => !free.includes(letter));
    if (wanted.length !== this.outputShape.length) {
      throw new ShapeError(
        `${this.label}: outputShape ${shapeText(this.outputShape)}; expected ${wanted.length} sizes, for "${wanted.join("")}".`,
      );
    }
    wanted.forEach((letter, i) => {
      const [given, known] = [this.outputShape[i], sizes.get(letter)];
      if (given !== null && known != null && given !== known) {
        throw new ShapeError(
          `${this.label}: outputShape ${shapeText(this.outputShape)} and ${shapeText(x)} differ at "${letter}".`,
        );
      }
      sizes.set(letter, given ?? known ?? null);
    });
    const of = (letters: string | readonly string[]) => [...letters].map((letter) => sizes.get(letter) ?? null);
    const isOut = (letter: string) => ofY.includes(letter);
    const inner = [...weight].filter((letter) => !isOut(letter));
    return {
      equation: `${ofX},${weight}->${ofY}`,
      kernel: of(weight),
      bias: this.#biasShape(out, of, elided === "right" ? count : 0),
      output: of(ofY),
      fans: [of(inner), of([...weight].filter(isOut))],
    };
  }

  /** The axes from the first with a bias on, of size 1 where there is none. */
  #biasShape(out: string, of: (letters: string) => PartialShape, behind: number): PartialShape | undefined {
    const { biasAxes } = this;
    if (biasAxes === undefined) return undefined;
    const first = Math.min(...[...biasAxes].map((letter) => out.indexOf(letter)));
    const sizes = of(out).map((size, i) => (biasAxes.includes(out[i]) ? size : 1));
    return [...sizes.slice(first), ...new Array<number>(behind).fill(1)];
  }
}

function readEquation(label: string, equation: unknown) {
  const form = /^(\.\.\.)?([a-z]+)(\.\.\.)?,([a-z]+)->(\.\.\.)?([a-z]+)(\.\.\.)?$/i;
  const [, left, x, right, kernel, left2, out, right2] = (typeof equation === "string" && form.exec(equation)) || [];
  const isOnce = (letters: string) => new Set(letters).size === letters.length;
  const isRight = left === left2 && right === right2 && !(left && right);
  const isKnown = (letters: string, known: string) => [...letters].every((letter) => known.includes(letter));
  if (x && isRight && [x, kernel, out].every(isOnce) && isKnown(kernel, x + out) && isKnown(out, x + kernel)) {
    return { x, kernel, out, elided: left ? "left" : right ? "right" : "" } as const;
  }
  throw new ArgumentError(
    `${label}: equation ${shown(equation)}; expected "abc,cd->abd", "...ab,bc->...ac" or "ab...,bc->ac...", each letter once in each.`,
  );
}

function readOutputShape(label: string, given: unknown): PartialShape {
  const sizes = typeof given === "number" ? [given] : given;
  const isSize = (size: unknown) => size === null || (Number.isSafeInteger(size) && (size as number) >= 1);
  if (Array.isArray(sizes) && sizes.every(isSize)) return sizes as PartialShape;
  throw new ArgumentError(`${label}: outputShape ${shown(given)}; expected whole numbers from 1, or null.`);
}

/** So many letters that are not among the used ones. */
const unusedLetters = (used: string, count: number): string =>
  [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    .filter((letter) => !used.includes(letter))
    .slice(0, count)
    .join("");

/** Whether the values of an initializer depend on the numbers of inputs and outputs alone. */
const isByFan = (initializer: Initializer): boolean => {
  const name = typeof initializer === "string" ? initializer : (initializer as { className?: unknown }).className;
  return typeof name === "string" && /glorot|^he|lecun|variance/i.test(name);
};

/**
 * Makes a layer that computes activation(x kernel + bias), a sum of products over the axes that `equation` says: with
 * "abc,cd->abd" that of Dense on sequences, with "abc,cde->abde" several vectors for each step. Weights: kernel with the
 * axes of the equation ("glorotUniform" by default), bias ("zeros") with the axes of the result from the first of
 * `biasAxes` on, of size 1 where these lack one.
 *
 * @throws ArgumentError for another form of equation or sizes that are no whole numbers, and for unknown names.
 * @example
 * const y = EinsumDense({ equation: "abc,cde->abde", outputShape: [null, 4, 8], biasAxes: "de" })(x);
 */
export const EinsumDense = /* @__PURE__ */ callable(EinsumDenseLayer);
