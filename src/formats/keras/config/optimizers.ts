/** How the options of Keras's optimizers and of its learning rate schedules correspond to ours. */
import type { OptimizerFactory } from "../../../optimizers/factory.js";
import { optimizers } from "../../../optimizers/table.js";
import { snake } from "./names.js";
import type { TrainingWords } from "./trainingTable.js";

/** `beta1` -> `beta_1`, `epsilon2` -> `epsilon_2`, `l1RegularizationStrength` -> `l1_regularization_strength`. */
const kerasWord = (name: string): string => snake(name).replace(/(beta|epsilon)(\d)/, "$1_$2");

const onlyKeras = {
  name: undefined,
  jit_compile: undefined,
  is_legacy_optimizer: undefined,
  weight_decay: [false], // Keras 2.10
  decay: [0], // of the learning rate; Keras 2
};
/** Our options that are an optimizer of its own in Keras, or the options of Keras that `readOptimizer` reads itself. */
const notWords = ["dynamicLossScale", "learningRate", "scheduleDecay"];

const optimizer = ({ optionNames }: OptimizerFactory): TrainingWords => {
  const names = optionNames.filter((name) => !notWords.includes(name));
  return { options: Object.fromEntries(names.map((name) => [kerasWord(name), name])), fixed: onlyKeras };
};

/** By class, which is the name in both. */
export const optimizerWords: Readonly<Record<string, TrainingWords>> = {
  SGD: optimizer(optimizers.sgd),
  Adam: optimizer(optimizers.adam),
  AdamW: optimizer(optimizers.adamw),
  RMSprop: optimizer(optimizers.rmsprop),
  Adadelta: optimizer(optimizers.adadelta),
  Adafactor: optimizer(optimizers.adafactor),
  Adagrad: optimizer(optimizers.adagrad),
  Adamax: optimizer(optimizers.adamax),
  Ftrl: optimizer(optimizers.ftrl),
  Lamb: optimizer(optimizers.lamb),
  Lion: optimizer(optimizers.lion),
  Muon: { ...optimizer(optimizers.muon), nulls: { weight_decay: 0, adam_weight_decay: 0, rms_rate: null } },
  Nadam: optimizer(optimizers.nadam),
  ScheduleFreeAdamW: optimizer(optimizers.schedulefreeadamw),
};

/** Words of Keras -> ours. */
const schedule = (...names: string[]): TrainingWords => ({
  options: Object.fromEntries(names.map((name) => [snake(name), name])),
  fixed: { name: undefined },
});
const decay = ["initialLearningRate", "decaySteps"];

/** Schedules by class, which is the name in both. */
export const scheduleWords: Readonly<Record<string, TrainingWords>> = {
  CosineDecay: schedule(...decay, "alpha", "warmupTarget", "warmupSteps"),
  CosineDecayRestarts: schedule("initialLearningRate", "firstDecaySteps", "tMul", "mMul", "alpha"),
  ExponentialDecay: schedule(...decay, "decayRate", "staircase"),
  InverseTimeDecay: schedule(...decay, "decayRate", "staircase"),
  PiecewiseConstantDecay: schedule("boundaries", "values"),
  PolynomialDecay: schedule(...decay, "endLearningRate", "power", "cycle"),
};
