/** Penalties on the outputs of layers: calls of layers collect them here during a `withPenalties` call. */
import type { Tensor } from "./tensor.js";

/** Collects the penalties during a `withPenalties` call; undefined outside. */
export let penalties: Tensor[] | undefined;

/**
 * Returns `use` of the result of `work` and of the penalties that the calls of layers in it added. Disposes the
 * penalties.
 */
export function withPenalties<T, R>(work: () => T, use: (result: T, penalties: readonly Tensor[]) => R): R {
  const outer = penalties;
  const own: Tensor[] = (penalties = []);
  try {
    return use(work(), own);
  } finally {
    penalties = outer;
    for (const penalty of own) penalty.dispose();
  }
}
