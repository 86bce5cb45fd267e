/** Optimizers and schedules of the learning rate by name, for files. */
import { Adafactor } from "./adafactor.js";
import { Adadelta, Adagrad } from "./adagrad.js";
import { Adamax, Lamb, Nadam } from "./adamLike.js";
import type { OptimizerFactory } from "./factory.js";
import { Ftrl } from "./ftrl.js";
import { Lion } from "./lion.js";
import { Muon } from "./muon.js";
import { ScheduleFreeAdamW } from "./scheduleFree.js";
import {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
  type Schedule,
} from "./schedules.js";
import { Adam, AdamW, RMSprop, SGD } from "./standard.js";

/** The functions that make optimizers, by the name of the optimizer in lower case. */
export const optimizers: Readonly<Record<string, OptimizerFactory>> = {
  sgd: SGD,
  adam: Adam,
  adamw: AdamW,
  rmsprop: RMSprop,
  adadelta: Adadelta,
  adafactor: Adafactor,
  adagrad: Adagrad,
  adamax: Adamax,
  ftrl: Ftrl,
  lamb: Lamb,
  lion: Lion,
  muon: Muon,
  nadam: Nadam,
  schedulefreeadamw: ScheduleFreeAdamW,
};

/** The functions that make schedules, by name. */
export const schedules: Readonly<Record<string, (options: never) => Schedule>> = {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
};
