/** Lets several functions look at cells of one model during one pass: what `ComputeOptions.watch` is set to. */
import type { Layer } from "../layer.js";
import type { RecurrentLayer } from "../layers/recurrent.js";
import { where } from "../ops/where.js";
import { reshape, slice } from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import type { Watcher } from "../watch.js";
import type { Target } from "./find.js";

/** Where in a pass a tensor was computed. */
export interface Place {
  /** The place in the sequence that the layer was given, also where it is read from its end. */
  step: number;
  /** Which call of the layer in this pass, from 0. */
  call: number;
  /** [batch, time] of 1 and 0, where the layer has one. */
  mask: Tensor | undefined;
}

/**
 * Is shown a gate or state x: [batch, ...] under its name, and returns what the cell goes on with. A state over a masked step is shown as
 * it was before.
 */
export type Watch = (name: string, x: Tensor, place: Place) => Tensor;

/** For one pass: `watches[i]` looks at the cell of `targets[i]`. Of several for one cell, each is shown what the one before returned. */
export function watcher(targets: readonly Target[], watches: readonly Watch[]): Watcher {
  const calls = new Map<object, number>();
  return {
    begin(layer, time, mask) {
      const cells = new Set<object>(targets.map(({ cell }) => cell).filter((cell) => holds(layer as Layer, cell)));
      if (cells.size === 0) return undefined;
      for (const cell of cells) calls.set(cell, (calls.get(cell) ?? -1) + 1);
      let step = 0;
      return {
        begin: (t) => void (step = (layer as RecurrentLayer).goBackwards ? time - 1 - t : t),
        see(cell) {
          if (!cells.has(cell)) return undefined;
          const own = watches.filter((_, i) => targets[i].cell === cell);
          const call = calls.get(cell)!;
          return (name, x, before) => {
            const shown = before && mask ? where(column(mask, step), x, before) : x;
            return own.reduce((y, watch) => watch(name, y, { step, call, mask }), shown);
          };
        },
      };
    },
    looksInside: (layer) => targets.some(({ around }) => around.includes(layer as Layer)),
  };
}

const holds = (layer: Layer, cell: Layer): boolean =>
  layer === cell || layer.sublayers.some((inner) => holds(inner, cell));

const column = (mask: Tensor, step: number): Tensor =>
  reshape(slice(mask, [0, step], [mask.shape[0], 1]), [mask.shape[0]]);
