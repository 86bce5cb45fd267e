/**
 * Layers that lie inside several others, in the form of Keras 3: each place has the whole description and the same
 * `shared_object_id`, by which Keras makes one layer of them. Their weights are where Keras meets them first.
 */
import { ArgumentError } from "../../../../errors.js";
import type { Layer } from "../../../../layer.js";
import { ModelLayer, SequentialModel } from "../../../../model.js";
import { parentsIn } from "../../../sharing.js";

/** What the description of a layer depends on besides the layer. */
export interface Surroundings {
  /** Whether a layer around it is frozen. In Keras 3 only the flags of the layers inside decide. */
  readonly isFrozen: boolean;
  /** The layers with weights that lie inside several others. */
  readonly shared: ReadonlyMap<Layer, SharedInKeras>;
}

/** A layer inside several others. */
export interface SharedInKeras {
  /** A text, where Keras writes numbers: by it our reader knows that all places have it. */
  readonly id: string;
  /** Whether layers around it are frozen in all of its places. */
  readonly isFrozen: boolean;
}

/**
 * The surroundings of a whole model.
 * @throws ArgumentError for a layer with weights of which Keras would not make one when it reads the file.
 */
export function surroundingsOf(model: ModelLayer): Surroundings {
  const parents = parentsIn(model);
  const isFrozen = (layer: Layer): boolean => !layer.trainable || (layer !== model && parents.get(layer)!.every(isFrozen)); // prettier-ignore
  const shared = new Map<Layer, SharedInKeras>();
  for (const [layer, places] of parents) {
    // Layers without weights do the same in two copies.
    if (places.length < 2 || layer.weights.length === 0) continue;
    checkPlaces(layer, places);
    shared.set(layer, { id: `shared ${shared.size + 1}`, isFrozen: places.every(isFrozen) });
  }
  return { isFrozen: false, shared };
}

/**
 * Keras numbers the calls of a layer over all models that it lies in, and those in the file of a Functional from its
 * own first one.
 */
function checkPlaces(layer: Layer, places: readonly Layer[]): void {
  const models = places.filter((place) => place instanceof ModelLayer);
  const isConfused = models.length > 1 && models.some((place) => !(place instanceof SequentialModel));
  const hidden = places.find((place) => !(place instanceof ModelLayer || holds(place, layer)));
  if (!isConfused && !hidden) return;
  const [one, other] = isConfused ? models : [hidden!, places.find((place) => place !== hidden) ?? hidden!];
  const why = isConfused ? "whose calls Keras 3 cannot tell apart in a file" : "of which Keras 3 makes two layers";
  throw new ArgumentError(
    `${layer.label} lies both in ${one.label} and in ${other.label}, ${why}; save as .safetensors.`,
  );
}

/** Whether a layer is among the options of another. */
const holds = ({ config }: Layer, layer: Layer): boolean => Object.values(config).flat().includes(layer);
