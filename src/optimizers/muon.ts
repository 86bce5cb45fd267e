/** Muon. */
import { ArgumentError, checkNumbers, shown } from "../errors.js";
import { Optimizer } from "../optimizer.js";
import { add, affine, divide, matMul, sqrt, square, subtract, sum, transpose } from "../ops/index.js";
import type { Shape } from "../shape.js";
import { type Tensor, Variable } from "../tensor.js";
import { adamRate } from "./adam.js";
import type { BuiltInOptimizerOptions } from "./extension.js";
import { optimizerFactory } from "./factory.js";

/** The options of `Muon`; the learning rate is 0.001 and the weight decay 0.004 by default. */
export interface MuonOptions extends BuiltInOptimizerOptions {
  /** The decay rate of AdamW's mean of the gradients, 0.9 by default. */
  adamBeta1?: number;
  /** The decay rate of AdamW's mean of the squared gradients, 0.999 by default. */
  adamBeta2?: number;
  /** The weight decay of the weights that AdamW updates, 0.004 by default. */
  adamWeightDecay?: number | null;
  /** The number that AdamW adds to the square root, 1e-7 by default. */
  epsilon?: number;
  /** Parts of the names of weights that AdamW is to update, none by default. */
  excludeLayers?: readonly string[];
  /** Whether AdamW updates the weights with "embedding" in their names, true by default. */
  excludeEmbeddings?: boolean;
  /** The factor of x in the iteration that makes a step orthogonal, 3.4445 by default. */
  muonA?: number;
  /** The factor of x x' x, -4.775 by default. */
  muonB?: number;
  /** The factor of x x' x x' x, 2.0315 by default. */
  muonC?: number;
  /** The factor of the learning rate for AdamW, 1 by default. */
  adamLrRatio?: number;
  /** The factor with which the last sum of gradients is kept, 0.95 by default. */
  momentum?: number;
  /** The number of iterations that make a step orthogonal, 5 by default. */
  nsSteps?: number;
  /** Whether the gradient is applied after the momentum's step, true by default. */
  nesterov?: boolean;
  /** The factor of the step, with the root of the larger size of the weight; null for none, 0.2 by default. */
  rmsRate?: number | null;
}

const factors = ["muonA", "muonB", "muonC", "adamLrRatio"] as const;
const optionNames = [
  ...(["adamBeta1", "adamBeta2", "adamWeightDecay", "epsilon", "excludeLayers", "excludeEmbeddings"] as const),
  ...factors,
  ...(["momentum", "nsSteps", "nesterov", "rmsRate"] as const),
] as const;

class MuonOptimizer extends Optimizer {
  override readonly interleaved = 2;
  readonly #options: MuonOptions;

  constructor(options: MuonOptions) {
    // The weights decay in `update`, because the two rules have decays of their own.
    super("Muon", { ...options, weightDecay: undefined }, 1e-3, optionNames, ["momentum", "velocity"]);
    checkNumbers("Muon", options, "a number from 0, below 1", ["adamBeta1", "adamBeta2"]);
    checkNumbers("Muon", options, "a finite number", factors);
    checkNumbers("Muon", options, "a whole number from 0", ["nsSteps"]);
    const { weightDecay, adamWeightDecay, rmsRate, excludeLayers = [] } = options;
    const given = { weightDecay, adamWeightDecay: adamWeightDecay ?? undefined, rmsRate: rmsRate ?? undefined };
    checkNumbers("Muon", given, "a number from 0", ["weightDecay", "adamWeightDecay", "rmsRate"]);
    if (!Array.isArray(excludeLayers) || excludeLayers.some((part) => typeof part !== "string")) {
      throw new ArgumentError(`Muon: excludeLayers ${shown(excludeLayers)}; expected a list of texts.`);
    }
    this.#options = options;
  }

  override getConfig(): MuonOptions {
    const { weightDecay } = this.#options;
    return { ...super.getConfig(), ...(weightDecay !== undefined && { weightDecay }) };
  }

  /** Whether AdamW updates a weight: all that are no matrices, and those that the options leave out. */
  #isForAdam(weight: Tensor): boolean {
    const { excludeEmbeddings = true, excludeLayers = [] } = this.#options;
    const name = weight instanceof Variable ? weight.name : "";
    return (
      weight.shape.length !== 2 ||
      (excludeEmbeddings && name.toLowerCase().includes("embedding")) ||
      excludeLayers.some((part) => name.includes(part))
    );
  }

  override slotShape(name: string, weight: Tensor): Shape {
    return name === "velocity" && !this.#isForAdam(weight) ? [] : weight.shape;
  }

  override countParams(): number {
    const absent = [...this.slots.keys()].filter((weight) => !this.#isForAdam(weight)).length;
    return super.countParams() - absent;
  }

  protected override update(w: Tensor, [m, v]: readonly Variable[], g: Tensor, learningRate: number): void {
    const { kernels } = w.backend;
    const { weightDecay = 0.004, adamWeightDecay = 0.004, momentum = 0.95, nesterov = true } = this.#options;
    const isForAdam = this.#isForAdam(w);
    const decay = (isForAdam ? adamWeightDecay : weightDecay) ?? 0;
    if (decay !== 0) kernels.affine(w.buffer, w.buffer, 1 - decay * learningRate, 0);
    if (isForAdam) {
      const { adamBeta1: beta1 = 0.9, adamBeta2: beta2 = 0.999, epsilon = 1e-7, adamLrRatio = 1 } = this.#options;
      const alpha = adamRate(learningRate * adamLrRatio, beta1, beta2, this.updates + 1);
      kernels.adam(w.buffer, m.buffer, v.buffer, g.buffer, { alpha, beta1, beta2, epsilon });
      return;
    }
    this.assign(m, add(affine(m, momentum), g));
    const direction = this.#orthogonal(nesterov ? add(g, affine(m, momentum)) : m);
    const { rmsRate = 0.2 } = this.#options;
    const scale = rmsRate === null ? 1 : Math.sqrt(Math.max(...w.shape)) * rmsRate;
    this.assign(w, subtract(w, affine(direction, learningRate * scale)));
  }

  /** A matrix with the same singular vectors whose singular values are near 1, by the iteration of Newton and Schulz. */
  #orthogonal(matrix: Tensor): Tensor {
    const { muonA = 3.4445, muonB = -4.775, muonC = 2.0315, nsSteps = 5 } = this.#options;
    const isTall = matrix.shape[0] > matrix.shape[1];
    let x = isTall ? transpose(matrix) : matrix;
    x = divide(x, affine(sqrt(sum(square(x))), 1, 1e-7));
    for (let i = 0; i < nsSteps; i++) {
      const gram = matMul(x, transpose(x));
      const polynomial = add(affine(gram, muonB), matMul(affine(gram, muonC), gram));
      x = add(affine(x, muonA), matMul(polynomial, x));
    }
    return isTall ? transpose(x) : x;
  }
}

export const Muon = /* @__PURE__ */ optimizerFactory<MuonOptions>(
  "Muon",
  (options) => new MuonOptimizer(options),
  optionNames,
);
