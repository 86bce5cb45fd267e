/** Building an ONNX graph, operation by operation. */
import type { PartialShape, Shape } from "../../shape.js";
import type { Variable } from "../../tensor.js";
import type { Attribute, Constant, Node } from "./proto.js";

/** A tensor of the graph that is an input or output of a layer. */
export interface Value {
  readonly name: string;
  /** The shape as layers have it, [batch, ..., channels]; null for a size that is only known when the graph runs. */
  readonly shape: PartialShape;
  /**
   * The axis of the channels in the graph's tensor; the other axes keep their order. Layers have the channels last,
   * ONNX's convolutions right after the batch; a Transpose is added only where an operation needs another order than
   * its input has.
   */
  readonly channels: number;
  /** The mask, [batch, time]: 1 for time steps that count, 0 for all others. */
  readonly mask?: Value | undefined;
  /** In a graph for one time step: whether axis 1 is time, of length 1. */
  readonly isSequence?: boolean | undefined;
}

/** A part of a shape: sizes, or the sizes of a tensor on the axes `from` to `to` (exclusive). */
export type ShapePart = readonly number[] | { of: string; from: number; to: number };

/** Collects the operations and constants of a graph. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Constant>();
  /** The path of the current layer, with which the names of added operations begin. */
  layer = "";
  readonly #names = new Map<string, number>();
  /** Names of constants by their owner and kind. */
  readonly #made = new Map<unknown, Map<string, string>>();
  /** Names of transposed tensors by the tensor and the order of axes. */
  readonly #moved = new Map<string, string>();

  /** @param values the values of all weights. */
  constructor(
    readonly opset: number,
    readonly values: ReadonlyMap<Variable, Float32Array>,
  ) {}

  /** Makes a name that is not used yet: `preferred`, or `preferred` with a number after it. */
  unique(preferred: string): string {
    const times = this.#names.get(preferred) ?? 0;
    this.#names.set(preferred, times + 1);
    return times === 0 ? preferred : this.unique(`${preferred}_${times}`);
  }

  /** Adds an operation and returns the name of its result. An undefined input is left out. */
  op(type: string, inputs: readonly (string | undefined)[], attributes: Record<string, Attribute> = {}): string {
    return this.ops(type, inputs, attributes, [true])[0];
  }

  /**
   * Adds an operation with several results and returns their names.
   * @param used which of the results are used; the name of the others is "".
   */
  ops(
    type: string,
    inputs: readonly (string | undefined)[],
    attributes: Record<string, Attribute>,
    used: readonly boolean[],
  ): string[] {
    const name = this.unique(`${this.layer}/${type}`);
    const outputs = used.map((isUsed, i) => (isUsed ? (i === 0 ? name : this.unique(`${name}.${i}`)) : ""));
    const given = inputs.map((input) => input ?? "");
    while (given.at(-1) === "") given.pop();
    this.nodes.push({ type, name, inputs: given, outputs, attributes });
    return outputs;
  }

  // ── constants ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #once(owner: unknown, what: string, make: () => { name: string; constant: Constant }): string {
    const made = this.#made.get(owner) ?? new Map<string, string>();
    this.#made.set(owner, made);
    const known = made.get(what);
    if (known !== undefined) return known;
    const { name, constant } = make();
    const own = this.unique(name);
    this.constants.set(own, constant);
    made.set(what, own);
    return own;
  }

  /**
   * A weight as a constant, which is stored once however often it is used.
   * @param what the name of the change that `change` makes to the values; none by default.
   */
  weight(
    variable: Variable,
    shape: Shape = variable.shape,
    what = "",
    change: (data: Float32Array) => Float32Array = (data) => data,
    name = variable.name,
  ): string {
    return this.#once(variable, what, () => {
      return { name, constant: { shape, data: change(this.values.get(variable)!) } };
    });
  }

  /** Floats as a constant. */
  floats(data: ArrayLike<number>, shape: Shape = [data.length]): string {
    const text = `${Array.from(data).join(" ")} [${shape.join(" ")}]`;
    return this.#once("floats", text, () => ({ name: "constant", constant: { shape, data: Float32Array.from(data) } }));
  }

  /** One float as a constant without axes. */
  scalar(value: number): string {
    return this.floats([value], []);
  }

  /** 64-bit integers as a constant. */
  ints(data: readonly number[], shape: Shape = [data.length]): string {
    const values = BigInt64Array.from(data, BigInt);
    return this.#once("ints", `${data.join(" ")} [${shape.join(" ")}]`, () => ({
      name: "integers",
      constant: { shape, data: values },
    }));
  }

  // ── layout ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The value with its channels on the given axis. */
  withChannelsAt(value: Value, channels: number): Value {
    if (value.channels === channels) return value;
    const order = value.shape.map((_, axis) => axis).filter((axis) => axis !== value.channels);
    order.splice(channels, 0, value.channels);
    return { ...value, channels, name: this.transpose(value.name, order) };
  }

  /** A tensor with its axes in another order. The same tensor and order give the same operation. */
  transpose(name: string, perm: readonly number[]): string {
    const made = this.#moved.get(`${name} ${perm.join(" ")}`) ?? this.op("Transpose", [name], { perm });
    this.#moved.set(`${name} ${perm.join(" ")}`, made);
    return made;
  }

  /** The value with its channels last, as layers have them. */
  channelsLast(value: Value): Value {
    return this.withChannelsAt(value, Math.max(0, value.shape.length - 1));
  }

  /** A tensor as a value. @param channels the axis of its channels, the last one by default. */
  value(name: string, shape: PartialShape, channels = Math.max(0, shape.length - 1)): Value {
    return { name, shape, channels };
  }

  /** A shape as a tensor. */
  shape(parts: readonly ShapePart[]): string {
    const names = parts.map((part) =>
      "of" in part
        ? this.op("Slice", [this.op("Shape", [part.of]), this.ints([part.from]), this.ints([part.to])])
        : this.ints(part),
    );
    return names.length === 1 ? names[0] : this.op("Concat", names, { axis: 0 });
  }

  /** `x` in another shape. @param parts of the same shape, for one with more than one null. */
  reshape(x: string, shape: PartialShape, parts: () => readonly ShapePart[]): string {
    const unknown = shape.filter((size) => size === null).length;
    const target = unknown > 1 ? this.shape(parts()) : this.ints(shape.map((size) => size ?? -1));
    return this.op("Reshape", [x, target]);
  }

  squeeze(x: string, axis: number): string {
    return this.op("Squeeze", [x, this.ints([axis])]);
  }

  unsqueeze(x: string, axis: number): string {
    return this.op("Unsqueeze", [x, this.ints([axis])]);
  }

  split(x: string, axis: number, sizes: readonly number[]): string[] {
    return this.ops("Split", [x, this.ints(sizes)], { axis }, sizes.map(() => true)); // prettier-ignore
  }

  /** Mean, maximum, minimum or sum over axes, which are kept with size 1 if `keepdims`. */
  reduce(
    type: "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceSum",
    x: string,
    axes: readonly number[],
    keepdims: boolean,
  ): string {
    const flag = { keepdims: keepdims ? 1 : 0 };
    // The axes of a sum have been an input before those of the others.
    return this.opset < 18 && type !== "ReduceSum"
      ? this.op(type, [x], { axes, ...flag })
      : this.op(type, [x, this.ints(axes)], flag);
  }
}

/** The shape of the graph's tensor, in the order of its axes. */
export function tensorShape({ shape, channels }: Value): PartialShape {
  if (shape.length === 0) return shape;
  const sizes = shape.slice(0, -1);
  return [...sizes.slice(0, channels), shape.at(-1)!, ...sizes.slice(channels)];
}

/** Values of a shape with the axes in another order. */
export function transposeValues(values: Float32Array, shape: Shape, order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const result = new Float32Array(values.length);
  const index = new Array<number>(sizes.length).fill(0);
  let place = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[place];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      place += steps[axis];
      if (++index[axis] < sizes[axis]) break;
      place -= steps[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return result;
}
