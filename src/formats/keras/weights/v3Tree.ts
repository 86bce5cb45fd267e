/** The places of weights in `.weights.h5` files of Keras 3, also in the one inside a `.keras` file. */
import { type Layer } from "../../../layer.js";
import { BidirectionalLayer } from "../../../layers/bidirectional.js";
import { withoutChannels } from "../../../layers/channelsFirst.js";
import { StackedRNNCellsLayer } from "../../../layers/stackedRnnCells.js";
import { TimeDistributedLayer } from "../../../layers/timeDistributed.js";
import { ModelLayer } from "../../../model.js";
import type { Variable } from "../../../tensor.js";

/** A layer, and the layers inside it, as groups of the file. */
export interface WeightNode {
  readonly layer: Layer;
  /** The layer's own weights: the datasets `vars/0`, `vars/1`, ... None where a shared layer is visited again. */
  readonly weights: readonly Variable[];
  /** The path is that from this group: `layers/conv2d_1`, `cell`, `forward_layer`. */
  readonly children: readonly { readonly path: string; readonly node: WeightNode }[];
}

/** ConvLSTM2D -> conv_lstm2d, ReLU -> re_lu, RMSprop -> rm_sprop. Letters are those of any language, as in Python. */
const snakeCase = (className: string): string =>
  className
    .replace(/[^\p{L}\p{M}\p{N}_]+/gu, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** The tree of groups for a layer or model. */
export function kerasWeightTree(root: Layer): WeightNode {
  const met = new Set<Layer>();
  const nodeOf = (given: Layer): WeightNode => {
    const layer = withoutChannels(given);
    // Keras stores a shared layer where it visits it first.
    if (met.has(layer)) return { layer, weights: [], children: [] };
    met.add(layer);
    const inside = new Set(layer.sublayers.flatMap((sublayer) => sublayer.weights));
    const weights = layer.weights.filter((weight) => !inside.has(weight));
    return { layer, weights, children: childPlaces(layer).map(([path, child]) => ({ path, node: nodeOf(child) })) };
  };
  return nodeOf(root);
}

/** The layers inside a layer, by the attributes that hold them in Keras, in the order in which it visits them. */
function childPlaces(layer: Layer): [path: string, child: Layer][] {
  if (layer instanceof ModelLayer) return numberByClass("layers", layer.layers);
  if (layer instanceof StackedRNNCellsLayer) return numberByClass("cells", layer.cells);
  if (layer instanceof TimeDistributedLayer) return [["layer", layer.layer]];
  if (layer instanceof BidirectionalLayer) {
    return [["backward_layer", layer.backwardLayer], ["forward_layer", layer.forwardLayer]]; // prettier-ignore
  }
  const { sublayers } = layer;
  // A recurrent layer has its cell. A user-defined layer, whose attributes are not known, is given a list.
  const [only] = sublayers;
  if (sublayers.length === 1 && only === (layer as Layer & { cell?: Layer }).cell) return [["cell", only]];
  return numberByClass("layers", sublayers);
}

/** Numbers layers by class within a container: conv2d, conv2d_1, ... */
function numberByClass(container: string, layers: readonly Layer[]): [path: string, child: Layer][] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const name = snakeCase(withoutChannels(layer).className) || "layer";
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return [`${container}/${count === 0 ? name : `${name}_${count}`}`, layer];
  });
}
