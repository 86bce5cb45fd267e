/** Lets several watchers look at cells of one model during one pass: what `CallOptions.watch` is set to. */
import type { Layer } from "../layer.js";
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

/** Is shown a gate or state x: [batch, ...] under its name, and gives what the cell goes on with. */
export type Watch = (name: string, x: Tensor, place: Place) => Tensor;

/** For one pass: `watches[i]` looks at the cell of `targets[i]`; several of one cell are shown in turn what the one before gave. */
export function watcher(targets: readonly Target[], watches: readonly Watch[]): Watcher {
  const calls = new Map<object, number>();
  return {
    begin(layer, mask) {
      const cells = new Set<object>(targets.map(({ cell }) => cell).filter((cell) => holds(layer as Layer, cell)));
      if (cells.size === 0) return undefined;
      for (const cell of cells) calls.set(cell, (calls.get(cell) ?? -1) + 1);
      return (cell) => {
        const own = watches.filter((_, i) => targets[i].cell === cell);
        if (own.length === 0) return undefined;
        const call = calls.get(cell)!;
        return (name, x, step) => own.reduce((y, watch) => watch(name, y, { step, call, mask }), x);
      };
    },
    looksInside: (layer) => targets.some(({ around }) => around.includes(layer as Layer)),
  };
}

const holds = (layer: Layer, cell: Layer): boolean =>
  layer === cell || layer.sublayers.some((inner) => holds(inner, cell));
