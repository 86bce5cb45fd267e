/** `model.plan(shape)`: what `predict` runs for inputs of a shape, to be read and timed. */
import { getBackend } from "../backend.js";
import { ArgumentError, checkNumber, checkOptions, ShapeError } from "../errors.js";
import { bytesOf, type KernelName } from "../kernelTable.js";
import { checkedSize, type Conv2dSize, type DepthwiseConv2dSize, type GemmSize, type Shape } from "../shape.js";
import { resumableScope, withOwnScopes } from "../scope.js";
import { asTensor, type HostArray, Tensor, zeros } from "../tensor.js";
import type { Plan } from "./plan.js";
import type { Plans } from "./plans.js";
import { peakMeter } from "./peak.js";
import { macsOf, type Row } from "./row.js";

/** A kernel call of a plan. */
export interface PlanRow {
  /** The name of the kernel. */
  readonly kernel: string;
  /** The layers that it comes from, as "outer/inner"; several where the calls of several layers were joined. */
  readonly layers: readonly string[];
  /** The sizes of the call as text: of products those of x, of the weights and of the result, else that of the result. */
  readonly sizes: string;
  /** The multiply-adds of sums of products; 0 for other kernels. */
  readonly macs: number;
  /** The bytes that it reads and writes. */
  readonly bytes: number;
}

/** A kernel call of a plan, with the time that it took. */
export interface TimedRow extends PlanRow {
  /** Milliseconds, the median of several runs. */
  readonly ms: number;
  /** Billions of multiplications and additions a second; 0 for kernels without sums of products. */
  readonly gflops: number;
  /** The fraction of the profile's `peak`; absent where that is, and for kernels without sums of products. */
  readonly ofPeak?: number;
  /** The fraction of the time of all rows. */
  readonly share: number;
}

/** The times of the rows of a plan. */
export class PlanProfile {
  constructor(
    /** The rows, in order. */
    readonly rows: readonly TimedRow[],
    /**
     * The most that the threads of the backend could do, in GFLOP/s: the speed of a loop on one core that only multiplies and
     * adds in registers, times their number. It was measured between the runs. Undefined for backends without WebAssembly.
     */
    readonly peak?: number,
  ) {}

  /** The sum of the times of all rows, in milliseconds. */
  get ms(): number {
    return this.rows.reduce((sum, { ms }) => sum + ms, 0);
  }

  /** The sums of the times of the rows of each layer, in milliseconds, the longest first; joined rows count for all their layers together. */
  get layers(): readonly { readonly layers: readonly string[]; readonly ms: number }[] {
    const sums = new Map<string, { layers: readonly string[]; ms: number }>();
    for (const { layers, ms } of this.rows) {
      const key = layers.join();
      sums.set(key, { layers, ms: (sums.get(key)?.ms ?? 0) + ms });
    }
    return [...sums.values()].sort((a, b) => b.ms - a.ms);
  }

  /** Gives a table of the rows as text. */
  toString(): string {
    const cells = this.rows.map((row) => [
      ...cellsOf(row),
      ...[
        row.ms.toFixed(3),
        row.gflops.toFixed(1),
        row.ofPeak === undefined ? "" : `${(100 * row.ofPeak).toFixed(0)} %`,
      ],
      `${(100 * row.share).toFixed(1)} %`,
    ]);
    return tableOf([...titles, "ms", "GFLOP/s", "of peak", "time"], cells);
  }
}

/** What `predict` runs for inputs of a shape: one row for each kernel call. */
export class ModelPlan {
  readonly #plan: Plan;
  readonly #plans: Plans;
  /** Whether a run leaves no tensors with layers and frees none of theirs. */
  readonly #isRepeatable: boolean;

  /** @internal Use `model.plan(shape)`. */
  constructor(plans: Plans, plan: Plan, isRepeatable: boolean) {
    this.#plans = plans;
    this.#plan = plan;
    this.#isRepeatable = isRepeatable;
  }

  /** The layer because of which no plan is kept, as it does something else in each call; undefined for most models. */
  get odd(): string | undefined {
    return this.#plan.odd;
  }

  /** The kernel calls, in order. */
  get rows(): readonly PlanRow[] {
    return this.#plan.steps.map(({ row }) => rowOf(row));
  }

  /** The multiply-adds of all rows. */
  get macs(): number {
    return this.#plan.macs;
  }

  /** The bytes of what is computed from weights alone, once, and kept for all runs. */
  get constantBytes(): number {
    return this.#plan.constants.reduce((sum, { length }) => sum + 4 * length, 0);
  }

  /** Gives a table of the rows as text. */
  toString(): string {
    const total = `${this.rows.length} rows, ${millions(this.macs)} M multiply-adds, ${megabytes(this.constantBytes)} MB of constants`;
    const why = this.odd === undefined ? "" : `\nNot kept: ${this.odd} does something else in each call.`;
    return `${tableOf(titles, this.rows.map(cellsOf))}\n${total}${why}\n`; // prettier-ignore
  }

  /**
   * Runs the plan several times on inputs of its shapes, and gives the time of each row. States and variables of layers
   * are as before afterwards. Between the runs the peak of the machine is measured, which takes some 30 ms each time. Backends that compute asynchronously are not timed rightly.
   * @param x the input, or a list of the inputs; zeros by default.
   * @param options `runs`: how often the plan runs, 5 by default, after a run that is not timed.
   * @throws ShapeError where the inputs are not those of the plan; ArgumentError for unknown options, and where layers keep
   * or free tensors in each call.
   * @example
   * console.log(String(await (await model.plan([1, 224, 224, 3])).profile()));
   */
  async profile(
    x?: Tensor | HostArray | readonly (Tensor | HostArray)[],
    options: { runs?: number } = {},
  ): Promise<PlanProfile> {
    checkOptions("profile", options, ["runs"]);
    const runs = checkNumber("profile", "runs", options.runs ?? 5, "a whole number from 1");
    if (!this.#isRepeatable) {
      throw new ArgumentError("profile: a layer keeps or frees tensors in each call; time predict itself.");
    }
    const times: number[][] = this.#plan.steps.map(() => []);
    const { threads } = this.#plan.backend.info();
    const meter = peakMeter(this.#plan.backend.name);
    let peak: number | undefined;
    for (let run = 0; run <= runs; run++) {
      const work = withOwnScopes(resumableScope(this.#runOnce(x)));
      for (const each of times) {
        const began = performance.now();
        work.next();
        if (run > 0) each.push(performance.now() - began);
      }
      // Ended before its end, a run leaves the states of stateful layers as they were.
      work.return([]);
      if (meter) peak = threads * meter();
      await new Promise((resolve) => setTimeout(resolve)); // so that other work gets its turn
    }
    const ms = times.map(median);
    const all = ms.reduce((sum, time) => sum + time, 0);
    const rows = this.rows.map((row, i): TimedRow => {
      const gflops = ms[i] > 0 ? (2 * row.macs) / ms[i] / 1e6 : 0;
      const ofPeak = peak !== undefined && gflops > 0 && { ofPeak: gflops / peak };
      return { ...row, ms: ms[i], gflops, ...ofPeak, share: all > 0 ? ms[i] / all : 0 };
    });
    return new PlanProfile(rows, peak);
  }

  *#runOnce(x: Tensor | HostArray | readonly (Tensor | HostArray)[] | undefined) {
    const plan = this.#plan;
    const given = x === undefined ? plan.inputs.map(({ length }) => zeros([length])) : [x].flat();
    const inputs = given.map((each) => (isWhole(each) ? asTensor(each) : undefined));
    plan.inputs.forEach((slot, i) => {
      if (inputs.length === plan.inputs.length && inputs[i]?.size === slot.length) return;
      const wanted = plan.inputs.map(({ length }) => length).join(", ");
      throw new ShapeError(`profile: expected inputs of ${wanted} elements, received ${given.map(String).join(", ")}.`);
    });
    return yield* this.#plans.runPlan(plan, inputs as Tensor[]);
  }
}

const isWhole = (x: unknown): x is Tensor | HostArray =>
  x instanceof Tensor || (ArrayBuffer.isView((x as HostArray)?.data) && Array.isArray((x as HostArray).shape));

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Gives the plan of a model for inputs of these shapes. @throws ShapeError where it does not take them. */
export async function planView(where: string, plans: Plans, shapes: readonly Shape[]): Promise<ModelPlan> {
  for (const shape of shapes) checkedSize(where, shape);
  const inputs = shapes.map((shape) => ({ shape, mask: undefined, backend: getBackend(), dtype: "float32" as const }));
  for (let call = 1; ; call++) {
    const plan = plans.planFor(inputs, true);
    const isRepeatable = plan.kept.size + plan.freed.length === 0;
    if (!isRepeatable) runToEnd(plans, plan, shapes); // so that what layers have made in this call gets its values
    // In their first call some layers make weights, which the next one finds.
    if (isRepeatable || call > 1) return new ModelPlan(plans, plan, isRepeatable);
  }
}

/** Runs a plan once, on zeros. */
function runToEnd(plans: Plans, plan: Plan, shapes: readonly Shape[]): void {
  const work = function* () {
    return yield* plans.runPlan(plan, shapes.map(zeros)); // prettier-ignore
  };
  const run = withOwnScopes(resumableScope(work()));
  let step = run.next();
  while (!step.done) step = run.next();
  for (const y of step.value) y.dispose();
}

// ── text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const titles = ["kernel", "layers", "sizes", "M multiply-adds", "MB"];
const millions = (n: number): string => (n / 1e6).toFixed(2);
const megabytes = (n: number): string => (n / 1e6).toFixed(2);
const cellsOf = ({ kernel, layers, sizes, macs, bytes }: PlanRow): string[] => [
  ...[kernel, namesOf(layers), sizes, macs > 0 ? millions(macs) : "", megabytes(bytes)],
];

/** The layers without the names of the models around all of them. */
function namesOf(layers: readonly string[]): string {
  const [first, ...others] = [...new Set(layers)].map((layer) => layer.split("/"));
  if (!first) return "";
  return [first.slice(1).join("/") || first[0], ...others.map((parts) => parts.at(-1)!)].join(" + ");
}

function tableOf(heads: readonly string[], lines: readonly string[][]): string {
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((line) => line[i].length)));
  const isText = (i: number) => i < 3;
  const text = (line: readonly string[]) =>
    line.map((cell, i) => (isText(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ").trimEnd(); // prettier-ignore
  return [heads, ...lines].map(text).join("\n");
}

function rowOf(row: Row): PlanRow {
  const { kernel, layers, args } = row;
  const isKernel = kernel !== "write" && kernel !== "read";
  const bytes = isKernel ? bytesOf(kernel as KernelName, args) : 4 * (args[0] as { length: number }).length;
  return { kernel: nameOf(row), layers, sizes: sizesOf(row), macs: macsOf(row), bytes };
}

function nameOf({ kernel, args }: Row): string {
  const activation = typeof args[5] === "string" && args[5] !== "linear" ? `, ${args[5]}` : "";
  const bias = ["gemm", "conv2d", "depthwiseConv2d"].includes(kernel) && args[3] ? ", bias" : "";
  return kernel + bias + activation;
}

function sizesOf({ kernel, args }: Row): string {
  const by = (...sizes: number[]) => sizes.join("x");
  if (kernel === "gemm") {
    const { batch, m, k, n } = args[4] as GemmSize;
    return `${batch > 1 ? `${batch} of ` : ""}${by(m, k)} * ${by(k, n)}`;
  }
  if (kernel === "conv2d" || kernel === "depthwiseConv2d") {
    const s = args[4] as Conv2dSize & DepthwiseConv2dSize;
    const filters = kernel === "conv2d" ? s.filters : s.channels * s.depthMultiplier;
    const strides = s.strideHeight * s.strideWidth > 1 ? ` / ${by(s.strideHeight, s.strideWidth)}` : "";
    return `${by(s.batch, s.height, s.width, s.channels)} * ${by(s.kernelHeight, s.kernelWidth)}${strides} = ${by(s.batch, s.outHeight, s.outWidth, filters)}`;
  }
  return String((args[0] as { length: number }).length);
}
