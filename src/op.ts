/** Runs an op: allocates its output, calls its kernels, and records an entry on the tape. */
import { type InputGradients, record } from "./autograd/tape.js";
import type { AnyBackend, Buffer } from "./backend.js";
import { ArgumentError, kindOf, ShapeError, shapeText } from "./errors.js";
import type { Kernels } from "./kernels.js";
import { checkedSize, type Shape, sizeOf } from "./shape.js";
import { allocate, constantTensor, tensor, Tensor } from "./tensor.js";

export { type InputGradients, isRecording, record, stopGradient } from "./autograd/tape.js";
export type { Buffer } from "./backend.js";

/** The kernels of a backend, as ops call them; each call goes through `launch`. */
export type OpKernels = Kernels<Buffer>;

/** An operand of an op: a tensor, or a number, which is a scalar. */
export type Operand = Tensor | number;

/** Calls the kernels that fill y. */
export type Forward = (kernels: OpKernels, y: Buffer) => void;

/** The description of an op. */
export interface OpDefinition {
  /** The name of the op, for error messages. */
  name: string;
  /** The tensors that the output depends on. */
  inputs: readonly Tensor[];
  /** The output's shape; that of the first input by default. */
  shape?: Shape;
  /** Calls the kernels that fill y. */
  forward: Forward;
  /** Computes the gradients of the inputs from that of the output. An op without it passes no gradient. */
  backward?: (dy: Tensor, y: Tensor) => InputGradients;
  /** Tensors that `backward` reads besides the inputs and the output. */
  saved?: readonly Tensor[];
}

/**
 * Runs an op with one output.
 * @throws ArgumentError for what is no tensor, and when the inputs are on different backends.
 */
export function op({ name, inputs, shape, forward, backward, saved }: OpDefinition): Tensor {
  const y = compute(name, inputs, shape, forward);
  if (backward) record({ name, inputs, outputs: [y], backward: ([dy]) => backward(dy!, y) }, saved);
  return y;
}

/**
 * Runs kernels without recording them: for gradients, and for steps inside an op that is recorded as a whole.
 * @throws ArgumentError when the inputs are on different backends.
 */
export function compute(name: string, inputs: readonly Tensor[], shape: Shape | undefined, forward: Forward): Tensor {
  checkTensors(name, inputs);
  const [{ backend, shape: first }] = inputs;
  const y = allocate(shape ?? first, backend, name);
  try {
    forward(backend.kernels, y.buffer);
  } catch (error) {
    y.dispose();
    throw error;
  }
  return y;
}

/** Runs kernels without recording them, for a result of the shape of x, such as the gradient of x. */
export const computeLike = (x: Tensor, forward: Forward): Tensor => compute("gradient", [x], x.shape, forward);

/** Checks that a list is one of tensors of one backend. @throws ArgumentError */
export function checkTensors(name: string, list: readonly unknown[]): asserts list is readonly Tensor[] {
  let backend: AnyBackend | undefined;
  for (const x of Array.isArray(list) ? (list as unknown[]) : [undefined]) {
    if (!(x instanceof Tensor)) throw notTensor(name, x);
    backend ??= x.backend;
    if (x.backend === backend) continue;
    throw new ArgumentError(`${name}: tensors of two backends (${backend.name}, ${x.backend.name}); make them on one.`);
  }
}

/** Checks that x is a tensor of as many elements as a shape. @throws ShapeError */
export function checkSize(name: string, what: string, x: Tensor, shape: Shape): void {
  checkTensors(name, [x]);
  if (x.size === sizeOf(shape)) return;
  throw new ShapeError(`${name}: expected ${what} ${shapeText(shape)}, received ${shapeText(x.shape)}.`);
}

function notTensor(where: string, x: unknown): ArgumentError {
  const what = Array.isArray(x)
    ? "a list; a layer's call takes a list: call([x])"
    : `${kindOf(x)}${x instanceof Object ? "; in a graph call a layer, such as Add()" : ""}`;
  return new ArgumentError(`${where}: expected a tensor, received ${what}.`);
}

/** Gives the tensor of an operand; a number becomes a scalar on the backend of `like`, or by default on the current one. */
export function operandTensor(x: Operand, like?: Tensor): Tensor {
  if (x instanceof Tensor) return x;
  if (typeof x !== "number") throw notTensor("an operand", x);
  if (!like) return tensor(x);
  return constantTensor([], x, like.backend);
}

/**
 * Makes a tensor of another shape that shares the memory of x. It is not recorded.
 * @throws ShapeError when the numbers of elements differ.
 */
export function reshapeUntaped(name: string, x: Tensor, shape: Shape): Tensor {
  const size = checkedSize(name, shape);
  if (size !== x.size) {
    throw new ShapeError(`${name}: ${shapeText(x.shape)} has ${x.size} elements, ${shapeText(shape)} has ${size}.`);
  }
  return x.as(shape);
}
