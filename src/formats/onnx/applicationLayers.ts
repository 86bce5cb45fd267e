/** Layers that models of `keras.applications` define for themselves. */
import { CustomScaleLayer } from "../applicationLayers.js";
import type { LayerWriters, WriteLayer } from "./context.js";

const writeCustomScale: WriteLayer<CustomScaleLayer> = ({ graph }, { scale }, [x, given]) => {
  const y = graph.withChannelsAt(given, x.channels);
  return { ...x, name: graph.op("Add", [x.name, graph.op("Mul", [y.name, graph.scalar(scale)])]) };
};

export function addApplicationLayers(table: LayerWriters): void {
  table.on([CustomScaleLayer], writeCustomScale, () => true);
}
