/** The layers that files may name: a closed table. Any other name is an error until its class is registered. */

import { ArgumentError, kindOf, shown } from "../errors.js";
import { Layer } from "../layer.js";
import * as layers from "../layers/index.js";
import { ModelLayer, SequentialModel } from "../model.js";
import type { Named } from "../named.js";
import { OperationLayer, setOperations } from "../operations/operation.js";
import { operations } from "../operations/table.js";
import { layerClasses, layerFrom, registerLayer, setGraphReader } from "../registry.js";
import { readGraph } from "./graph.js";
import { adoptSemantics, tellSemantics } from "./semantics/adopt.js";
import { sharedPlace, withSharedLayers } from "./sharing.js";
import { CustomScaleLayer } from "./applicationLayers.js";

type LayerClass = typeof Layer;

/** The classes of layers/index.ts that have a name in files. */
const builtIn = (Object.values(layers) as unknown[]).filter(
  (item): item is LayerClass =>
    typeof item === "function" && item.prototype instanceof Layer && Object.hasOwn(item, "className"),
);

let done = false;

/**
 * Registers all layers of the package, so that `fromConfig` of a layer or model finds them. All file readers call it;
 * call it yourself before `fromConfig`. It does not replace classes that you registered.
 * @example
 * registerLayers();
 * const copy = ModelLayer.fromConfig(model.getConfig());
 */
export function registerLayers(): void {
  if (done) return;
  done = true;
  // Models adopt semantics in graph.ts, which `ModelLayer.fromConfig` calls too.
  const others = [ModelLayer, SequentialModel, OperationLayer, CustomScaleLayer];
  for (const Class of [...builtIn.map(withSemantics), ...others]) {
    if (!layerClasses.has(Class.className)) registerLayer(Class);
  }
  registerLayer(sharedPlace);
  setGraphReader((config) => withSharedLayers(() => readGraph(config)));
  setOperations((name) => operations.get(name));
}

/** A class whose configs may hold what the writer of a file meant, which its constructor does not know. */
const withSemantics = (Class: LayerClass): Parameters<typeof registerLayer>[0] => ({
  className: Class.className,
  fromConfig({ semantics, ...config }) {
    const layer = Class.fromConfig(config);
    return tellSemantics(semantics === undefined ? layer : adoptSemantics(layer, semantics));
  },
});

/**
 * Makes a layer or model from a description.
 * @param described `{ className, config }`, where config is the result of `getConfig`.
 * @throws ArgumentError when a class is neither a layer of the package nor registered or gives no layer, or an option is
 * none of its options.
 * @example
 * const copy = layerFromConfig({ className: layer.className, config: layer.getConfig() });
 */
export function layerFromConfig(described: Named): Layer {
  registerLayers();
  const made: unknown = withSharedLayers(() => layerFrom(described));
  if (made instanceof Layer) return made;
  const { className } = described;
  throw new ArgumentError(`layerFromConfig: fromConfig of ${shown(className)} gave ${kindOf(made)}; expected a layer.`);
}
