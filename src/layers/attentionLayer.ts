/**
 * The base of attention layers, which are called on [query, value] or [query, value, key], and the masks that they
 * share: of steps, causal, and given.
 */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import {
  type CallOptions,
  type ComputeOptions,
  Layer,
  type LayerOptions,
  type OneOrMany,
  SymbolicTensor,
} from "../layer.js";
import { toList } from "../layer/lists.js";
import { affine, equal, multiply, reshape } from "../ops/index.js";
import { type RandomStream, randomStream } from "../random.js";
import type { PartialShape } from "../shape.js";
import { tensor, Tensor } from "../tensor.js";
import { share } from "./check.js";
import { dropoutMask } from "./dropoutMask.js";

/** The inputs of a call, with the value as key where none is given. */
export interface AttentionInputs<T> {
  readonly query: T;
  readonly value: T;
  readonly key: T;
  /** Whether a key was given. */
  readonly hasKey: boolean;
  readonly attentionMask: T | undefined;
}

/** The base of attention layers. */
export abstract class AttentionLayerBase extends Layer {
  /** The share of the scores that become 0 in training. */
  readonly dropout: number;
  /** The random stream of dropout, which advances with each mask and is saved with the model. */
  random: RandomStream;

  /** @param known the names of the layer's own options. */
  constructor(options: LayerOptions & { dropout?: number; seed?: number | null }, known: readonly string[]) {
    super(options, [...known, "dropout", "seed"]);
    this.dropout = share(this.label, "dropout", options.dropout ?? 0);
    this.random = randomStream(options.seed);
  }

  /** Whether a call may be given an attention mask. */
  protected get takesAttentionMask(): boolean {
    return false;
  }

  override stepper(): string {
    return "it attends to all time steps";
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override get callOptions(): readonly string[] {
    const own = ["useCausalMask", "returnAttentionScores", ...(this.takesAttentionMask ? ["attentionMask"] : [])];
    return [...super.callOptions.filter((name) => name !== "initialState"), ...own];
  }

  /**
   * Calls the layer on [query, value] or [query, value, key]. An attention mask becomes the last of the inputs.
   * @throws ArgumentError for an attention mask that is no tensor, and as other layers do.
   */
  override apply(given: OneOrMany<Tensor> | OneOrMany<SymbolicTensor>, options: CallOptions = {}): unknown {
    const mask = (options as CallOptions | null)?.attentionMask;
    if (!(mask instanceof Tensor || mask instanceof SymbolicTensor)) {
      if (mask === undefined || mask === true) return super.apply(given, options);
      throw new ArgumentError(
        `${this.label}: attentionMask ${shown(mask)}; expected a tensor [batch, query steps, key steps].`,
      );
    }
    const inputs = [...toList<Tensor | SymbolicTensor>(given), mask];
    return super.apply(inputs as Tensor[], { ...options, attentionMask: true });
  }

  /** @internal Sorts the inputs of a call, or their shapes. @throws ShapeError where there are too few or too many. */
  inputsOf<T>(given: readonly T[], { attentionMask }: Partial<ComputeOptions> = {}): AttentionInputs<T> {
    const tensors = attentionMask ? given.slice(0, -1) : given;
    const [query, value, key = value] = tensors;
    if (tensors.length < 2 || tensors.length > 3) {
      throw new ShapeError(
        `${this.label}: expected a list [query, value] or [query, value, key], received ${tensors.length} tensors.`,
      );
    }
    return { query, value, key, hasKey: tensors.length > 2, attentionMask: attentionMask && given.at(-1) };
  }

  /** The mask of the query, which the first output has too. */
  override computeMask(_inputs: Tensor[], [mask]: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return [mask];
  }

  /** Sets scores to 0 at random in training, and divides the others by 1 - dropout. */
  protected dropScores(scores: Tensor, training: boolean): Tensor {
    if (!training || this.dropout === 0) return scores;
    return multiply(scores, dropoutMask(scores.shape, this.dropout, this.random));
  }
}

/** A mask as 1 where it is not 0, else 0. */
export const asBits = (mask: Tensor): Tensor => affine(equal(mask, 0), -1, 1);

/** A mask `[batch, steps]` of the steps of the key, for scores of so many axes: `[batch, 1, ..., steps]`. */
export const alongKeys = (mask: Tensor, rank: number): Tensor => {
  const [batch, steps] = mask.shape;
  return reshape(asBits(mask), [batch, ...new Array<number>(rank - 2).fill(1), steps]);
};

/** The product of the masks that are given; undefined where there is none. */
export const allOf = (masks: readonly (Tensor | undefined)[]): Tensor | undefined => {
  const given = masks.filter((mask) => mask !== undefined);
  return given.length > 0 ? given.reduce((a, b) => multiply(a, b)) : undefined;
};

/** 1 for pairs of a step of the query and one of the key that see each other: `[...ones, steps, key steps]`. */
export function pairMask(
  [steps, keySteps]: readonly [number, number],
  rank: number,
  sees: (step: number, keyStep: number) => boolean,
): Tensor {
  const bits = Float32Array.from({ length: steps * keySteps }, (_, i) =>
    sees(Math.floor(i / keySteps), i % keySteps) ? 1 : 0,
  );
  return tensor(bits, [...new Array<number>(rank - 2).fill(1), steps, keySteps]);
}

/** Whether a step of the query sees one of the key by a causal mask. */
export const isEarlier = (step: number, keyStep: number): boolean => keyStep <= step;

/** Whether two sizes are equal, as far as they are known. */
export const isEqual = (a: number | null, b: number | null): boolean => a === null || b === null || a === b;

/** Refuses sequences whose key and value have other numbers of samples or steps. @throws ShapeError */
export function checkSteps(label: string, value: PartialShape, key: PartialShape): void {
  if (value.length === key.length && value.slice(0, -1).every((n, i) => isEqual(n, key[i]))) return;
  throw new ShapeError(
    `${label}: value ${shapeText(value)} and key ${shapeText(key)} differ; only their last sizes may.`,
  );
}

/** Refuses an attention mask that does not repeat over scores of a shape. @throws ShapeError */
export function checkAttentionMask(label: string, mask: PartialShape, scores: PartialShape): void {
  const aligned = scores.slice(scores.length - mask.length);
  const fits = mask.length <= scores.length && mask.every((n, i) => n === null || n === 1 || aligned[i] === null || n === aligned[i]); // prettier-ignore
  if (fits) return;
  throw new ShapeError(
    `${label}: attentionMask ${shapeText(mask)} does not repeat over the scores ${shapeText(scores)}.`,
  );
}
