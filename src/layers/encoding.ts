/** Class numbers as vectors. */
import { ShapeError, shapeText, unknownName } from "../errors.js";
import { equal, max, multiply, reshape, sum } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { allocate, type Tensor, tensor } from "../tensor.js";

/**
 * How numbers are given: as they are ("int"), as a vector of 0 and 1 for each ("one_hot"), as one of 0 and 1 for all of a
 * sample ("multi_hot"), or how often each comes in a sample ("count").
 */
export type OutputMode = "int" | "one_hot" | "multi_hot" | "count";

const modes: readonly string[] = ["int", "one_hot", "multi_hot", "count"];

/** Gives the option back; "binary" is an old name of "multi_hot". @throws ArgumentError */
export function readMode(label: string, mode: string, allowed: readonly string[] = modes): OutputMode {
  const word = mode === "binary" ? "multi_hot" : mode;
  if (allowed.includes(word)) return word as OutputMode;
  throw unknownName(label, "outputMode", mode, allowed);
}

/** Whether the vectors of a sample's numbers become one. */
const isJoined = (mode: OutputMode): boolean => mode === "multi_hot" || mode === "count";

/** Gives the shape of encoded numbers. @throws ShapeError where there is no axis of numbers to join. */
export function encodedShape(label: string, x: PartialShape, mode: OutputMode, depth: number): PartialShape {
  if (mode === "int") return x;
  if (isJoined(mode)) {
    if (x.length >= 2) return [x[0], ...x.slice(2), depth];
    throw new ShapeError(`${label}: expected [batch, numbers], received ${shapeText(x)}.`);
  }
  return [...withoutLastOne(x), depth];
}

const withoutLastOne = <S extends PartialShape>(x: S): S => (x.length > 1 && x.at(-1) === 1 ? x.slice(0, -1) : x) as S;

/**
 * Encodes numbers. Those that are below 0, not below `depth` or not whole have no place in a vector.
 * @param weights how much each number counts, in the shape of x; 1 by default.
 */
export function encode(x: Tensor, mode: OutputMode, depth: number, weights?: Tensor): Tensor {
  if (mode === "int") return x;
  const shape = isJoined(mode) ? x.shape : withoutLastOne(x.shape);
  // Memory that is not there is missed before as many places are counted.
  allocate([...shape, depth], x.backend, "encode").dispose();
  const places = tensor(Float32Array.from({ length: depth }, (_, i) => i));
  const vectors = equal(reshape(x, [...shape, 1]), places);
  if (mode === "one_hot") return vectors;
  if (mode === "multi_hot") return max(vectors, 1);
  return sum(weights ? multiply(vectors, reshape(weights, [...shape, 1])) : vectors, 1);
}
