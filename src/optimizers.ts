/** Optimizers: their public names; see losses.ts for why they are values of their own. */
import * as base from "./optimizers/optimizer.js";
import * as rules from "./optimizers/rules.js";

export type { LearningRate, OptimizerOptions } from "./optimizers/optimizer.js";
export type { AdamOptions, RmspropOptions, SgdOptions } from "./optimizers/rules.js";

/** What all optimizers share: a learning rate, slots beside the weights, clipping and decay. */
export const Optimizer = base.Optimizer;
export type Optimizer = base.Optimizer;
/** velocity = momentum velocity - lr g; w += velocity, or with `nesterov` momentum velocity - lr g. Rate .01. */
export const SGD = rules.SGD;
/**
 * m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2); w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).
 * Rate .001. After Kingma and Ba, 2015.
 */
export const Adam = rules.Adam;
/** Adam with a weight decay of .004. After Loshchilov and Hutter, 2019. */
export const AdamW = rules.AdamW;
/** v = rho v + (1 - rho) g^2; u = momentum u + lr g / sqrt(v + epsilon); w -= u. Rate .001. After Tieleman and Hinton, 2012. */
export const RMSprop = rules.RMSprop;
/** Every optimizer by the name that stands for it with its defaults. */
export const optimizers = rules.optimizers;
