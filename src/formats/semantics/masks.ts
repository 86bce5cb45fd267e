/** Masks as in other versions than Keras 3.4 to 3.15, whose masks are those of the layers themselves. */
import type { ComputeOptions, Layer } from "../../layer.js";
import type { BidirectionalLayer, ConcatenateLayer, TimeDistributedLayer } from "../../layers/index.js";
import type { RecurrentLayer } from "../../layers/recurrent.js";
import { concat, max, minimum, reshape } from "../../ops/index.js";
import { normalizeAxis } from "../../shape.js";
import { ones, type Tensor } from "../../tensor.js";
import { callWithoutMasks, dropMask, replaceMethods } from "./replace.js";

/** A time step counts where it counts for all tensors that have a mask; values are joined as if there were none. */
export function joinAll(layer: Layer): void {
  callWithoutMasks(layer);
  replaceMethods(layer, {
    computeMask(_xs, masks) {
      const given = masks.filter((mask) => mask !== undefined);
      return given.length > 0 ? [given.reduce((a, b) => minimum(a, b))] : [];
    },
  });
}

/** Values are joined as if there were no masks, and the result has none. */
export function joinNone(layer: Layer): void {
  callWithoutMasks(layer);
  dropMask(layer);
}

/** The same as `joinAll` for Concatenate, which joins masks along the time axis if it joins tensors along it. */
export function concatenateAll(layer: Layer): void {
  replaceMethods(layer, {
    computeMask(xs, masks) {
      if (!masks.some((mask) => mask)) return [];
      const all = xs.map((x, i) => masks[i] ?? ones(x.shape.slice(0, 2)));
      const axis = normalizeAxis(layer.label, (layer as ConcatenateLayer).axis, xs[0].shape.length);
      return [axis === 1 ? concat(all, 1) : all.reduce((a, b) => minimum(a, b))];
    },
  });
}

/** The result has the mask of the layer inside; if that has none, the one that came in, as `[batch, time]`. */
export function takeInnerMask(given: Layer): void {
  const wrapper = given as TimeDistributedLayer;
  replaceMethods(wrapper, {
    call([x]: Tensor[], options: ComputeOptions): Tensor[] {
      const [batch, time, ...frame] = x.shape;
      const [mask] = options.masks;
      const timeSteps = wrapper.statistics === "step" ? options.timeSteps * time : options.timeSteps;
      const masks = [mask && reshape(mask, [batch * time, ...mask.shape.slice(2)])];
      const inside = { ...options, masks, timeSteps, frames: options.frames! * time };
      const frames = wrapper.layer.compute([reshape(x, [batch * time, ...frame])], inside);
      const rest = mask && (mask.shape.length > 2 ? max(mask, restOfAxes(mask)) : mask);
      return frames.map((y) => {
        const whole = reshape(y, [batch, time, ...y.shape.slice(1)]);
        const own = y.mask ? reshape(y.mask, [batch, time, ...y.mask.shape.slice(1)]) : rest;
        whole.mask = own?.as(own.shape);
        return whole;
      });
    },
    computeMask: () => [],
  });
}

const restOfAxes = ({ shape }: Tensor): number[] => shape.map((_, axis) => axis).slice(2);

/** At a masked step both directions give their last output again, where Keras from 2.4 has zeros. */
export function repeatOutputs(layer: Layer): void {
  for (const child of (layer as BidirectionalLayer).sublayers) (child as RecurrentLayer).zeroOutputForMask = false;
}
