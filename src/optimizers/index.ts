/**
 * The public names of the optimizers; their docstrings say what each computes (as in Keras). See ../losses/index.ts for why they
 * are constants of this file.
 */
import * as base from "../optimizer.js";
import * as adam from "./adam.js";
import * as rmsprop from "./rmsprop.js";
import * as sgd from "./sgd.js";
import * as table from "./table.js";

export type { LearningRate, OptimizerFactory, OptimizerOptions } from "../optimizer.js";
export type { AdamOptions } from "./adam.js";
export type { RmspropOptions } from "./rmsprop.js";
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
export const SGD = sgd.SGD;
/**
 * Makes Adam (Kingma and Ba, 2015): m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2);
 * w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon). The learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 * @example
 * model.compile({ optimizer: Adam({ learningRate: 1e-4 }), loss: "categoricalCrossentropy" });
 */
export const Adam = adam.Adam;
/**
 * Makes AdamW (Loshchilov and Hutter, 2019): Adam with a weight decay of 0.004 by default. The learning rate is 0.001
 * by default.
 * @throws ArgumentError for an unknown option.
 */
export const AdamW = adam.AdamW;
/**
 * Makes RMSprop (Tieleman and Hinton, 2012): v = rho v + (1 - rho) g^2; u = momentum u + lr g / sqrt(v + epsilon); w -=
 * u. The learning rate is 0.001 by default.
 * @throws ArgumentError for an unknown option.
 */
export const RMSprop = rmsprop.RMSprop;
/** The table of what makes each optimizer, by name in lower case: `optimizers.adam({ learningRate: 1e-4 })`. */
export const optimizers: Readonly<Record<string, base.OptimizerFactory>> = table.optimizers;
