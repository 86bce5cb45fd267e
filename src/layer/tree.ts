/** Layers and the layers inside of them. */
import type { Layer } from "../layer.js";
import { RandomStream } from "../random.js";

/** A layer and all layers inside, in the order of the tree; each once, also where it lies inside of several. */
export function layersIn(root: Layer, met = new Set<Layer>()): Layer[] {
  if (!met.has(root)) {
    met.add(root);
    for (const layer of root.sublayers) layersIn(layer, met);
  }
  return [...met];
}

/** A layer that draws random numbers. */
export type DrawingLayer = Layer & { random: RandomStream };

/** Whether a layer draws random numbers itself. */
export const isDrawing = (layer: Layer): layer is DrawingLayer =>
  (layer as DrawingLayer).random instanceof RandomStream;

/** Whether a layer keeps states from call to call itself. */
export const isStateful = (layer: Layer): boolean => (layer as { readonly stateful?: boolean }).stateful === true;
