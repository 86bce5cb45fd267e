/** Layers that models of `keras.applications` define for themselves. */
import { CustomScaleLayer, LayerScaleLayer, StochasticDepthLayer } from "../keras/applicationLayers.js";
import type { LayerWriters, WriteLayer } from "./context.js";

/** The factors behind a convolution are folded into its weights. */
const writeLayerScale: WriteLayer<LayerScaleLayer> = ({ graph }, { gamma }, [x]) => {
  const behind = x.shape.length - 1 - x.channels;
  const factors = graph.weight(gamma, [gamma.size, ...new Array<number>(behind).fill(1)], `scale ${behind}`);
  return { ...x, name: graph.op("Mul", [x.name, factors]) };
};

const writeCustomScale: WriteLayer<CustomScaleLayer> = ({ graph }, { scale }, [x, given]) => {
  const y = graph.withChannelsAt(given, x.channels);
  return { ...x, name: graph.op("Add", [x.name, graph.op("Mul", [y.name, graph.scalar(scale)])]) };
};

export function addApplicationLayers(table: LayerWriters): void {
  const always = () => true;
  table.on([LayerScaleLayer], writeLayerScale, always);
  table.on([CustomScaleLayer], writeCustomScale, always);
  table.on([StochasticDepthLayer], (_context, _layer, [x]) => x, always);
}
