/** Initial values of weights by name: one table. Fans, bounds and scales are those of Keras 3. */
import { checkNumbers, checkOptions, ShapeError, shapeText } from "./errors.js";
import { orthogonal } from "./orthogonal.js";
import { lookUp, type Named } from "./named.js";
import { RandomStream, randomStream } from "./random.js";
import { checkedSize, type Shape, sizeOf } from "./shape.js";

/** Computes the values for a shape, row by row. */
export type InitializerFunction = (shape: Shape) => ArrayLike<number>;
/** An initializer: a name of the table, an object `{ className: "HeNormal", config: { seed: 1 } }`, or a function. */
export type Initializer = string | NamedInitializer | InitializerFunction;

/** A name of the table with options. */
interface NamedInitializer extends Named {
  /** The options; those of the table by default. */
  readonly config?: Readonly<InitializerOptions>;
}

/** The options of all initializers; each initializer takes some of them. */
export interface InitializerOptions {
  /**
   * The seed; by default the next stream of the global seed (`setSeed`). One initializer gives equal values for equal
   * shapes.
   */
  seed?: number | null;
  /** The value of "constant", 0 by default. */
  value?: number;
  /** The lower bound of "randomUniform", -0.05 by default. */
  minval?: number;
  /** The upper bound of "randomUniform", 0.05 by default. */
  maxval?: number;
  /** The mean of "randomNormal" and "truncatedNormal", 0 by default. */
  mean?: number;
  /** The standard deviation of "randomNormal" and "truncatedNormal", 0.05 by default. */
  stddev?: number;
  /** The factor of "orthogonal" and "identity", 1 by default. */
  gain?: number;
  /** The scale of "varianceScaling", whose variance is scale / fan; 1 by default. */
  scale?: number;
  /** The divisor of "varianceScaling": the number of inputs, that of outputs, or their mean. "fanIn" by default. */
  mode?: "fanIn" | "fanOut" | "fanAvg";
  /** The distribution of "varianceScaling", "truncatedNormal" by default. */
  distribution?: "uniform" | "truncatedNormal" | "untruncatedNormal";
}

type Draw = (shape: Shape, random: RandomStream, options: InitializerOptions) => Float32Array;

function fill(shape: Shape, next: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

const randomUniform: Draw = (shape, random, { minval = -0.05, maxval = 0.05 }) =>
  fill(shape, () => minval + (maxval - minval) * random.uniform());

const randomNormal: Draw = (shape, random, { mean = 0, stddev = 0.05 }) =>
  fill(shape, () => mean + stddev * random.normal());

/** Draws normal values; those beyond two standard deviations are drawn again. */
const truncatedNormal: Draw = (shape, random, { mean = 0, stddev = 0.05 }) =>
  fill(shape, () => {
    let value: number;
    do value = random.normal();
    while (Math.abs(value) >= 2);
    return mean + stddev * value;
  });

/** Standard deviation of the standard normal distribution cut at 2. */
const truncatedStddev = 0.87962566103423978;

/** The distributions of "varianceScaling", each with mean 0. */
const distributions: Record<string, (shape: Shape, random: RandomStream, variance: number) => Float32Array> = {
  uniform: (shape, random, variance) => {
    const maxval = Math.sqrt(3 * variance);
    return randomUniform(shape, random, { minval: -maxval, maxval });
  },
  truncatedNormal: (shape, random, variance) =>
    truncatedNormal(shape, random, { stddev: Math.sqrt(variance) / truncatedStddev }),
  untruncatedNormal: (shape, random, variance) => randomNormal(shape, random, { stddev: Math.sqrt(variance) }),
};

const fans: Record<string, (inputs: number, outputs: number) => number> = {
  fanIn: (inputs) => inputs,
  fanOut: (_, outputs) => outputs,
  fanAvg: (inputs, outputs) => (inputs + outputs) / 2,
};

const varianceScaling: Draw = (shape, random, options) => {
  const { scale = 1, mode = "fanIn", distribution = "truncatedNormal" } = options;
  const fan = lookUp("varianceScaling", "mode", fans, mode).entry;
  const draw = lookUp("varianceScaling", "distribution", distributions, distribution).entry;
  const [inputs = 1, outputs = inputs] = shape.slice(-2);
  const window = sizeOf(shape.slice(0, -2));
  return draw(shape, random, scale / Math.max(1, fan(inputs * window, outputs * window)));
};

/** Makes an initializer of variance scale / fan (Glorot and Bengio, 2010; He et al., 2015; LeCun et al., 1998). */
const byFan =
  (scale: number, mode: InitializerOptions["mode"], distribution: InitializerOptions["distribution"]): Draw =>
  (shape, random) =>
    varianceScaling(shape, random, { scale, mode, distribution });

/** Makes a matrix [n, m] with ones on its diagonal. */
function identity(shape: Shape, _: RandomStream, { gain = 1 }: InitializerOptions): Float32Array {
  if (shape.length !== 2) throw new ShapeError(`identity: expected a matrix, received ${shapeText(shape)}.`);
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < Math.min(...shape); i++) values[i * shape[1] + i] = gain;
  return values;
}

const constant: Draw = (shape, _, { value = 0 }) => new Float32Array(sizeOf(shape)).fill(value);
const ones: Draw = (shape, random) => constant(shape, random, { value: 1 });

/** The function that draws the values for each name, and the options that it has beside `seed`. */
const table: Record<string, [draw: Draw, ...options: (keyof InitializerOptions)[]]> = {
  zeros: [constant],
  zero: [constant],
  ones: [ones],
  one: [ones],
  constant: [constant, "value"],
  identity: [identity, "gain"],
  randomUniform: [randomUniform, "minval", "maxval"],
  uniform: [randomUniform, "minval", "maxval"],
  randomNormal: [randomNormal, "mean", "stddev"],
  normal: [randomNormal, "mean", "stddev"],
  truncatedNormal: [truncatedNormal, "mean", "stddev"],
  varianceScaling: [varianceScaling, "scale", "mode", "distribution"],
  glorotUniform: [byFan(1, "fanAvg", "uniform")],
  glorotNormal: [byFan(1, "fanAvg", "truncatedNormal")],
  heUniform: [byFan(2, "fanIn", "uniform")],
  heNormal: [byFan(2, "fanIn", "truncatedNormal")],
  lecunUniform: [byFan(1, "fanIn", "uniform")],
  lecunNormal: [byFan(1, "fanIn", "truncatedNormal")],
  orthogonal: [(shape, random, { gain }) => orthogonal(shape, random, gain), "gain"],
};

const isName = (option: string): boolean => option === "mode" || option === "distribution";

/**
 * Finds the initializer of a name or `{ className, config }`, or takes a user-defined function.
 * @param where the beginning of an error message.
 * @throws ArgumentError for an unknown name or option.
 * @example
 * const values = getInitializer("mine", { className: "HeNormal", config: { seed: 1 } })([3, 3, 16, 32]);
 */
export function getInitializer(where: string, initializer: Initializer): InitializerFunction {
  if (typeof initializer === "function") return initializer;
  const { name, entry, config } = lookUp(where, "initializer", table, initializer);
  const [draw, ...known] = entry;
  const options: InitializerOptions = config;
  checkOptions(`${where}: ${name}`, options, [...known, "seed"]);
  checkNumbers(
    `${where}: ${name}`,
    options,
    "a finite number",
    known.filter((option) => !isName(option)),
  );
  const { seed, stream } = randomStream(options.seed);
  return (shape) => {
    checkedSize(name, shape);
    return draw(shape, new RandomStream(seed, stream), options);
  };
}
