/** The classes of layers by name, for reading layers and models from plain data. */
import { ArgumentError, shown } from "./errors.js";
import type { Layer } from "./layer.js";
import type { Named } from "./named.js";

/** A class of layers, or whatever else makes layers from plain data. */
interface LayerClass {
  readonly className: string;
  fromConfig(config: Record<string, unknown>): Layer;
}

/** @internal The registered classes, by the `className` that files contain. */
export const layerClasses = new Map<string, LayerClass>();

/**
 * Registers a class of layers, so that `fromConfig` and `loadModel` find it by its `className`.
 * @throws ArgumentError where the class itself does not define `className`.
 * @example
 * class ScaleLayer extends Layer { static override className = "Scale"; ... }
 * registerLayer(ScaleLayer);
 */
export function registerLayer(Class: LayerClass): void {
  if (typeof Class?.fromConfig !== "function" || !Object.hasOwn(Class, "className")) {
    throw new ArgumentError("registerLayer: expected a class with a static className, the name that files know it by.");
  }
  layerClasses.set(Class.className, Class);
}

/** Makes a layer from `{ className, config }`. @throws ArgumentError for a class that is not registered. */
export function layerFrom(named: Named): Layer {
  if (!(named instanceof Object))
    throw new ArgumentError(`fromConfig: ${shown(named)}; expected { className, config }.`);
  const { className, config } = named;
  const Class = layerClasses.get(className);
  if (!Class)
    throw new ArgumentError(
      `Unknown layer ${shown(className)}; call registerLayer with its class, or registerLayers().`,
    );
  return Class.fromConfig({ ...config });
}

type GraphReader = (config: Record<string, unknown>) => Layer;
let graphReader: GraphReader | undefined;

/**
 * Sets the function that makes models from plain data. `zoetrope/formats` calls it, so that bundles without formats do
 * not contain that code.
 */
export const setGraphReader = (read: GraphReader): void => void (graphReader = read);

/** Makes a model from what its `getConfig` returned. @throws ArgumentError while no graph reader is set. */
export function readGraph(config: Record<string, unknown>): Layer {
  if (graphReader) return graphReader(config);
  throw new ArgumentError("fromConfig: models are read by zoetrope/formats; call its registerLayers() first.");
}
