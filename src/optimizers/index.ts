/**
 * The public names of the optimizers; their docstrings say what each computes (as in Keras). See ../losses/index.ts for why they
 * are constants of this file.
 */
import * as base from "../optimizer.js";
import * as adafactor from "./adafactor.js";
import * as adagrad from "./adagrad.js";
import * as adamLike from "./adamLike.js";
import type { OptimizerFactory } from "./factory.js";
import * as ftrl from "./ftrl.js";
import * as lion from "./lion.js";
import * as muon from "./muon.js";
import * as scheduleFree from "./scheduleFree.js";
import * as standard from "./standard.js";
import * as table from "./table.js";

export type { LearningRate, OptimizerOptions } from "../optimizer.js";
export type { AdafactorOptions } from "./adafactor.js";
export type { AdadeltaOptions, AdagradOptions } from "./adagrad.js";
export type { AdamOptions } from "./adam.js";
export type { AdamLikeOptions, NadamOptions } from "./adamLike.js";
export type { BuiltInOptimizerOptions } from "./extension.js";
export type { OptimizerFactory } from "./factory.js";
export type { FtrlOptions } from "./ftrl.js";
export type { LionOptions } from "./lion.js";
export type { DynamicLossScale } from "./lossScale.js";
export type { MuonOptions } from "./muon.js";
export type { RmspropOptions } from "./rmsprop.js";
export type { ScheduleFreeAdamWOptions } from "./scheduleFree.js";
export {
  CosineDecay,
  type CosineDecayOptions,
  CosineDecayRestarts,
  type CosineDecayRestartsOptions,
  type DecayOptions,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  type PiecewiseConstantDecayOptions,
  PolynomialDecay,
  type PolynomialDecayOptions,
  type Schedule,
} from "./schedules.js";
export type { SgdOptions } from "./sgd.js";

/**
 * The base class of optimizers: a learning rate, slots beside the weights, clipping and weight decay. A user-defined
 * optimizer extends it and implements `update`.
 */
export const Optimizer = base.Optimizer;
export type Optimizer = base.Optimizer;
/**
 * Makes stochastic gradient descent. With momentum: velocity = momentum velocity - lr g; w += velocity, or with
 * `nesterov` w += momentum velocity - lr g. The learning rate is 0.01 by default.
 * @throws ArgumentError for an unknown option, or a momentum outside [0, 1].
 * @example
 * model.compile({ optimizer: SGD({ learningRate: 0.1, momentum: 0.9 }), loss: "mse" });
 */
export const SGD = standard.SGD;
/**
 * Makes Adam (Kingma and Ba, 2015): m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2);
 * w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon). The learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 * @example
 * model.compile({ optimizer: Adam({ learningRate: 1e-4 }), loss: "categoricalCrossentropy" });
 */
export const Adam = standard.Adam;
/**
 * Makes AdamW (Loshchilov and Hutter, 2019): Adam with a weight decay of 0.004 by default. The learning rate is 0.001
 * by default.
 * @throws ArgumentError for an unknown option.
 */
export const AdamW = standard.AdamW;
/**
 * Makes RMSprop (Tieleman and Hinton, 2012): v = rho v + (1 - rho) g^2; u = momentum u + lr g / sqrt(v + epsilon); w -=
 * u. The learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 */
export const RMSprop = standard.RMSprop;
/**
 * Makes Adadelta (Zeiler, 2012): a = rho a + (1 - rho) g^2; d = sqrt(s + epsilon) / sqrt(a + epsilon) g; s = rho s + (1 -
 * rho) d^2; w -= lr d. The learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 */
export const Adadelta = adagrad.Adadelta;
/**
 * Makes Adafactor (Shazeer and Stern, 2018), which keeps means of squared gradients for rows and columns of a weight. The
 * learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 */
export const Adafactor = adafactor.Adafactor;
/**
 * Makes Adagrad (Duchi, Hazan and Singer, 2011): a += g^2; w -= lr g / sqrt(a + epsilon). The learning rate is 0.001 by
 * default.
 * @throws ArgumentError for an unknown option.
 */
export const Adagrad = adagrad.Adagrad;
/**
 * Makes Adamax (Kingma and Ba, 2015): m += (g - m)(1 - beta1); u = max(beta2 u, |g|); w -= lr / (1 - beta1^t) m / (u +
 * epsilon). The learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 */
export const Adamax = adamLike.Adamax;
/**
 * Makes FTRL (McMahan et al., 2013), which follows the regularized leader and makes weights exactly 0. The learning rate
 * is 0.001 by default.
 * @throws ArgumentError for an unknown option, or a strength below 0.
 */
export const Ftrl = ftrl.Ftrl;
/**
 * Makes Lamb (You et al., 2020): the step of Adam, scaled to the norm of its weight. The learning rate is 0.001 by
 * default.
 * @throws ArgumentError for an unknown option.
 */
export const Lamb = adamLike.Lamb;
/**
 * Makes Lion (Chen et al., 2023): w -= lr sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g. The learning rate
 * is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 */
export const Lion = lion.Lion;
/**
 * Makes Muon (Jordan et al., 2024): the momentum of a matrix is made nearly orthogonal before it is applied; AdamW updates
 * the weights that are no matrices, and those of embeddings. The learning rate is 0.001 and the weight decay 0.004 by
 * default.
 * @throws ArgumentError for an unknown option.
 */
export const Muon = muon.Muon;
/**
 * Makes Nadam (Dozat, 2016): Adam with Nesterov's momentum. The learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 */
export const Nadam = adamLike.Nadam;
/**
 * Makes schedule-free AdamW (Defazio et al., 2024), which averages its steps in place of a schedule. The learning rate is
 * 0.0025 by default.
 * @throws ArgumentError for an unknown option.
 */
export const ScheduleFreeAdamW = scheduleFree.ScheduleFreeAdamW;
/** The table of what makes each optimizer, by name in lower case: `optimizers.adam({ learningRate: 1e-4 })`. */
export const optimizers: Readonly<Record<string, OptimizerFactory>> = table.optimizers;
