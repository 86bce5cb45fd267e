/** Replacing methods of one layer: what files of others mean costs nothing in a bundle that reads none. */
import type { Layer } from "../../layer.js";
import type { Tensor } from "../../tensor.js";

type Methods = Partial<Pick<Layer, "call" | "computeMask" | "getConfig">>;

/** Gives a layer methods of its own, which its class does not share. */
export function replaceMethods(layer: Layer, methods: Methods): void {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(layer, name, { value, configurable: true, writable: true });
  }
}

/** Calls a layer as if none of its inputs had a mask. Its `computeMask` still has them. */
export function callWithoutMasks(layer: Layer, isMeant: (x: Tensor) => boolean = () => true): void {
  const usual = layer.call.bind(layer);
  replaceMethods(layer, {
    call: (xs, options) => usual(xs, isMeant(xs[0]) ? { ...options, masks: xs.map(() => undefined) } : options),
  });
}

/** Results of a layer have no mask. */
export const dropMask = (layer: Layer): void => replaceMethods(layer, { computeMask: () => [] });
