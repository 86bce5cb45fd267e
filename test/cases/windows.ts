// Convolution and pooling.
import type { EpilogueActivation } from "../../src/kernels.js";
import {
  type Conv2dSize,
  conv2dSize,
  type DepthwiseConv2dSize,
  depthwiseConv2dSize,
  type WindowOptions,
  type WindowSize,
  windowSize,
} from "../../src/shape.js";
import { both, type Case, exact, integers, numbers, sumOf } from "./case.js";
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
} // prettier-ignore

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
  filters: (size: S) => number;
  /** Elements of the kernel. */
  kernel: (size: S) => number;
  groups: (size: S) => number;
}

const full: Forms<Conv2dSize> = {
  sizes: conv2dSizes,
  filters: (s) => s.filters,
  kernel: (s) => (s.kernelHeight * s.kernelWidth * s.channels * s.filters) / s.groups,
  groups: (s) => s.groups,
};
const depthwise: Forms<DepthwiseConv2dSize> = {
  sizes: depthwiseSizes,
  filters: (s) => s.channels * s.depthMultiplier,
  kernel: (s) => s.kernelHeight * s.kernelWidth * s.channels * s.depthMultiplier,
  groups: (s) => s.channels,
};

type Name = "conv2d" | "depthwiseConv2d";

/** Every size without an epilogue; one after the other, with and without bias, the activations. */
const forward = <S extends WindowSize>(name: Name, { sizes, filters, kernel, groups }: Forms<S>) =>
  function* (): Iterable<Case> {
    let turn = 0;
    for (const size of sizes()) {
      yield forwardCase(size, false, "linear");
      yield forwardCase(size, turn % 4 !== 0, activations[turn++ % activations.length]);
    }

    function forwardCase(size: S, withBias: boolean, activation: EpilogueActivation): Case {
      const n = lengths(size, filters(size));
      const terms = (n.taps * size.channels) / groups(size);
      const scale = activation === "linear" ? 1 : 4 / Math.sqrt(terms);
      const inputs = [numbers(n.x, 1), numbers(kernel(size), 2, scale)];
      const linear: Case["run"] = (k, y, [x, w, bias]) => k[name](y, x, w, bias, size as never);
      return {
        name: text(size, filters(size), `${groups(size) > 1 ? ` groups ${groups(size)}` : ""}${withBias ? " bias" : ""} ${activation}`),
        length: n.y,
        inputs: withBias ? [...inputs, numbers(filters(size), 3)] : inputs,
        run: (k, y, [x, w, bias]) => k[name](y, x, w, bias, size as never, activation),
        tolerance: both(sumOf(terms + 1, linear), activationError(activation)),
      };
    } // prettier-ignore
  };

const gradInput = <S extends WindowSize>(name: `${Name}GradInput`, { sizes, filters, kernel, groups }: Forms<S>) =>
  function* (): Iterable<Case> {
    for (const size of sizes()) {
      const n = lengths(size, filters(size));
      const run: Case["run"] = (k, dx, [dy, w]) => k[name](dx, dy, w, size as never);
      yield {
        name: text(size, filters(size), ` groups ${groups(size)}`),
        length: n.x,
        inputs: [numbers(n.y, 1), numbers(kernel(size), 2)],
        run,
        tolerance: sumOf((n.taps * filters(size)) / groups(size), run),
      };
    }
  };

const gradFilter = <S extends WindowSize>(name: `${Name}GradFilter`, { sizes, filters, kernel, groups }: Forms<S>) =>
  function* (): Iterable<Case> {
    for (const size of sizes()) {
      const n = lengths(size, filters(size));
      const run: Case["run"] = (k, dw, [x, dy]) => k[name](dw, x, dy, size as never);
      yield {
        name: text(size, filters(size), ` groups ${groups(size)}`),
        length: kernel(size),
        inputs: [numbers(n.x, 1), numbers(n.y, 2)],
        run,
        tolerance: sumOf(n.places, run),
      };
    }
  };

export const convolutions = {
  conv2d: forward("conv2d", full),
  conv2dGradInput: gradInput("conv2dGradInput", full),
  conv2dGradFilter: gradFilter("conv2dGradFilter", full),
  depthwiseConv2d: forward("depthwiseConv2d", depthwise),
  depthwiseConv2dGradInput: gradInput("depthwiseConv2dGradInput", depthwise),
  depthwiseConv2dGradFilter: gradFilter("depthwiseConv2dGradFilter", depthwise),
};

function* poolSizes(): Iterable<WindowSize> {
  for (const kernel of [[1, 1], [2, 2], [3, 3], [3, 2], [10, 9]] as const) {
    for (const strides of [[1, 1], [2, 2], [3, 1]]) {
      for (const padding of paddings) {
        for (const channels of [1, 3, 4, 5, 8, 17]) yield windowSize("test", [...frame, channels], kernel, { strides, padding });
      }
    }
  }
} // prettier-ignore

/** All below 0, so that padding shows if it counts; many equal. */
const poolInput = (n: number) => integers(n, 1, 6).map((value) => value - 9);

export function* maxPool2d(): Iterable<Case> {
  for (const size of poolSizes()) {
    const n = lengths(size, size.channels);
    const run: Case["run"] = (k, y, [x]) => k.maxPool2d(y, x, size);
    yield { name: text(size, size.channels), length: n.y, inputs: [poolInput(n.x)], run, tolerance: exact };
    const poisoned = poolInput(n.x);
    poisoned[n.x >> 1] = NaN;
    yield { name: `${text(size, size.channels)} NaN`, length: n.y, inputs: [poisoned], run, tolerance: exact };
  }
}

export function* maxPool2dGrad(): Iterable<Case> {
  for (const size of poolSizes()) {
    const n = lengths(size, size.channels);
    const run: Case["run"] = (k, dx, [dy, x]) => k.maxPool2dGrad(dx, dy, x, size);
    const inputs = [numbers(n.y, 2), poolInput(n.x)];
    // The absolutes of the inputs have their largest elements elsewhere: each dx is the sum of at most `taps` of dy.
    const tolerance: Case["tolerance"] = () => () => n.taps * n.taps * 2 ** -24;
    yield { name: text(size, size.channels), length: n.x, inputs, run, tolerance };
  }
}
