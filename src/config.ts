/** Layers as plain data, and back. */
import { ArgumentError } from "./errors.js";
import type { Layer } from "./layer.js";
import type { Named } from "./named.js";

/** A class of layers, or whatever else makes them from plain data. */
interface LayerSource {
  readonly className: string;
  fromConfig(config: Record<string, unknown>): Layer;
}

/** @internal By the names that files know them by. */
export const sources = new Map<string, LayerSource>();

/** Makes a class of layers known by its `className` to `fromConfig` and `loadModel`. @throws ArgumentError where it has none. */
export function registerLayer(Class: LayerSource): void {
  if (!Object.hasOwn(Class, "className")) {
    throw new ArgumentError("registerLayer: expected a class with a static className, the name that files know it by.");
  }
  sources.set(Class.className, Class);
}

/** Models are read by what is registered under this name; the code for it is not in a page that reads none. */
export const graphSource = "a graph"; // no class is called so

/** A layer from `{ className, config }`. @throws ArgumentError for a class that is not registered. */
export function layerFrom({ className, config }: Named): Layer {
  const source = sources.get(className);
  if (!source)
    throw new ArgumentError(`Unknown layer "${className}"; call registerLayer(${className}), or registerLayers().`);
  return source.fromConfig({ ...config });
}

/**
 * An option as plain data; layers and functions of a table become `{ className, config }`.
 * @param where what errors begin with.
 * @throws ArgumentError for other functions and objects.
 */
export function plain(where: string, value: unknown): unknown {
  if (!(value instanceof Object)) return value;
  if (Array.isArray(value)) return value.map((item) => plain(where, item));
  const { className, config } = value as Layer;
  if (className) return { className, config: (value as Layer).getConfig?.() ?? plain(where, config) };
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    throw new ArgumentError(`${where} has no config; give a name, or a registered layer.`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(`${where}.${key}`, item)]));
}
