import { ShapeError, shapeText } from "../errors.js";
import { checkTensors } from "../op.js";
import type { Tensor } from "../tensor.js";
import type { StepHook } from "../watch.js";
import { slice } from "./move.js";

/** Slices one of `count` gates, which are concatenated along the last axis; with `length`, that many neighbouring gates. */
export function gatePart(x: Tensor, gate: number, count: number, length = 1): Tensor {
  checkTensors("gates", [x]); // a layer has none before it is called
  const lead = x.shape.slice(0, -1);
  const units = x.shape.at(-1)! / count;
  if (!Number.isInteger(units) || units < 1) {
    throw new ShapeError(`gates: expected [..., ${count} units], received ${shapeText(x.shape)}.`);
  }
  return slice(x, [...lead.map(() => 0), gate * units], [...lead, length * units]);
}

/** The hook of a cell that is not watched: it returns every tensor unchanged. */
export const noHook: StepHook = (_name, x) => x;
