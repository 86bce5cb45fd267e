/** How an op is made: inputs checked, memory taken, kernels called, an entry left on the tape. */
import { type InputGradients, record } from "./autograd/tape.js";
import type { AnyBackend, Buffer } from "./backend.js";
import { ArgumentError, ShapeError, shapeText } from "./errors.js";
import type { Kernels } from "./kernels.js";
import { type Shape, sizeOf } from "./shape.js";
import { allocate, filled, tensor, Tensor } from "./tensor.js";

export { type InputGradients, isRecording, record, stopGradient } from "./autograd/tape.js";
export type { Buffer } from "./backend.js";

/** What `compute` hands out: the backend's kernels, each behind the one door. */
export type OpKernels = Kernels<Buffer>;

/** What an op takes as an operand: numbers stand for scalars. */
export type Operand = Tensor | number;

/** Calls kernels that fill y. */
export type Forward = (kernels: OpKernels, y: Buffer) => void;

export interface OpDefinition {
  name: string;
  inputs: readonly Tensor[];
  /** The output's shape. */
  shape: Shape;
  /** Calls the kernels that fill y. */
  forward: Forward;
  /** Left out where nothing is to be learnt through the op. */
  backward?: (dy: Tensor, y: Tensor) => InputGradients;
  /** Tensors beside inputs and output that `backward` reads. */
  saved?: readonly Tensor[];
}

/** Runs an op with one output. */
export function op({ name, inputs, shape, forward, backward, saved }: OpDefinition): Tensor {
  const y = compute(name, inputs, shape, forward);
  if (backward) record({ name, inputs, outputs: [y], backward: ([dy]) => backward(dy!, y) }, saved);
  return y;
}

/** Runs kernels that no tape sees: the inside of gradients, and the parts that several ops are made of. */
export function compute(name: string, inputs: readonly Tensor[], shape: Shape, forward: Forward): Tensor {
  const backend = commonBackend(name, inputs);
  const y = allocate(shape, backend);
  try {
    forward(backend.kernels, y.buffer);
  } catch (error) {
    y.dispose();
    throw error;
  }
  return y;
}

function commonBackend(name: string, inputs: readonly Tensor[]): AnyBackend {
  const backend = inputs[0].backend;
  for (const x of inputs) {
    if (x.backend !== backend) {
      throw new ArgumentError(
        `${name}: tensors of two backends (${backend.name}, ${x.backend.name}); make them on one.`,
      );
    }
  }
  return backend;
}

/** The tensor of an operand; a number becomes a scalar on the backend of `like`, by default on the current one. */
export function operandTensor(x: Operand, like?: Tensor): Tensor {
  if (x instanceof Tensor) return x;
  if (!like) return tensor(x);
  return filled([], x, like.backend);
}

/** The memory of x under another shape: a tensor that shares it, unseen by the tape. */
export function reshaped(name: string, x: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== x.size) {
    throw new ShapeError(
      `${name}: ${shapeText(x.shape)} has ${x.size} elements, ${shapeText(shape)} has ${sizeOf(shape)}.`,
    );
  }
  return x.as(shape);
}
