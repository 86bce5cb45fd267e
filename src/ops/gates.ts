import type { Tensor } from "../tensor.js";
import type { See } from "../watch.js";
import { slice } from "./move.js";

/** The part of one gate among `count` that stand side by side along the last axis; `length` neighbours if more are wanted. */
export function gatePart(x: Tensor, gate: number, count: number, length = 1): Tensor {
  const lead = x.shape.slice(0, -1);
  const units = x.shape.at(-1)! / count;
  return slice(x, [...lead.map(() => 0), gate * units], [...lead, length * units]);
}

/** What a step of a cell shows its gates and states by default: nobody. */
export const unseen: See = (_name, x) => x;
