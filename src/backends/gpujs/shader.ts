/** Kernels as text, compiled by gpu.js when they are first run. */
import type { GPU, GPUVariableType, IKernelRunShortcut } from "gpu.js";
import type { GpujsBuffer } from "./buffer.js";

/**
 * One kernel. It is text because a minifier breaks kernels that are read from a function.
 *
 * `body` computes one element of the output, that at column `this.thread.x` of row `this.thread.y` of plane
 * `this.thread.z`, and returns it. An input `x` is an array that the buffer begins in at `xAt`; `xGiven` is 0 where an
 * optional one was left out. Places in arrays are said in full wherever they are needed: gpu.js keeps whole numbers whole
 * in arguments, threads and loops, but makes floats of local variables, and floats cannot count beyond 2^24.
 */
export interface Shader<Input extends string, Count extends string, Factor extends string> {
  readonly inputs: readonly Input[];
  /** Whole numbers: sizes and strides. */
  readonly counts: readonly Count[];
  readonly factors: readonly Factor[];
  readonly body: string;
}

/** What a kernel writes: a box of threads, one an element. Three axes spare the kernels most divisions, which shaders do in floats. */
export interface Box {
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
}

export type RunShader = <Input extends string, Count extends string, Factor extends string>(
  shader: Shader<Input, Count, Factor>,
  y: GpujsBuffer,
  box: Box,
  inputs: Readonly<Record<Input, GpujsBuffer | undefined>>,
  numbers: Readonly<Record<Count | Factor, number>>,
) => void;

type AnyShader = Shader<string, string, string>;

/** Every shader must read something where an input was left out. */
const nothing: GpujsBuffer = { values: new Float32Array(1), offset: 0, length: 1 };

/** Shaders of WebGL want a bound on loops; gpu.js stops at 1000 turns unless told otherwise. */
const longestLoop = 2 ** 30;

/** Runs shaders on the gpu.js instance that `start` gives; it is called at the first run. */
export function shaderRunner(start: () => GPU): RunShader {
  let gpu: GPU | undefined;
  const compiled = new Map<AnyShader, IKernelRunShortcut>();
  return (shader, y, { planes, rows, columns }, inputs, numbers) => {
    if (planes * rows * columns === 0) return;
    let kernel = compiled.get(shader);
    if (!kernel) compiled.set(shader, (kernel = compile((gpu ??= start()), shader)));
    kernel.setOutput([columns, rows, planes]);
    const given = shader.inputs.flatMap((name) => {
      const { values, offset } = inputs[name] ?? nothing;
      return [values, offset, inputs[name] ? 1 : 0];
    });
    const result = kernel(...given, ...[...shader.counts, ...shader.factors].map((name) => numbers[name]));
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

/** gpu.js returns arrays of its own, so that an output may be an input too. */
function store(y: GpujsBuffer, result: Float32Array[][], columns: number): void {
  let at = y.offset;
  for (const plane of result) {
    for (const row of plane) {
      y.values.set(row, at);
      at += columns;
    }
  }
}
