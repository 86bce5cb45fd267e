/** All layers that files may name: a closed table. What else a file names is an error until it is registered. */
import { Layer } from "../layer.js";
import * as layers from "../layers/index.js";
import { ModelLayer, SequentialModel } from "../model.js";
import type { Named } from "../named.js";
import { layerClasses, layerFrom, registerLayer, setGraphReader } from "../registry.js";
import { readGraph } from "./graph.js";

type LayerClass = typeof Layer;

/** The classes of layers/index.ts that say what files call them. */
const builtIn = (Object.values(layers) as unknown[]).filter(
  (item): item is LayerClass =>
    typeof item === "function" && item.prototype instanceof Layer && Object.hasOwn(item, "className"),
);

let done = false;

/** Makes every layer of the package known to `fromConfig`; what reads files does it by itself. Those of your own stay. */
export function registerLayers(): void {
  if (done) return;
  done = true;
  for (const Class of [...builtIn, ModelLayer, SequentialModel]) {
    if (!layerClasses.has(Class.className)) registerLayer(Class);
  }
  setGraphReader(readGraph);
}

/** A layer or model from `{ className, config }`, where config is what `getConfig` gave. @throws ArgumentError */
export function layerFromConfig(described: Named): Layer {
  registerLayers();
  return layerFrom(described);
}
