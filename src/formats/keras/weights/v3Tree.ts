/** The places of weights in `.weights.h5` files of Keras 3, also in the one inside a `.keras` file. */
import { type Layer } from "../../../layer.js";
import { BidirectionalLayer } from "../../../layers/bidirectional.js";
import { HeadsLayer } from "../../../layers/headsLayer.js";
import { MultiHeadAttentionLayer } from "../../../layers/multiHeadAttention.js";
import { SpectralNormalizationLayer } from "../../../layers/spectralNormalization.js";
import { withoutChannels } from "../../../layers/channelsFirst.js";
import { StackedRNNCellsLayer } from "../../../layers/stackedRnnCells.js";
import { TimeDistributedLayer } from "../../../layers/timeDistributed.js";
import { ModelLayer } from "../../../model.js";
import { OperationLayer } from "../../../operations/operation.js";
import type { Variable } from "../../../tensor.js";

/** A layer, and the layers inside it, as groups of the file. */
export interface WeightNode {
  readonly layer: Layer;
  /** The layer's own weights: the datasets `vars/0`, `vars/1`, ... None where a shared layer is visited again. */
  readonly weights: readonly Variable[];
  /** Whether it is a shared layer that is visited again. */
  readonly isRepeated?: boolean;
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
    if (met.has(layer)) return { layer, weights: [], children: [], isRepeated: true };
    met.add(layer);
    const inside = new Set(layer.sublayers.flatMap((sublayer) => sublayer.weights));
    // SpectralNormalization holds the kernel of the layer inside as its own, too.
    const held = layer instanceof SpectralNormalizationLayer ? layer.kernel : undefined;
    const isOwn = (weight: Variable) => !inside.has(weight) || weight === held;
    const weights = layer.weights.filter(isOwn);
    return { layer, weights, children: childPlaces(layer).map(([path, child]) => ({ path, node: nodeOf(child) })) };
  };
  return nodeOf(root);
}

/** The layers inside a layer, by the attributes that hold them in Keras, in the order in which it visits them. */
function childPlaces(layer: Layer): [path: string, child: Layer][] {
  // Keras counts no operations among the layers of a model.
  if (layer instanceof ModelLayer) return numberByClass("layers", layer.layers.filter((item) => !(item instanceof OperationLayer))); // prettier-ignore
  if (layer instanceof StackedRNNCellsLayer) return numberByClass("cells", layer.cells);
  if (layer instanceof TimeDistributedLayer || layer instanceof SpectralNormalizationLayer) {
    return [["layer", layer.layer]];
  }
  if (layer instanceof HeadsLayer) return headPlaces(layer);
  if (layer instanceof BidirectionalLayer) {
    return [["backward_layer", layer.backwardLayer], ["forward_layer", layer.forwardLayer]]; // prettier-ignore
  }
  const { sublayers } = layer;
  // A recurrent layer has its cell. A user-defined layer, whose attributes are not known, is given a list.
  const [only] = sublayers;
  if (sublayers.length === 1 && only === (layer as Layer & { cell?: Layer }).cell) return [["cell", only]];
  return numberByClass("layers", sublayers);
}

/** The projections of attention with several heads. Only MultiHeadAttention has public names for them, but for the gate. */
function headPlaces(layer: HeadsLayer): [path: string, child: Layer][] {
  const { queryDense, keyDense, gateDense, valueDense, outputDense } = layer;
  const places = { query_dense: queryDense, key_dense: keyDense, value_dense: valueDense, output_dense: outputDense };
  const prefix = layer instanceof MultiHeadAttentionLayer ? "" : "_";
  const all = Object.entries(places).map(([name, child]): [string, Layer] => [prefix + name, child]);
  return gateDense ? [...all, ["_gate_dense", gateDense]] : all;
}

/** The names of classes in Keras that are other ones than in its API. */
const classNames: Readonly<Record<string, string>> = { GroupQueryAttention: "GroupedQueryAttention" };

/** Numbers layers by class within a container: conv2d, conv2d_1, ... */
function numberByClass(container: string, layers: readonly Layer[]): [path: string, child: Layer][] {
  const places = placesByClass(container, layers.map((layer) => withoutChannels(layer).className)); // prettier-ignore
  return layers.map((layer, i) => [places[i], layer]);
}

/** The places of layers within a container, by the names of their classes: layers/conv2d, layers/conv2d_1, ... */
export function placesByClass(container: string, classes: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return classes.map((className) => {
    const name = snakeCase(Object.hasOwn(classNames, className) ? classNames[className] : className) || "layer";
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return `${container}/${count === 0 ? name : `${name}_${count}`}`;
  });
}
