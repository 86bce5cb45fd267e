/** Penalties on what layers give: calls of layers leave them here while somebody asks for them. */
import type { Tensor } from "./tensor.js";

/** Where they go; undefined while nobody asks. */
export let penalties: Tensor[] | undefined;

/** `use` of what `work` gives and of the penalties that its calls of layers left. */
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
