/** Masks of inputs and outputs: `[batch, time]`, 1 for time steps that count and 0 for the others. */
import { ArgumentError, kindsOf } from "../errors.js";
import { maximum, reshape } from "../ops/index.js";
import { Tensor } from "../tensor.js";
import { toList } from "./lists.js";

export const isMask = (mask: unknown): boolean => mask === undefined || mask instanceof Tensor;

/** The masks that a call is given. @throws ArgumentError for what is none. */
export function givenMasks(where: string, mask: unknown): (Tensor | undefined)[] {
  const list = toList(mask) as (Tensor | undefined)[];
  if (list.every(isMask)) return list;
  throw new ArgumentError(`${where}: mask ${kindsOf(list)}; expected a tensor [batch, time] for each input.`);
}

/** Gives tensors with these masks; a tensor that already has its mask is returned itself. */
export const withMasks = (xs: Tensor[], masks: readonly (Tensor | undefined)[]): Tensor[] =>
  xs.map((x, i) => {
    const mask = masks[i];
    if (!mask || x.mask === mask) return x;
    const y = reshape(x, x.shape);
    y.mask = mask.as(mask.shape);
    return y;
  });

/**
 * Gives the mask of tensors that are joined element by element, as in Keras: a time step counts where it counts for one
 * of them. There is no mask if one of them has none.
 */
export const commonMask = (masks: readonly (Tensor | undefined)[]): Tensor | undefined =>
  masks.every((mask) => mask !== undefined) ? masks.reduce((a, b) => maximum(a, b)) : undefined;
