/**
 * The contract between the engine and its backends: every kernel's signature, shapes and meaning.
 *
 * - The arguments are the output, then the inputs, then sizes: kernelTable.ts relies on all buffers being first. A kernel
 *   has one output and writes all of it, whatever the buffer contained before. Several results are stacked in one
 *   buffer. `copyInto`, `copyWhere` and the optimizer updates are exceptions; their comments say so.
 * - Gradient kernels overwrite their output and do not add to it; autograd adds where a value has several consumers.
 * - A buffer has a `length` in elements and a `root`, the allocation that its memory is part of. An input may be a view
 *   (`Backend.view`), whose root is that of the buffer that it views; an output is never a view. An output may be the
 *   same buffer as an input only where the comment says "y may be x".
 * - Kernels return nothing; only `read` is asynchronous.
 * - Denormal numbers are computed like others, but some kernels store 0 in their place: those with `flushes` in
 *   kernelTable.ts.
 * - All elements of a backend are floats of one type. Layout is row-major, images are [batch, height, width,
 *   channels].
 * - Gates are i f g o; weights store them in Keras's order i f g(c) o along the last axis.
 */
import type {
  BroadcastSize,
  Conv2dSize,
  DepthwiseConv2dSize,
  GateSize,
  GemmSize,
  NormSize,
  ReduceSize,
  StridedSize,
  WindowSize,
} from "./shape.js";

/**
 * The identity of an allocation. `launch` raises its version at every write, which makes values derived from it stale.
 */
export interface Root {
  /** How often the allocation has been written to. */
  version: number;
  /** Whether the allocation has been freed. */
  isFreed?: boolean;
}

/** Memory on a backend: the part of a buffer that the engine uses. */
export interface Buffer {
  /** The number of elements. */
  readonly length: number;
  /** The allocation that the buffer is part of. */
  readonly root: Root;
}

/** The activation that a matrix kernel or convolution applies to its result before storing it; "linear" by default. */
export type EpilogueActivation = "linear" | "relu" | "relu6" | "sigmoid" | "tanh";

/** Hyperparameters of one update by SGD. They are arguments of each call, so that schedules cost nothing. */
export interface SgdStep {
  /** The learning rate. */
  learningRate: number;
  /** The factor with which the last step is added to the next one, from 0 to 1. */
  momentum: number;
  /** Whether the update follows Nesterov's rule. */
  nesterov: boolean;
}

/** Hyperparameters of one update by Adam. */
export interface AdamStep {
  /** The learning rate times Adam's bias correction: lr sqrt(1 - beta2^t) / (1 - beta1^t). */
  alpha: number;
  /** The decay rate of the mean of the gradients. */
  beta1: number;
  /** The decay rate of the mean of the squared gradients. */
  beta2: number;
  /** The number that is added to the square root. */
  epsilon: number;
}

/** Hyperparameters of one update by RMSprop. */
export interface RmspropStep {
  /** The learning rate. */
  learningRate: number;
  /** The decay rate of the mean of the squared gradients. */
  rho: number;
  /** The factor with which the last step is added to the next one, from 0 to 1. */
  momentum: number;
  /** The number that is added under the square root. */
  epsilon: number;
}

type Unary<B> = (y: B, x: B) => void;
type Binary<B> = (y: B, a: B, b: B, size: BroadcastSize) => void;
type Reduction<B> = (y: B, x: B, size: ReduceSize) => void;

/** Every kernel, for a backend whose buffers are of type B. */
export interface Kernels<B> {
  // ── filling and moving ──────────────────────────────────────────────────────────────────────────────────────────────
  /** y = value. */
  fill(y: B, value: number): void;
  /**
   * y[i] = the i-th element of the walk `size` over x: transpose, slice, flip, broadcast. y: [product of size.shape].
   */
  copyFrom(y: B, x: B, size: StridedSize): void;
  /** The i-th element of the walk `size` over y = x[i]; the rest of y is kept: concat, pad, the adjoint of slice. */
  copyInto(y: B, x: B, size: StridedSize): void;
  /** y = x where mask is not 0, bit by bit, both broadcast by `size`; the rest of y is kept. */
  copyWhere(y: B, x: B, mask: B, size: BroadcastSize): void;
  /**
   * y[r, :] = table[indices[r], :]; NaN where the index is not a row. y: [rows, width], table: [tableRows, width],
   * indices: [rows].
   */
  gather(y: B, table: B, indices: B, rows: number, width: number, tableRows: number): void;
  /** dTable[indices[r], :] += dy[r, :], beginning with zeros; invalid indices are ignored. Shapes as in `gather`. */
  gatherGrad(dTable: B, dy: B, indices: B, rows: number, width: number, tableRows: number): void;

  // ── one operand: y, x: [n]; y may be x ──────────────────────────────────────────────────────────────────────────────
  /** y = e^x. */
  exp: Unary<B>;
  /** y = ln x. */
  log: Unary<B>;
  /** y = sqrt(x). */
  sqrt: Unary<B>;
  /** y = |x|. */
  abs: Unary<B>;
  /** y = -1, 0 or 1 by the sign of x (NaN stays NaN). */
  sign: Unary<B>;
  /** y = 1 / (1 + e^-x). */
  sigmoid: Unary<B>;
  /** y = tanh x. */
  tanh: Unary<B>;
  /** y = scale * x + offset. */
  affine(y: B, x: B, scale: number, offset: number): void;
  /** y = min(max(x, low), high); NaN stays NaN. ReLU is clip(0, Infinity), ReLU6 clip(0, 6). */
  clip(y: B, x: B, low: number, high: number): void;

  // ── gradients that are not products of other kernels: all [n]; dx may be dy ────────────────────────────────────────
  /** dx = dy y (1 - y). */
  sigmoidGrad(dx: B, dy: B, y: B): void;
  /** dx = dy (1 - y^2). */
  tanhGrad(dx: B, dy: B, y: B): void;
  /**
   * dx = dy where low < x < high, else 0 (so 0 at both bounds, as in Keras). A bound of Infinity is none, at Infinity
   * neither. The result y may be passed in place of x.
   */
  clipGrad(dx: B, dy: B, x: B, low: number, high: number): void;

  // ── two operands, broadcast by `size`; y may be an operand that is not repeated ─────────────────────────────────────
  /** y = a + b. */
  add: Binary<B>;
  /** y = a - b. */
  subtract: Binary<B>;
  /** y = a b. */
  multiply: Binary<B>;
  /** y = a / b. */
  divide: Binary<B>;
  /** y = max(a, b); NaN if one of them is NaN. */
  maximum: Binary<B>;
  /** y = min(a, b); NaN if one of them is NaN. */
  minimum: Binary<B>;
  /** 1 where a > b, else 0. */
  greater: Binary<B>;
  /** 1 where a = b, else 0. */
  equal: Binary<B>;

  // ── reductions: x: [outer, length, inner], y: [outer, inner] ────────────────────────────────────────────────────────
  /** y = the sum over the middle axis. */
  sum: Reduction<B>;
  /** y = the largest element over the middle axis; NaN if one is NaN. */
  max: Reduction<B>;
  /** y = the index of the first largest element along the middle axis. */
  argMax: Reduction<B>;

  // ── rows: y, x: [rows, columns]; y may be x ─────────────────────────────────────────────────────────────────────────
  /** y = e^(x - max) / sum e^(x - max), row by row. */
  softmax(y: B, x: B, rows: number, columns: number): void;
  /** dx = y (dy - sum(dy y)). */
  softmaxGrad(dx: B, dy: B, y: B, rows: number, columns: number): void;
  /** y = x - max - ln sum e^(x - max). */
  logSoftmax(y: B, x: B, rows: number, columns: number): void;
  /** dx = dy - e^y sum(dy). */
  logSoftmaxGrad(dx: B, dy: B, y: B, rows: number, columns: number): void;

  // ── matrices and convolutions ───────────────────────────────────────────────────────────────────────────────────────
  /**
   * c[m,n] = activation(a[m,k] b[k,n] + bias[n]), `size.batch` times; transA reads a as [k,m], transB b as [n,k]. bias
   * may be absent.
   */
  gemm(c: B, a: B, b: B, bias: B | undefined, size: GemmSize, activation?: EpilogueActivation): void;
  /**
   * y[b,p,q,f] = activation(sum over r,s,c of x[b, p strideHeight + r dilationHeight - padTop, ..., c] kernel[r,s,c,f]
   * + bias[f]). x is 0 outside its borders. With groups, the filters of group g read only the channels of group g.
   */
  conv2d(y: B, x: B, kernel: B, bias: B | undefined, size: Conv2dSize, activation?: EpilogueActivation): void;
  /** The adjoint of conv2d in x. dx: the shape of x; dy: the shape of y. */
  conv2dGradInput(dx: B, dy: B, kernel: B, size: Conv2dSize): void;
  /** The adjoint of conv2d in the kernel. dKernel: the shape of kernel; dy: the shape of y. */
  conv2dGradFilter(dKernel: B, x: B, dy: B, size: Conv2dSize): void;
  /** y[b,p,q, c depthMultiplier + d] = activation(sum over r,s of x[b, ..., c] kernel[r,s,c,d] + bias). */
  depthwiseConv2d(
    y: B,
    x: B,
    kernel: B,
    bias: B | undefined,
    size: DepthwiseConv2dSize,
    activation?: EpilogueActivation,
  ): void;
  /** The adjoint of depthwiseConv2d in x. dx: the shape of x; dy: the shape of y. */
  depthwiseConv2dGradInput(dx: B, dy: B, kernel: B, size: DepthwiseConv2dSize): void;
  /** The adjoint of depthwiseConv2d in the kernel. dKernel: the shape of kernel; dy: the shape of y. */
  depthwiseConv2dGradFilter(dKernel: B, x: B, dy: B, size: DepthwiseConv2dSize): void;
  /** The largest value under each window; padding does not count. */
  maxPool2d(y: B, x: B, size: WindowSize): void;
  /** The adjoint of maxPool2d: dy is added to dx at the first largest value of each window, row by row. */
  maxPool2dGrad(dx: B, dy: B, x: B, size: WindowSize): void;

  // ── batch normalization: x: [outer, groups, inner, channels] ────────────────────────────────────────────────────────
  /** moments = [2, groups, channels]: mean, then biased variance, taken in two passes. */
  moments(moments: B, x: B, size: NormSize): void;
  /**
   * y = (x - mean) / sqrt(variance + epsilon) gamma + beta. moments: [2, groups, channels]; gamma, beta: [channels]. y
   * may be x.
   */
  batchNorm(y: B, x: B, moments: B, gamma: B, beta: B, epsilon: number, size: NormSize): void;
  /** sums = [2, groups, channels]: sum of dy, then of dy xHat, where xHat = (x - mean) / sqrt(variance + epsilon). */
  batchNormGradSums(sums: B, dy: B, x: B, moments: B, epsilon: number, size: NormSize): void;
  /**
   * dx = gamma / sqrt(variance + epsilon) (dy - sums0 / n - xHat sums1 / n), n = outer * inner, as the moments depend on x. dx
   * may be dy.
   */
  batchNormGrad(dx: B, dy: B, x: B, moments: B, gamma: B, sums: B, epsilon: number, size: NormSize): void;

  // ── the LSTM's gates ────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * One step of tanh / sigmoid gates. z = zx + zh: [rows, 4 units] holds the pre-activations i f g o of each row.
   * c' = f c + i g, h' = o tanh(c'). zh and c may be absent at the first step (zeros).
   * Rows in which `used`: [rows] is 0 keep c and h (zeros where absent): i = g = o = 0 and f = 1, whatever z is. Without
   * `used`, which may be absent, all rows are used, and h is not read.
   * states: [6, rows, units] = i f g o c' h' with `keep` (training, trace), else [2, rows, units] = c' h'.
   */
  lstmGates(
    states: B,
    zx: B,
    zh: B | undefined,
    c: B | undefined,
    h: B | undefined,
    used: B | undefined,
    keep: boolean,
    size: GateSize,
  ): void;
  /**
   * The gradient of `lstmGates`, from dh, dc (of h' and c'; dc may be absent) and the kept states [6, rows, units].
   * grads = dz [rows, 4 units], then the gradient of c [rows, units].
   */
  lstmGatesGrad(grads: B, dh: B, dc: B | undefined, states: B, c: B | undefined, size: GateSize): void;

  // ── the GRU's gates ─────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * One step of tanh / sigmoid gates. zx: [rows, 3 units] and zh: [rows, 3 units] hold the parts of input and state in the
   * pre-activations z r g of each row; h: [rows, units]. z = sigmoid(zx + zh), r = sigmoid(zx + zh), g = tanh(zx + r p),
   * where p is the third part of zh; h' = z h + (1 - z) g. Where p: [rows, units] is given, the reset gate took effect
   * before the product: zh is [rows, 2 units] and g = tanh(zx + p).
   * Rows in which `used`: [rows] is 0 keep h: z = r = 1 and g = 0, whatever zx is. `used` may be absent: all are used.
   * states: [5, rows, units] = z r g p h' with `keep` (training), else [rows, units] = h'.
   */
  gruGates(states: B, zx: B, zh: B, h: B, p: B | undefined, used: B | undefined, keep: boolean, size: GateSize): void;
  /**
   * The gradient of `gruGates`, from that of h', which is dh + more (`more` may be absent), and the kept states [5, rows,
   * units]. grads = dzx [rows, 3 units], then dzh [rows, 3 units], then the part of dh which does not pass zh [rows,
   * units]. With drh: [rows, units], the gradient of r h, the reset gate took effect before the product: dzh is [rows,
   * 2 units].
   */
  gruGatesGrad(grads: B, dh: B, more: B | undefined, states: B, h: B, drh: B | undefined, size: GateSize): void;

  // ── optimizer updates: w and its slots change in place; all [n] ─────────────────────────────────────────────────────
  /**
   * velocity = momentum velocity - lr g; w += velocity, or with Nesterov w += momentum velocity - lr g. Without momentum
   * there is no velocity.
   */
  sgd(w: B, velocity: B | undefined, g: B, step: SgdStep): void;
  /** m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2); w -= alpha m / (sqrt(v) + epsilon). */
  adam(w: B, m: B, v: B, g: B, step: AdamStep): void;
  /**
   * v = rho v + (1 - rho) g^2; u = lr g / sqrt(v + epsilon), with momentum u = buffer = momentum buffer + u; w -= u.
   */
  rmsprop(w: B, v: B, buffer: B | undefined, g: B, step: RmspropStep): void;
}

/** The state of a backend's memory. */
export interface MemoryInfo {
  /** The backend's name. */
  backend: string;
  /** Number of allocated buffers. */
  buffers: number;
  /** The bytes of allocated buffers and of values that the backend has derived from them. */
  usedBytes: number;
  /** Bytes that the backend has reserved from its host. */
  reservedBytes: number;
}

/** How a backend computes. */
export interface BackendInfo {
  /** The backend's name, with its build. */
  backend: string;
  /** The number of threads that large kernel calls are shared between, the caller included. */
  threads: number;
  /** Why there are not more threads; undefined where there are as many as were asked for. */
  reason?: string;
  /** Whether the other threads have started. They are started when they are first worth it; until then the caller computes alone. */
  started: boolean;
  /** Whether the memory is shared, as it is where there may be several threads. */
  shared: boolean;
}

/**
 * Kernels and the memory that they work on. The engine calls a backend through `launch` (launch.ts), which raises the
 * versions of roots. With these versions a backend may cache values that it derives from a buffer, such as packed
 * weights (derived.ts).
 */
export interface Backend<B extends Buffer> extends Kernels<B> {
  /** The name of the backend, for error messages and `memory()`. */
  readonly name: string;
  /**
   * Allocates a buffer of `length` elements with undefined contents. The `kind` "weight" means that the buffer will be
   * used for long and will seldom change.
   * @throws OutOfMemoryError when there is no memory left.
   */
  allocate(length: number, kind?: "weight"): B;
  /** Frees what `allocate` returned. */
  free(buffer: B): void;
  /**
   * Gives a view of `length` elements of a buffer from `offset` on, as an input of kernels, with the same root. A view is
   * never freed.
   */
  view(buffer: B, offset: number, length: number): B;
  /** Copies values from the host into a buffer. */
  write(buffer: B, values: ArrayLike<number>): void;
  /** Copies the elements to the host. */
  read(buffer: B): Promise<Float32Array | Float64Array>;
  /** Gives the state of the memory. */
  memory(): MemoryInfo;
  /**
   * Computes the kernel calls that `work` makes, without holding up the caller where threads compute them and the host forbids it to
   * wait, as on a page's main thread; elsewhere at once. `work` makes no other use of the buffers. If the program uses the backend
   * before the promise resolves, the calls are completed first, so that they seem to have been computed at once.
   */
  computeAsync?(work: () => void): Promise<void>;
  /** Says how the backend computes. */
  info?(): BackendInfo;
}
