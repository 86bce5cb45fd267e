/** Kernels as text, compiled by gpu.js on first use. */
import type { GPU, GPUVariableType, IKernelRunShortcut } from "gpu.js";
import type { GpujsBuffer } from "./buffer.js";

/**
 * One kernel. It is text because minifiers break kernels that gpu.js reads from a function.
 *
 * `body` returns one element of the output: the one at column `this.thread.x` of row `this.thread.y` of plane
 * `this.thread.z`. An input `x` is an array in which the buffer begins at `xAt`; `xGiven` is 0 when an optional input
 * is absent. Indices are written in full wherever they are used: gpu.js keeps whole numbers in arguments, threads and
 * loops, but turns local variables into floats, which are not exact beyond 2^24.
 */
export interface Shader<Input extends string, Count extends string, Factor extends string> {
  readonly inputs: readonly Input[];
  /** Whole numbers: sizes and strides. */
  readonly counts: readonly Count[];
  /** Numbers that need not be whole. */
  readonly factors: readonly Factor[];
  readonly body: string;
}

/**
 * The threads of a kernel, one for each element of the output. Three axes save most divisions, which shaders do in
 * floats.
 */
export interface Box {
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
}

/** Runs a shader: writes y from inputs and numbers. */
export type RunShader = <Input extends string, Count extends string, Factor extends string>(
  shader: Shader<Input, Count, Factor>,
  y: GpujsBuffer,
  box: Box,
  inputs: Readonly<Record<Input, GpujsBuffer | undefined>>,
  numbers: Readonly<Record<Count | Factor, number>>,
) => void;

type AnyShader = Shader<string, string, string>;

/** The argument of a shader for an absent input. */
const nothing: GpujsBuffer = { values: new Float32Array(1), offset: 0, length: 1 };

/** WebGL's shaders need a bound on loops; that of gpu.js is 1000 by default. */
const longestLoop = 2 ** 30;

/**
 * Makes a function that runs shaders on the gpu.js instance that `start` returns; `start` is called at the first run.
 */
export function shaderRunner(start: () => GPU): RunShader {
  let gpu: GPU | undefined;
  const compiled = new Map<AnyShader, IKernelRunShortcut>();
  return (shader, y, { planes, rows, columns }, inputs, numbers) => {
    if (planes * rows * columns === 0) return;
    let kernel = compiled.get(shader);
    if (!kernel) compiled.set(shader, (kernel = compile((gpu ??= start()), shader)));
    kernel.setOutput([columns, rows, planes]);
    const inputArguments = shader.inputs.flatMap((name) => {
      const { values, offset } = inputs[name] ?? nothing;
      return [values, offset, inputs[name] ? 1 : 0];
    });
    const result = kernel(...inputArguments, ...[...shader.counts, ...shader.factors].map((name) => numbers[name]));
    store(y, result as Float32Array[][], columns);
  };
}

function compile(gpu: GPU, { inputs, counts, factors, body }: AnyShader): IKernelRunShortcut {
  const types: [name: string, type: GPUVariableType][] = [
    ...inputs.flatMap((name): [string, GPUVariableType][] => [
      [name, "Array"],
      [`${name}At`, "Integer"],
      [`${name}Given`, "Integer"],
    ]),
    ...counts.map((name): [string, GPUVariableType] => [name, "Integer"]),
    ...factors.map((name): [string, GPUVariableType] => [name, "Float"]),
  ];
  const names = types.map(([name]) => name);
  const kernel = gpu.createKernel(`function (${names.join(", ")}) {${body}}`, {
    argumentTypes: Object.fromEntries(types),
    output: [1, 1, 1],
    dynamicOutput: true,
    dynamicArguments: true,
  });
  return kernel.setLoopMaxIterations(longestLoop);
}

/** Copies a result to y. As gpu.js returns new arrays, y may be an input too. */
function store(y: GpujsBuffer, result: Float32Array[][], columns: number): void {
  let at = y.offset;
  for (const plane of result) {
    for (const row of plane) {
      y.values.set(row, at);
      at += columns;
    }
  }
}
