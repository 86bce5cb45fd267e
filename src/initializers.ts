/** First values of weights by name: one table. Fans, bounds and scales as Keras 3 has them. */
import { checkOptions, ShapeError, shapeText } from "./errors.js";
import { lookUp } from "./named.js";
import { RandomStream, randomStream } from "./random.js";
import { type Shape, sizeOf } from "./shape.js";

/** Gives the values for a shape. */
export type InitializerFunction = (shape: Shape) => ArrayLike<number>;
/** A name of the table, an object `{ className: "HeNormal", config: { seed: 1 } }`, or a function. */
export type Initializer = string | { className: string; config?: Readonly<InitializerOptions> } | InitializerFunction;

export interface InitializerOptions {
  /** Without one, the next stream of the global seed (`setSeed`). An initializer gives equal values for equal shapes. */
  seed?: number | null;
  /** constant: 0. */
  value?: number;
  /** randomUniform: -0.05 and 0.05. */
  minval?: number;
  maxval?: number;
  /** randomNormal and truncatedNormal: 0 and 0.05. */
  mean?: number;
  stddev?: number;
  /** orthogonal and identity: a factor, 1. */
  gain?: number;
  /** varianceScaling: 1, "fanIn" and "truncatedNormal". The variance is scale / fan. */
  scale?: number;
  mode?: "fanIn" | "fanOut" | "fanAvg";
  distribution?: "uniform" | "truncatedNormal" | "untruncatedNormal";
}

type Draw = (shape: Shape, random: RandomStream, options: InitializerOptions) => Float32Array;

function filled(shape: Shape, next: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

function uniform(shape: Shape, random: RandomStream, low: number, high: number): Float32Array {
  return filled(shape, () => low + (high - low) * random.uniform());
}

function normal(shape: Shape, random: RandomStream, mean: number, stddev: number): Float32Array {
  return filled(shape, () => mean + stddev * random.normal());
}

/** Normal values, those beyond two standard deviations drawn again. */
function truncated(shape: Shape, random: RandomStream, mean: number, stddev: number): Float32Array {
  return filled(shape, () => {
    let value: number;
    do value = random.normal();
    while (Math.abs(value) >= 2);
    return mean + stddev * value;
  });
}

/** Standard deviation of the standard normal distribution cut at 2. */
const truncatedStddev = 0.87962566103423978;

type Spread = (shape: Shape, random: RandomStream, variance: number) => Float32Array;

const distributions: Record<string, Spread> = {
  uniform: (shape, random, variance) => {
    const limit = Math.sqrt(3 * variance);
    return uniform(shape, random, -limit, limit);
  },
  truncatedNormal: (shape, random, variance) => truncated(shape, random, 0, Math.sqrt(variance) / truncatedStddev),
  untruncatedNormal: (shape, random, variance) => normal(shape, random, 0, Math.sqrt(variance)),
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

/** Glorot and Bengio, 2010; He et al., 2015; LeCun et al., 1998: the variance is scale / fan. */
const byFan =
  (scale: number, mode: InitializerOptions["mode"], distribution: InitializerOptions["distribution"]): Draw =>
  (shape, random) =>
    varianceScaling(shape, random, { scale, mode, distribution });

const randomUniform: Draw = (shape, random, { minval = -0.05, maxval = 0.05 }) =>
  uniform(shape, random, minval, maxval);
const randomNormal: Draw = (shape, random, { mean = 0, stddev = 0.05 }) => normal(shape, random, mean, stddev);

/** The diagonal of a matrix: [n, m]. */
function identity(shape: Shape, _: RandomStream, { gain = 1 }: InitializerOptions): Float32Array {
  if (shape.length !== 2) throw new ShapeError(`identity: expected a matrix, received ${shapeText(shape)}.`);
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < Math.min(...shape); i++) values[i * shape[1] + i] = gain;
  return values;
}

const zeros: Draw = (shape) => new Float32Array(sizeOf(shape));
const ones: Draw = (shape) => new Float32Array(sizeOf(shape)).fill(1);

/** What draws, and its options beside `seed`. */
const table: Record<string, [draw: Draw, ...options: (keyof InitializerOptions)[]]> = {
  zeros: [zeros],
  zero: [zeros],
  ones: [ones],
  one: [ones],
  constant: [(shape, _, { value = 0 }) => new Float32Array(sizeOf(shape)).fill(value), "value"],
  identity: [identity, "gain"],
  randomUniform: [randomUniform, "minval", "maxval"],
  uniform: [randomUniform, "minval", "maxval"],
  randomNormal: [randomNormal, "mean", "stddev"],
  normal: [randomNormal, "mean", "stddev"],
  truncatedNormal: [
    (shape, random, { mean = 0, stddev = 0.05 }) => truncated(shape, random, mean, stddev),
    ...(["mean", "stddev"] as const),
  ],
  varianceScaling: [varianceScaling, "scale", "mode", "distribution"],
  glorotUniform: [byFan(1, "fanAvg", "uniform")],
  glorotNormal: [byFan(1, "fanAvg", "truncatedNormal")],
  heUniform: [byFan(2, "fanIn", "uniform")],
  heNormal: [byFan(2, "fanIn", "truncatedNormal")],
  lecunUniform: [byFan(1, "fanIn", "uniform")],
  lecunNormal: [byFan(1, "fanIn", "truncatedNormal")],
  orthogonal: [orthogonal, "gain"],
};

/**
 * The function that an initializer stands for.
 * @throws ArgumentError for an unknown name or option.
 */
export function getInitializer(where: string, initializer: Initializer): InitializerFunction {
  if (typeof initializer === "function") return initializer;
  const { name, entry, config } = lookUp(where, "initializer", table, initializer);
  const [draw, ...known] = entry;
  const options: InitializerOptions = config;
  checkOptions(`${where}: ${name}`, options, [...known, "seed"]);
  const { seed, stream } = randomStream(options.seed);
  return (shape) => draw(shape, new RandomStream(seed, stream), options);
}

// ── orthogonal ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Orthonormal columns (or rows, where there are more columns than rows) over shape [...rows, columns]: the Q of a QR
 * decomposition of normal values, with the signs that make R's diagonal positive (Saxe et al., 2013).
 */
function orthogonal(shape: Shape, random: RandomStream, { gain = 1 }: InitializerOptions): Float32Array {
  const columns = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / columns;
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
  const normals = new Float64Array(long * short);
  let q: Float64Array | undefined;
  // Chance may give a matrix that is singular to rounding; then the next one is taken.
  while (!q) {
    for (let i = 0; i < normals.length; i++) normals[i] = random.normal();
    q = orthonormalColumns(normals, long, short);
  }
  const values = new Float32Array(rows < columns ? transposed(q, long, short) : q);
  if (gain !== 1) for (let i = 0; i < values.length; i++) values[i] *= gain;
  return values;
}

/**
 * The Q of a: [long, short] = Q R, by Cholesky's decomposition of aT a = RT R; done twice where the diagonal of R says that a
 * is so oblique that aT a loses digits (CholeskyQR2: Yamamoto et al., 2015). Everything in it is dot products of rows, which
 * run in tiles of 4 by 4: 2304 by 1024 takes 1.3 seconds. Undefined where a is singular.
 */
function orthonormalColumns(a: Float64Array, long: number, short: number): Float64Array | undefined {
  const r = cholesky(gram(transposed(a, long, short), short, long), short);
  let [least, largest] = [Infinity, 0];
  for (let i = 0; i < r.length; i += short + 1) {
    if (!(r[i] > 1e-7 * largest)) return undefined;
    [least, largest] = [Math.min(least, r[i]), Math.max(largest, r[i])];
  }
  const q = solveRows(a, r, long, short);
  return least > 0.01 * largest ? q : orthonormalColumns(q, long, short);
}

function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = a[i * columns + j];
  return result;
}

/** The lower triangle of a aT, a: [n, length]. */
function gram(a: Float64Array, n: number, length: number): Float64Array {
  const g = new Float64Array(n * n);
  for (let i = 0; i < n; i += 4) {
    for (let j = 0; j <= i; j += 4) {
      rowDots(a, i, length, a, j, length, length);
      eachOfTile(i, n, j, n, (p, q, dot) => (g[p * n + q] = dot));
    }
  }
  return g;
}

/** The lower triangular l with l lT = g, in the place of g: [n, n]. */
function cholesky(g: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i += 4) {
    for (let j = 0; j <= i; j += 4) {
      rowDots(g, i, n, g, j, n, j); // columns before this tile; those inside it follow one by one
      eachOfTile(i, n, j, n, (p, q, dot) => {
        if (q > p) return;
        let rest = g[p * n + q] - dot;
        for (let k = j; k < q; k++) rest -= g[p * n + k] * g[q * n + k];
        g[p * n + q] = p === q ? Math.sqrt(rest) : rest / g[q * n + q];
      });
    }
  }
  return g;
}

/** Solves q lT = a for the rows of q. a: [rows, n], l: lower triangular [n, n]. */
function solveRows(a: Float64Array, l: Float64Array, rows: number, n: number): Float64Array {
  const q = new Float64Array(rows * n);
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < n; j += 4) {
      rowDots(q, i, n, l, j, n, j);
      eachOfTile(i, rows, j, n, (p, c, dot) => {
        let rest = a[p * n + c] - dot;
        for (let k = j; k < c; k++) rest -= q[p * n + k] * l[c * n + k];
        q[p * n + c] = rest / l[c * n + c];
      });
    }
  }
  return q;
}

/** Row by row, the results of `rowDots` that lie inside [rows, columns]. */
function eachOfTile(
  i: number,
  rows: number,
  j: number,
  columns: number,
  visit: (row: number, column: number, dot: number) => void,
): void {
  for (let p = i; p < Math.min(i + 4, rows); p++) {
    for (let q = j; q < Math.min(j + 4, columns); q++) visit(p, q, dots[(p - i) * 4 + q - j]);
  }
}

const dots = new Float64Array(16);

/**
 * dots[p, q] = x_p . y_q over the first `length` elements of four rows of x from row i on and four rows of y from row j on.
 * Past the end a row is read that is there; its results are not used.
 */
function rowDots(
  x: Float64Array,
  i: number,
  xWidth: number,
  y: Float64Array,
  j: number,
  yWidth: number,
  length: number,
): void {
  const lastX = x.length - xWidth;
  const lastY = y.length - yWidth;
  const x0 = i * xWidth;
  const x1 = Math.min(x0 + xWidth, lastX);
  const x2 = Math.min(x1 + xWidth, lastX);
  const x3 = Math.min(x2 + xWidth, lastX);
  const y0 = j * yWidth;
  const y1 = Math.min(y0 + yWidth, lastY);
  const y2 = Math.min(y1 + yWidth, lastY);
  const y3 = Math.min(y2 + yWidth, lastY);
  let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0; // prettier-ignore
  let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0; // prettier-ignore
  for (let k = 0; k < length; k++) {
    const a = x[x0 + k], b = x[x1 + k], c = x[x2 + k], d = x[x3 + k]; // prettier-ignore
    let other = y[y0 + k];
    a0 += a * other;
    b0 += b * other;
    c0 += c * other;
    d0 += d * other; // prettier-ignore
    other = y[y1 + k];
    a1 += a * other;
    b1 += b * other;
    c1 += c * other;
    d1 += d * other; // prettier-ignore
    other = y[y2 + k];
    a2 += a * other;
    b2 += b * other;
    c2 += c * other;
    d2 += d * other; // prettier-ignore
    other = y[y3 + k];
    a3 += a * other;
    b3 += b * other;
    c3 += c * other;
    d3 += d * other; // prettier-ignore
  }
  dots.set([a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3]);
}
