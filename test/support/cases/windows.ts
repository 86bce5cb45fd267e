// Convolution and pooling.
import type { EpilogueActivation } from "../../../src/kernels.js";
import {
  type Conv2dSize,
  conv2dSize,
  type DepthwiseConv2dSize,
  depthwiseConv2dSize,
  type WindowOptions,
  type WindowSize,
  windowSize,
} from "../../../src/shape.js";
import { both, type Case, exact, integers, lazily, longSumOf, numbers, sumOf, type Tolerance } from "./case.js";
import { activationError, activations } from "./gemm.js";

const frame = [2, 10, 9]; // batch, height, width: a 5-tap window fits at dilation 2
const kernels = [[1, 1], [3, 3], [5, 5], [3, 2]]; // prettier-ignore
const strides = [[1, 1], [2, 2], [2, 1]]; // prettier-ignore
const dilations = [[1, 1], [2, 2], [1, 2]]; // prettier-ignore
const paddings = ["same", "valid"] as const;

interface Geometry extends WindowOptions {
  kernel: number[];
}

function* geometries(): Iterable<Geometry> {
  for (const kernel of kernels) {
    for (const stride of strides) {
      for (const dilation of dilations) {
        for (const padding of paddings) yield { kernel, strides: stride, dilation, padding };
      }
    }
  }
}

function* conv2dSizes(): Iterable<Conv2dSize> {
  const size = ({ kernel, ...options }: Geometry, channels: number, filters: number, groups = 1, x = frame) =>
    conv2dSize("test", [...x, channels], [...kernel, channels / groups, filters], { ...options, groups });
  for (const geometry of geometries()) {
    for (const [channels, filters] of [[1, 17], [3, 4], [4, 12], [5, 8], [8, 3], [12, 5], [17, 1]]) {
      yield size(geometry, channels, filters);
    }
    for (const [channels, filters, groups] of [[8, 4, 2], [4, 8, 4], [6, 9, 3]]) {
      yield size(geometry, channels, filters, groups);
    }
  }
  for (const channels of [1, 3, 4, 5, 8, 12, 17]) {
    for (const filters of [1, 3, 4, 5, 8, 12, 17]) {
      yield size({ kernel: [1, 1] }, channels, filters);
      yield size({ kernel: [3, 3], padding: "same" }, channels, filters);
    }
  }
  for (const x of [[1, 1, 1], [3, 1, 6], [1, 2, 2], [1, 33, 21]]) yield size({ kernel: [3, 3], padding: "same" }, 5, 6, 1, x);
  yield size({ kernel: [3, 3], padding: "same" }, 32, 40, 1, [1, 12, 16]);
  yield size({ kernel: [3, 3], padding: "same", strides: 2 }, 3, 24, 1, [1, 32, 30]);
  yield size({ kernel: [1, 1] }, 64, 72, 1, [1, 7, 7]);
  // No frame at all: gradients of kernels are zeros.
  for (const kernel of [[1, 1], [3, 3]]) yield size({ kernel, padding: "same" }, 4, 6, 2, [0, 4, 4]);
  yield* winogradSizes();
} // prettier-ignore

/**
 * Sizes that Winograd's minimal filtering is used for: tiles of both sides that stand out at every border, more channels and filters than
 * are transformed together, several blocks of tiles, of products and of groups, and an output smaller than a tile.
 */
export function* winogradSizes(): Iterable<Conv2dSize> {
  for (const padding of paddings) {
    for (const [x, channels, filters, groups] of [
      [[2, 10, 9], 8, 9, 1],
      [[1, 7, 8], 17, 19, 1],
      [[2, 5, 7], 16, 8, 1],
      [[1, 6, 11], 70, 12, 1],
      [[1, 8, 9], 16, 68, 1],
      [[3, 7, 7], 18, 32, 2],
      [[1, 26, 27], 8, 8, 1],
      [[1, 9, 9], 520, 9, 1],
      [[30, 4, 4], 12, 10, 1],
      // Gradients of kernels need more tiles.
      [[4, 12, 11], 70, 68, 1],
      [[3, 16, 15], 18, 38, 2],
      [[12, 9, 9], 9, 17, 1],
    ] as const) {
      yield conv2dSize("test", [...x, channels], [3, 3, channels / groups, filters], { padding, groups });
    }
  }
}

function* depthwiseSizes(): Iterable<DepthwiseConv2dSize> {
  const size = ({ kernel, ...options }: Geometry, channels: number, depthMultiplier = 1, x = frame) =>
    depthwiseConv2dSize("test", [...x, channels], [...kernel, channels, depthMultiplier], options);
  const channelCounts = [...Array.from({ length: 17 }, (_, i) => i + 1), 32, 40];
  for (const channels of channelCounts) {
    for (const padding of paddings) {
      for (const stride of [1, 2]) {
        yield size({ kernel: [3, 3], strides: stride, padding }, channels);
        yield size({ kernel: [3, 3], strides: stride, padding }, channels, 1, [1, 7, 8]);
      }
    }
  }
  for (const geometry of geometries()) for (const channels of [1, 4, 5, 8, 19]) yield size(geometry, channels);
  for (const channels of [1, 3, 4, 8]) {
    for (const geometry of geometries()) yield size(geometry, channels, 2);
  }
  yield size({ kernel: [3, 3], padding: "same" }, 8, 3);
  for (const multiplier of [1, 2]) yield size({ kernel: [3, 3], padding: "same" }, 5, multiplier, [0, 4, 4]);
  for (const x of [[1, 1, 1], [3, 1, 6], [1, 2, 2], [1, 3, 3], [1, 14, 14]]) {
    for (const stride of [1, 2]) yield size({ kernel: [3, 3], padding: "same", strides: stride }, 12, 1, x);
  }
} // prettier-ignore

const text = (s: WindowSize, filters: number, rest = "") =>
  `[${s.batch}, ${s.height}, ${s.width}, ${s.channels}] * [${s.kernelHeight}, ${s.kernelWidth}] -> ` +
  `[${s.outHeight}, ${s.outWidth}, ${filters}] strides ${s.strideHeight},${s.strideWidth} ` +
  `dilation ${s.dilationHeight},${s.dilationWidth} pad ${s.padTop},${s.padLeft}${rest}`;

const lengths = (s: WindowSize, filters: number) => ({
  x: s.batch * s.height * s.width * s.channels,
  y: s.batch * s.outHeight * s.outWidth * filters,
  taps: s.kernelHeight * s.kernelWidth,
  places: s.batch * s.outHeight * s.outWidth,
});

interface Forms<S> {
  sizes: () => Iterable<S>;
  /** Those worth timing, and more of them where the gradients would only take long to check. */
  timed: readonly S[];
  timedForward: readonly S[];
  filters: (size: S) => number;
  /** Elements of the kernel. */
  kernel: (size: S) => number;
  groups: (size: S) => number;
}

/** "same" padding, as in MobileNet and in ConvLSTM2D's recurrence. */
const timedConv2d = (x: number[], kernel: number, filters: number, strides = 1) =>
  conv2dSize("timed", x, [kernel, kernel, x[3], filters], { padding: "same", strides });
const timedDepthwise = (x: number[], strides = 1) =>
  depthwiseConv2dSize("timed", x, [3, 3, x[3], 1], { padding: "same", strides });

const full: Forms<Conv2dSize> = {
  sizes: conv2dSizes,
  timed: [
    timedConv2d([1, 14, 14, 512], 1, 512),
    timedConv2d([1, 56, 56, 64], 3, 64),
    timedConv2d([1, 224, 224, 3], 3, 32, 2),
    // ConvLSTM2D(16) in training: all inputs at once, and a step.
    timedConv2d([16, 32, 32, 1], 3, 64),
    timedConv2d([2, 32, 32, 16], 3, 64),
  ],
  // A step of ConvLSTM2D(256) on 7x7.
  timedForward: [timedConv2d([1, 5, 5, 256], 3, 1024)],
  filters: (s) => s.filters,
  kernel: (s) => (s.kernelHeight * s.kernelWidth * s.channels * s.filters) / s.groups,
  groups: (s) => s.groups,
};
const depthwise: Forms<DepthwiseConv2dSize> = {
  sizes: depthwiseSizes,
  timed: [timedDepthwise([1, 112, 112, 64]), timedDepthwise([1, 56, 56, 128], 2), timedDepthwise([1, 112, 112, 32])],
  timedForward: [],
  filters: (s) => s.channels * s.depthMultiplier,
  kernel: (s) => s.kernelHeight * s.kernelWidth * s.channels * s.depthMultiplier,
  groups: (s) => s.channels,
};

/** How a timed case is called: kernel, input, filters where they are not the channels, stride where it is not 1. */
function timedName(s: WindowSize, filters: number): string {
  const frames = `${s.batch > 1 ? `${s.batch}x` : ""}${s.height}x${s.width}x${s.channels}`;
  const to = filters === s.channels && "depthMultiplier" in s ? "" : `->${filters}`;
  return `${s.kernelHeight}x${s.kernelWidth} ${frames}${to}${s.strideHeight > 1 ? ` stride ${s.strideHeight}` : ""}`;
}

type Name = "conv2d" | "depthwiseConv2d";

/** The options of a small case, which a timed case does not have. */
type Allowed = (terms: number, run: Case["run"]) => Tolerance;

const forwardCase = <S extends WindowSize>(
  name: Name,
  { filters, kernel, groups }: Forms<S>,
  size: S,
  withBias: boolean,
  activation: EpilogueActivation,
  allowed: Allowed = sumOf,
): Case => {
  const n = lengths(size, filters(size));
  const terms = (n.taps * size.channels) / groups(size);
  const scale = activation === "linear" ? 1 : 4 / Math.sqrt(terms);
  const linear: Case["run"] = (k, y, [x, w, bias]) => k[name](y, x, w, bias, size as never);
  return lazily({
    name: text(size, filters(size), `${groups(size) > 1 ? ` groups ${groups(size)}` : ""}${withBias ? " bias" : ""} ${activation}`),
    length: n.y,
    inputs: () => {
      const inputs = [numbers(n.x, 1), numbers(kernel(size), 2, scale)];
      return withBias ? [...inputs, numbers(filters(size), 3)] : inputs;
    },
    run: (k, y, [x, w, bias]) => k[name](y, x, w, bias, size as never, activation),
    tolerance: both(allowed(terms + 1, linear), activationError(activation)),
  });
}; // prettier-ignore

/** Every size without an epilogue; one after the other, with and without bias, the activations. */
const forward = <S extends WindowSize>(name: Name, forms: Forms<S>) =>
  function* (): Iterable<Case> {
    let turn = 0;
    for (const size of forms.sizes()) {
      yield forwardCase(name, forms, size, false, "linear");
      yield forwardCase(name, forms, size, turn % 4 !== 0, activations[turn++ % activations.length]);
    }
  };

const gradInputCase = <S extends WindowSize>(
  name: `${Name}GradInput`,
  { filters, kernel, groups }: Forms<S>,
  size: S,
  allowed: Allowed = sumOf,
): Case => {
  const n = lengths(size, filters(size));
  const run: Case["run"] = (k, dx, [dy, w]) => k[name](dx, dy, w, size as never);
  return lazily({
    name: text(size, filters(size), ` groups ${groups(size)}`),
    length: n.x,
    inputs: () => [numbers(n.y, 1), numbers(kernel(size), 2)],
    run,
    tolerance: allowed((n.taps * filters(size)) / groups(size), run),
  });
};

const gradFilterCase = <S extends WindowSize>(
  name: `${Name}GradFilter`,
  { filters, kernel, groups }: Forms<S>,
  size: S,
  allowed: Allowed = sumOf,
): Case => {
  const n = lengths(size, filters(size));
  const run: Case["run"] = (k, dw, [x, dy]) => k[name](dw, x, dy, size as never);
  return lazily({
    name: text(size, filters(size), ` groups ${groups(size)}`),
    length: kernel(size),
    inputs: () => [numbers(n.x, 1), numbers(n.y, 2)],
    run,
    tolerance: allowed(n.places, run),
  });
};

const mapped = <T>(list: () => Iterable<T>, make: (one: T) => Case) =>
  function* (): Iterable<Case> {
    for (const one of list()) yield make(one);
  };

export const convolutions = {
  conv2d: forward("conv2d", full),
  conv2dGradInput: mapped(full.sizes, (size) => gradInputCase("conv2dGradInput", full, size)),
  conv2dGradFilter: mapped(full.sizes, (size) => gradFilterCase("conv2dGradFilter", full, size)),
  depthwiseConv2d: forward("depthwiseConv2d", depthwise),
  depthwiseConv2dGradInput: mapped(depthwise.sizes, (size) =>
    gradInputCase("depthwiseConv2dGradInput", depthwise, size),
  ),
  depthwiseConv2dGradFilter: mapped(depthwise.sizes, (size) =>
    gradFilterCase("depthwiseConv2dGradFilter", depthwise, size),
  ),
};

/** The three kernels of a convolution, at the sizes that are timed. */
function timedConvolutions<N extends Name, S extends WindowSize>(name: N, forms: Forms<S>) {
  const cases = (make: (size: S) => Case, weights: number[], more: readonly S[] = []) =>
    mapped(
      () => [...forms.timed, ...more],
      (size) => Object.assign(make(size), { name: timedName(size, forms.filters(size)), weights }),
    );
  const [input, filter] = [`${name}GradInput`, `${name}GradFilter`] as const;
  return {
    [name]: cases((size) => forwardCase(name, forms, size, false, "linear", longSumOf), [1], forms.timedForward),
    [input]: cases((size) => gradInputCase(input, forms, size, longSumOf), [1]),
    [filter]: cases((size) => gradFilterCase(filter, forms, size, longSumOf), []),
  } as Record<N | `${N}GradInput` | `${N}GradFilter`, () => Iterable<Case>>;
}

function* poolSizes(): Iterable<WindowSize> {
  for (const kernel of [[1, 1], [2, 2], [3, 3], [3, 2], [10, 9]] as const) {
    for (const strides of [[1, 1], [2, 2], [3, 1]]) {
      for (const padding of paddings) {
        for (const channels of [1, 3, 4, 5, 8, 17]) yield windowSize("test", [...frame, channels], kernel, { strides, padding });
      }
    }
  }
  // Windows all of whose taps lie in the padding.
  for (const channels of [1, 5]) yield windowSize("test", [1, 1, 4, channels], [2, 2], { dilation: 2, padding: "same" });
} // prettier-ignore

/** All below 0, so that padding shows if it counts; many equal. */
const poolInput = (n: number) => integers(n, 1, 6).map((value) => value - 9);

function maxPoolCase(size: WindowSize): Case {
  const n = lengths(size, size.channels);
  const run: Case["run"] = (k, y, [x]) => k.maxPool2d(y, x, size);
  return lazily({
    name: text(size, size.channels),
    length: n.y,
    inputs: () => [poolInput(n.x)],
    run,
    tolerance: exact,
  });
}

export function* maxPool2d(): Iterable<Case> {
  for (const size of poolSizes()) {
    yield maxPoolCase(size);
    const poisoned = poolInput(lengths(size, size.channels).x);
    poisoned[poisoned.length >> 1] = NaN;
    yield { ...maxPoolCase(size), name: `${text(size, size.channels)} NaN`, inputs: [poisoned] };
  }
}

function maxPoolGradCase(size: WindowSize): Case {
  const n = lengths(size, size.channels);
  return lazily({
    name: text(size, size.channels),
    length: n.x,
    inputs: () => [numbers(n.y, 2), poolInput(n.x)],
    run: (k, dx, [dy, x]) => k.maxPool2dGrad(dx, dy, x, size),
    // The absolutes of the inputs have their largest elements elsewhere: each dx is the sum of at most `taps` of dy.
    tolerance: () => () => n.taps * n.taps * 2 ** -24,
  });
}

export const maxPool2dGrad = mapped(poolSizes, maxPoolGradCase);

const timedPool = windowSize("timed", [1, 112, 112, 64], [2, 2], { strides: 2 });
const timedPoolName = { name: "2x2 112x112x64 stride 2" };
export const timedWindows = {
  ...timedConvolutions("conv2d", full),
  ...timedConvolutions("depthwiseConv2d", depthwise),
  maxPool2d: () => [Object.assign(maxPoolCase(timedPool), timedPoolName)],
  maxPool2dGrad: () => [Object.assign(maxPoolGradCase(timedPool), timedPoolName)],
};
