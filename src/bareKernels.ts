/**
 * The kernels without the engine, for programs that time or test them: subpath `zoetrope/kernels`. docs/kernels.md
 * describes each kernel.
 */
import { provideGradients } from "./backends/wasm/gradients/provide.js";
import { backendOf } from "./backends/wasm/index.js";
import { load, type WasmOptions } from "./backends/wasm/module.js";
import { ArgumentError, checkOptions, shown } from "./errors.js";
import type { Buffer, Kernels, MemoryInfo } from "./kernels.js";
import { bytesOf, type KernelArguments, type KernelName, kernelNames, rowOf } from "./kernelTable.js";
import { withLaunch, write } from "./launch.js";

export type { WasmOptions } from "./backends/wasm/module.js";
export type { AdamStep, Buffer, EpilogueActivation, Kernels, MemoryInfo, RmspropStep, SgdStep } from "./kernels.js";
export { type KernelArguments, type KernelName, kernelNames, type KernelRow, type AnyKernelRow, rowOf, type Sized, type Use } from "./kernelTable.js"; // prettier-ignore
export {
  type BroadcastSize,
  broadcastSize,
  type Conv2dSize,
  conv2dSize,
  type DepthwiseConv2dSize,
  depthwiseConv2dSize,
  flatSize,
  type GateSize,
  type GemmSize,
  gemmSize,
  type NormSize,
  type Padding,
  type PartialShape,
  type ReduceSize,
  reduceSize,
  type Shape,
  type StridedSize,
  type WindowOptions,
  type WindowSize,
  windowSize,
} from "./shape.js";

/** The kernels of one wasm build, with a memory that no tensor shares. */
export interface OpenKernels {
  /** The build, such as "wasm (relaxed SIMD)". */
  readonly name: string;
  /** The part of a matrix product that the kernel holds in registers: rows of the result, and its columns. */
  readonly tile: { readonly rows: number; readonly columns: number };
  /**
   * Every kernel, as docs/kernels.md describes it. A call whose buffers are too small for its sizes, or were freed, is
   * an ArgumentError and changes nothing.
   */
  readonly kernels: Kernels<Buffer>;
  /** The same without these checks, for timing: with wrong sizes it reads and writes other buffers of this memory. */
  readonly unchecked: Kernels<Buffer>;
  /**
   * Allocates a buffer: of these values, or of a number of elements with unknown contents. What a matrix kernel makes of
   * a "weight", such as its packed panels, is kept until the weight is written.
   * @throws OutOfMemoryError when there is no memory left.
   */
  allocate(valuesOrLength: ArrayLike<number> | number, kind?: "weight"): Buffer;
  /** Writes all elements of a buffer. @throws ArgumentError when there are more or fewer values than elements. */
  write(buffer: Buffer, values: ArrayLike<number>): void;
  /** Copies the elements of a buffer to the host. */
  read(buffer: Buffer): Promise<Float32Array>;
  /** Frees a buffer. @throws ArgumentError when it is not of this memory, or was freed. */
  free(buffer: Buffer): void;
  /** The number of buffers, and the bytes used and reserved. */
  memory(): MemoryInfo;
}

const openOptions: readonly (keyof WasmOptions)[] = ["module", "relaxed", "wide", "winograd", "maxMemoryBytes"];

/**
 * Starts a wasm build of the kernels, apart from that of the engine.
 *
 * @param options As those of `init`, but for `wasm`: which build, and how much memory. By default the build with relaxed
 * SIMD where the JavaScript engine has it.
 * @throws ArgumentError when an option is not allowed or not possible here; LoadError when the kernels cannot be
 * compiled.
 * @example
 * const { kernels, allocate, read } = openKernels({ relaxed: false });
 * const [a, b, c] = [allocate([1, 2, 3, 4]), allocate([5, 6, 7, 8]), allocate(4)];
 * kernels.gemm(c, a, b, undefined, gemmSize(2, 2, 2));
 * console.log(await read(c)); // 19, 22, 43, 50
 */
export function openKernels(options: WasmOptions = {}): OpenKernels {
  checkOptions("openKernels", options, openOptions);
  provideGradients();
  const loaded = load({ ...options, threads: 1 });
  const backend = backendOf(loaded, options.winograd);
  const unchecked = withLaunch(backend as never);
  const live = new Set<Buffer>();
  const checkLive = (where: string, buffer: Buffer) => {
    if (live.has(buffer)) return;
    throw new ArgumentError(`${where}: a buffer that is not of this memory, or was freed; expected one of allocate().`);
  };
  return {
    name: loaded.name,
    tile: { rows: loaded.constants.TILE_ROWS, columns: loaded.constants.PANEL },
    kernels: withChecks(unchecked, checkLive),
    unchecked,
    allocate(valuesOrLength, kind) {
      const values = typeof valuesOrLength === "number" ? undefined : valuesOrLength;
      const length = values?.length ?? (valuesOrLength as number);
      if (!(Number.isSafeInteger(length) && length >= 0)) {
        throw new ArgumentError(`allocate: received ${shown(valuesOrLength)}; expected values, or a whole number from 0.`);
      }
      const buffer = backend.allocate(length, kind);
      live.add(buffer);
      if (values) write(backend as never, buffer, values);
      return buffer;
    },
    write(buffer, values) {
      checkLive("write", buffer);
      if (values.length !== buffer.length) {
        throw new ArgumentError(`write: ${values.length} values for a buffer of ${buffer.length}; expected as many.`);
      }
      write(backend as never, buffer, values);
    },
    async read(buffer) {
      checkLive("read", buffer);
      return (await backend.read(buffer as never)) as Float32Array;
    },
    free(buffer) {
      checkLive("free", buffer);
      live.delete(buffer);
      backend.free(buffer as never);
    },
    memory: () => backend.memory(),
  };
} // prettier-ignore

/** The kernels with a check of their buffers before each call. */
function withChecks(kernels: Kernels<Buffer>, checkLive: (where: string, buffer: Buffer) => void): Kernels<Buffer> {
  const checked = (kernel: KernelName) => {
    const { buffers, elements } = rowOf(kernel);
    const run = kernels[kernel] as (...call: readonly unknown[]) => void;
    return (...call: readonly unknown[]) => {
      const names = Object.entries(buffers);
      names.forEach(([name, use], i) => {
        if (call[i] === undefined && use.endsWith("?")) return;
        checkLive(`${kernel}: ${name}`, call[i] as Buffer);
      });
      elements(...call).forEach((expected, i) => {
        const buffer = call[i] as Buffer | undefined;
        if (!buffer || buffer.length >= expected) return;
        throw new ArgumentError(
          `${kernel}: ${names[i][0]} has ${buffer.length} elements; expected at least ${expected} for these sizes.`,
        );
      });
      run(...call);
    };
  };
  return Object.fromEntries(kernelNames.map((kernel) => [kernel, checked(kernel)])) as unknown as Kernels<Buffer>;
}

/** What a kernel call costs, by the kernel table. */
export interface KernelCost {
  /** Products that are summed: a matrix product of [m, k] and [k, n] has m k n. 0 for elementwise kernels. */
  readonly multiplyAdds: number;
  /** Bytes read and written, each buffer once; one that is changed in place twice. */
  readonly bytes: number;
  /** Parts of the output that can be computed on their own. */
  readonly rows: number;
  /** Parts into which the sums of a row are cut. */
  readonly parts: number;
}

/**
 * What a call costs. It computes nothing.
 *
 * @param kernel The name of a kernel.
 * @param call Its arguments. Of buffers only the length counts: `{ length: 6 }` will do.
 * @throws ArgumentError when there is no such kernel.
 * @example
 * const sized = { length: 512 * 512 };
 * costOf("gemm", sized, sized, sized, undefined, gemmSize(512, 512, 512)).multiplyAdds; // 134217728
 */
export function costOf<K extends KernelName>(kernel: K, ...call: KernelArguments<K>): KernelCost {
  if (!kernelNames.includes(kernel)) {
    throw new ArgumentError(`costOf: there is no kernel ${shown(kernel)}; expected one of ${kernelNames.join(", ")}.`);
  }
  const { rows, parts, macs } = rowOf(kernel);
  return {
    multiplyAdds: macs?.(...call) ?? 0,
    bytes: bytesOf(kernel, call),
    rows: rows(...call),
    parts: parts?.(...call) ?? 1,
  };
}
