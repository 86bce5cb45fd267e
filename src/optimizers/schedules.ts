/** Learning rates that follow the number of updates, as Keras's schedules: rounded to 32 bits where Keras rounds. */
import { cos, log } from "../elementary.js";
import { ArgumentError, checkNumber, checkNumbers, checkOptions, shown } from "../errors.js";
import { named, type Named } from "../named.js";
import { pow } from "../powers.js";

/** A learning rate that follows the number of updates made so far, and that files can hold. */
export type Schedule = ((step: number) => number) & Named;

const f32 = Math.fround;

/** Makes a schedule after its options have been checked. */
function schedule<Options extends object>(
  name: string,
  options: Options,
  known: readonly (keyof Options & string)[],
  rate: (step: number) => number,
): Schedule {
  checkOptions(name, options, known);
  return named((step: number) => rate(f32(checkNumber(name, "step", step, "a finite number"))), name, { ...options });
}

/** Checks the number of steps and the first rate. */
function checkDecay(name: string, options: object, required: readonly string[]): void {
  for (const option of required) {
    const value = (options as Record<string, unknown> | undefined)?.[option];
    checkNumber(name, option, value, /steps/i.test(option) ? "a number above 0" : "a finite number");
  }
}

/** The options of `ExponentialDecay` and `InverseTimeDecay`. */
export interface DecayOptions {
  /** The rate of the first update. */
  initialLearningRate: number;
  /** The number of updates for the whole decay. */
  decaySteps: number;
  /** The decay of this number of updates. */
  decayRate: number;
  /** Whether the rate falls only after each whole number of decays, false by default. */
  staircase?: boolean;
}
const decayOptions = ["initialLearningRate", "decaySteps", "decayRate", "staircase"] as const;
const decayNumbers = decayOptions.slice(0, 3);

/** How many decays have passed. */
function passed(step: number, { decaySteps, staircase = false }: DecayOptions): number {
  const p = f32(step / f32(decaySteps));
  return staircase ? Math.floor(p) : p;
}

/**
 * Makes the schedule initialLearningRate decayRate^(step / decaySteps).
 * @throws ArgumentError for an unknown option or a number that is none, and for steps that are not above 0.
 * @example
 * Adam({ learningRate: ExponentialDecay({ initialLearningRate: 1e-2, decaySteps: 1000, decayRate: 0.9 }) });
 */
export function ExponentialDecay(options: DecayOptions): Schedule {
  checkDecay("ExponentialDecay", options, decayNumbers);
  const { initialLearningRate, decayRate } = options;
  return schedule("ExponentialDecay", options, decayOptions, (step) =>
    f32(f32(initialLearningRate) * f32(pow(f32(decayRate), passed(step, options)))),
  );
}

/**
 * Makes the schedule initialLearningRate / (1 + decayRate step / decaySteps).
 * @throws ArgumentError for an unknown option or a number that is none, and for steps that are not above 0.
 */
export function InverseTimeDecay(options: DecayOptions): Schedule {
  checkDecay("InverseTimeDecay", options, decayNumbers);
  const { initialLearningRate, decayRate } = options;
  return schedule("InverseTimeDecay", options, decayOptions, (step) =>
    f32(f32(initialLearningRate) / f32(1 + f32(f32(decayRate) * passed(step, options)))),
  );
}

/** The options of `PiecewiseConstantDecay`. */
export interface PiecewiseConstantDecayOptions {
  /** The last updates of all pieces but the last, in order; one or more. */
  boundaries: readonly number[];
  /** The rate of each piece: one more than boundaries. */
  values: readonly number[];
}

/**
 * Makes the schedule of values[i], where i is the number of boundaries below the step.
 * @throws ArgumentError for an unknown option, and for lists that do not fit each other.
 * @example
 * SGD({ learningRate: PiecewiseConstantDecay({ boundaries: [100, 200], values: [0.1, 0.05, 0.01] }) });
 */
export function PiecewiseConstantDecay(options: PiecewiseConstantDecayOptions): Schedule {
  const where = "PiecewiseConstantDecay";
  const { boundaries, values } = Object(options) as PiecewiseConstantDecayOptions;
  for (const [option, list] of Object.entries({ boundaries, values })) {
    if (!Array.isArray(list) || list.length === 0) {
      throw new ArgumentError(`${where}: ${option} ${shown(list)}; expected a list of numbers.`);
    }
    for (const item of list) checkNumber(where, option, item, "a finite number");
  }
  if (values.length !== boundaries.length + 1) {
    throw new ArgumentError(
      `${where}: received ${values.length} values for ${boundaries.length} boundaries; expected one value more.`,
    );
  }
  if (boundaries.some((boundary, i) => i > 0 && boundary <= boundaries[i - 1])) {
    throw new ArgumentError(`${where}: boundaries ${shown(boundaries)}; expected numbers that rise.`);
  }
  return schedule(
    where,
    options,
    ["boundaries", "values"],
    (step) => values[boundaries.filter((boundary) => step > Math.trunc(boundary)).length],
  );
}

/** The options of `PolynomialDecay`. */
export interface PolynomialDecayOptions {
  /** The rate of the first update. */
  initialLearningRate: number;
  /** The number of updates for the whole decay. */
  decaySteps: number;
  /** The last rate, 0.0001 by default. */
  endLearningRate?: number;
  /** The power, 1 by default: a straight line. */
  power?: number;
  /** Whether the decay begins anew, over as many steps more, each time that it has ended; false by default. */
  cycle?: boolean;
}

/**
 * Makes the schedule (initialLearningRate - endLearningRate) (1 - step / decaySteps)^power + endLearningRate.
 * @throws ArgumentError for an unknown option or a number that is none, and for steps that are not above 0.
 */
export function PolynomialDecay(options: PolynomialDecayOptions): Schedule {
  const where = "PolynomialDecay";
  checkDecay(where, options, ["initialLearningRate", "decaySteps"]);
  checkNumbers(where, options, "a finite number", ["endLearningRate", "power"]);
  const { initialLearningRate, decaySteps, endLearningRate = 1e-4, power = 1, cycle = false } = options;
  const known = ["initialLearningRate", "decaySteps", "endLearningRate", "power", "cycle"] as const;
  return schedule(where, options, known, (step) => {
    const rounds = cycle && step > 0 ? Math.ceil(f32(step / f32(decaySteps))) : 1;
    const whole = f32(f32(decaySteps) * rounds);
    const left = f32(1 - f32((cycle ? step : Math.min(step, whole)) / whole));
    const range = f32(f32(initialLearningRate) - f32(endLearningRate));
    return f32(f32(range * f32(pow(left, f32(power)))) + f32(endLearningRate));
  });
}

/** The options of `CosineDecay`. */
export interface CosineDecayOptions {
  /** The rate of the first update. */
  initialLearningRate: number;
  /** The number of updates for the whole decay, after those of the warmup. */
  decaySteps: number;
  /** The last rate, as a share of that at which the decay begins; 0 by default. */
  alpha?: number;
  /** The rate to which the warmup leads, at which the decay then begins; no warmup by default. */
  warmupTarget?: number | null;
  /** The number of updates in the warmup, 0 by default. */
  warmupSteps?: number;
}

/**
 * Makes the schedule of half a wave of the cosine from 1 to alpha times the rate at which it begins (Loshchilov and
 * Hutter, 2017), after a straight line from `initialLearningRate` to `warmupTarget` where that is given.
 * @throws ArgumentError for an unknown option or a number that is none, and for steps that are not above 0.
 * @example
 * Adam({ learningRate: CosineDecay({ initialLearningRate: 0, decaySteps: 900, warmupTarget: 1e-3, warmupSteps: 100 }) });
 */
export function CosineDecay(options: CosineDecayOptions): Schedule {
  const where = "CosineDecay";
  checkDecay(where, options, ["initialLearningRate", "decaySteps"]);
  checkNumbers(where, options, "a finite number", ["alpha"]);
  checkNumbers(where, options, "a number from 0", ["warmupSteps"]);
  const { initialLearningRate, decaySteps, alpha = 0, warmupTarget = null, warmupSteps = 0 } = options;
  if (warmupTarget !== null) checkNumber(where, "warmupTarget", warmupTarget, "a finite number");
  const known = ["initialLearningRate", "decaySteps", "alpha", "warmupTarget", "warmupSteps"] as const;
  const [first, steps, warm] = [initialLearningRate, decaySteps, warmupTarget === null ? 0 : warmupSteps].map(f32);
  const top = f32(warmupTarget ?? initialLearningRate);
  return schedule(where, options, known, (step) => {
    if (step < warm) return f32(f32(f32(top - first) * f32(step / warm)) + first);
    const share = f32(Math.min(step - warm, steps) / steps);
    return f32(top * f32(f32((1 - alpha) * halfWave(share)) + alpha));
  });
}

/** From 1 at 0 to 0 at 1. */
const halfWave = (share: number): number => f32(0.5 * f32(1 + f32(cos(f32(f32(Math.PI) * share)))));

/** The options of `CosineDecayRestarts`. */
export interface CosineDecayRestartsOptions {
  /** The rate of the first update. */
  initialLearningRate: number;
  /** The number of updates in the first period. */
  firstDecaySteps: number;
  /** The factor from the length of a period to that of the next one, from 1; 2 by default. */
  tMul?: number;
  /** The factor from the first rate of a period to that of the next one, 1 by default. */
  mMul?: number;
  /** The last rate of a period, as a share of the first one; 0 by default. */
  alpha?: number;
}

/**
 * Makes the schedule of `CosineDecay` that begins anew at the end of each period.
 * @throws ArgumentError for an unknown option or a number that is none, and for steps that are not above 0.
 */
export function CosineDecayRestarts(options: CosineDecayRestartsOptions): Schedule {
  const where = "CosineDecayRestarts";
  checkDecay(where, options, ["initialLearningRate", "firstDecaySteps"]);
  checkNumbers(where, options, "a finite number", ["mMul", "alpha"]);
  checkNumbers(where, options, "a number above 0", ["tMul"]);
  const { initialLearningRate, firstDecaySteps, tMul = 2, mMul = 1, alpha = 0 } = options;
  const known = ["initialLearningRate", "firstDecaySteps", "tMul", "mMul", "alpha"] as const;
  const factor = f32(tMul);
  return schedule(where, options, known, (step) => {
    const done = f32(step / f32(firstDecaySteps));
    const [period, share] = factor === 1 ? [Math.floor(done), f32(done - Math.floor(done))] : periodOf(done, factor);
    const wave = f32(f32(pow(f32(mMul), period)) * halfWave(share));
    return f32(f32(initialLearningRate) * f32(f32(f32(1 - f32(alpha)) * wave) + f32(alpha)));
  });
}

/** The number of the period, and what has passed of it, where each is `factor` times as long as the one before. */
function periodOf(done: number, factor: number): [period: number, share: number] {
  const grown = f32(1 - f32(done * f32(1 - factor)));
  const period = Math.floor(f32(f32(log(grown)) / f32(log(factor))));
  const length = f32(pow(factor, period));
  const before = f32(f32(1 - length) / f32(1 - factor));
  return [period, f32(f32(done - before) / length)];
}
