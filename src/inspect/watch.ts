/** Makes the value of `ComputeOptions.watch` for one forward pass: it calls a function with each gate and state of the watched cells. */
import type { Layer } from "../layer.js";
import type { RecurrentLayer } from "../layers/recurrent.js";
import { reshape, slice } from "../ops/index.js";
import { where } from "../ops/where.js";
import type { Tensor } from "../tensor.js";
import type { Watcher } from "../watch.js";
import type { Target } from "./find.js";

/** The cell, the time step and the call in which a tensor was computed. */
export interface Place {
  cell: object;
  /** The time step in the sequence that the layer was given, also where it is read from its end. */
  step: number;
  /** The number of the call of the cell in this pass, from 0. */
  call: number;
  /** [batch, time] of 1 and 0, where the layer has one. */
  mask: Tensor | undefined;
}

/**
 * A function that receives a gate or state x [batch, ...] with its name, and returns the tensor with which the cell continues. At a masked
 * time step it receives the state before the step.
 */
export type Watch = (name: string, x: Tensor, place: Place) => Tensor;

/** Makes a watcher for one pass, which calls `watch` with what the cells of the targets compute. */
export function watcher(targets: readonly Target[], watch: Watch): Watcher {
  const calls = new Map<object, number>();
  const isWatched = (cell: object) => targets.some((target) => target.cell === cell);
  const watchesInside = (layer: object): boolean => isWatched(layer) || (layer as Layer).sublayers.some(watchesInside);
  return {
    watchesInside,
    begin(layer, time, mask) {
      if (!watchesInside(layer)) return undefined;
      let step = 0;
      return {
        begin: (t) => void (step = (layer as RecurrentLayer).goBackwards ? time - 1 - t : t),
        hookFor(cell) {
          if (!isWatched(cell)) return undefined;
          const call = calls.get(cell) ?? 0;
          calls.set(cell, call + 1);
          return (name, x, before) => {
            const shown = before && mask ? where(column(mask, step), x, before) : x;
            return watch(name, shown, { cell, step, call, mask });
          };
        },
      };
    },
  };
}

const column = (mask: Tensor, step: number): Tensor =>
  reshape(slice(mask, [0, step], [mask.shape[0], 1]), [mask.shape[0]]);
