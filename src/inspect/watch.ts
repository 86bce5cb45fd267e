/**
 * Runs a model with some of its cells watched. While it runs, these cells have methods of their own over those of their class: one
 * step after the other in place of the fused op. Elsewhere, and afterwards, nothing is different from a model that was never watched.
 */
import type { CallOptions, OneOrMany } from "../layer.js";
import type { GatedCell } from "../layers/gatedCell.js";
import { where } from "../ops/where.js";
import { reshape, slice } from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import { type See, seenRun } from "./cells.js";
import type { Target } from "./find.js";

/**
 * Sees x: [batch, ...], a gate or state, and gives what the cell goes on with. `step` is the place in the sequence that the layer was
 * given, also where that is read from its end. `mask`: [batch, time] of 1 and 0, where there is one.
 */
export type Watch = (name: string, x: Tensor, at: { step: number; call: number; mask: Tensor | undefined }) => Tensor;

export function watching<T>(targets: readonly Target[], watches: readonly Watch[], work: () => T): T {
  const undo: (() => void)[] = [];
  const shadow: Shadow = (object, name, method) => {
    const own = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { value: method, configurable: true });
    undo.push(() => {
      delete (object as Record<string, unknown>)[name];
      if (own) Object.defineProperty(object, name, own);
    });
  };
  const groups = new Map<GatedCell, { target: Target; all: Watch[] }>();
  targets.forEach((target, i) => {
    const group = groups.get(target.cell);
    if (group) group.all.push(watches[i]);
    else groups.set(target.cell, { target, all: [watches[i]] });
  });
  try {
    for (const { target, all } of groups.values()) {
      watchCell(target, (name, x, at) => all.reduce((y, watch) => watch(name, y, at), x), shadow);
    }
    return work();
  } finally {
    for (const restore of undo.reverse()) restore();
  }
}

type Shadow = (object: object, name: string, method: (...args: any[]) => unknown) => void;

function watchCell({ cell, layer, around }: Target, watch: Watch, shadow: Shadow): void {
  let call = -1;
  let steps = 0;
  let mask: Tensor | undefined;
  const usual = layer.call;
  shadow(layer, "call", (x: OneOrMany<Tensor>, options: CallOptions) => {
    call++;
    steps = [x].flat()[0].shape[1];
    mask = [options.mask].flat()[0];
    return usual.call(layer, x, options);
  });
  shadow(cell, "fused", () => undefined);
  shadow(cell, "begin", () => {
    let next = 0;
    let step = 0;
    const see: See = (name, x, before) =>
      watch(name, before && mask ? where(column(mask, step), x, before) : x, { step, call, mask });
    const run = seenRun(cell, see);
    return {
      project: run.project,
      step: (z: Tensor, states: Tensor[]) => {
        step = layer.goBackwards ? steps - 1 - next : next;
        next++;
        return run.step(z, states);
      },
    };
  });
  // TimeDistributed splits many frames into groups; here all are one call.
  for (const { layer: inner } of around) shadow(inner, "largestOutput", () => 0);
}

const column = (mask: Tensor, step: number): Tensor =>
  reshape(slice(mask, [0, step], [mask.shape[0], 1]), [mask.shape[0]]);
