/**
 * Merging the time axis of sequences [batch, time, ...] into the batch, [batch * time, ...], and splitting it again.
 */
import { ChannelsFirstLayer, TimeDistributedLayer } from "../../layers/index.js";
import { type GraphBuilder, tensorShape, type Value } from "./builder.js";
import type { LayerWriters, WriteLayer } from "./context.js";

/** A sequence as a batch of frames. */
export function mergeTime(graph: GraphBuilder, x: Value): Value {
  const given = x.channels === 1 ? graph.channelsLast(x) : x;
  const [batch, steps, ...frame] = x.shape;
  const shape = [batch === null || steps === null ? null : batch * steps, ...frame];
  const channels = given.channels - 1;
  const sizes = tensorShape({ ...given, shape, channels });
  const rank = x.shape.length;
  const name = graph.reshape(given.name, sizes, () => [[-1], { of: given.name, from: 2, to: rank }]);
  return graph.value(name, shape, channels);
}

/** A batch of frames as the time steps of a sequence, with the batch and time of x. */
export function splitTime(graph: GraphBuilder, frames: Value, x: Value): Value {
  const [batch, steps] = x.shape;
  const { shape: whole, channels } = frames;
  const shape = [batch, steps, ...whole.slice(1)];
  const sizes = [batch, steps, ...tensorShape(frames).slice(1)];
  const name = graph.reshape(frames.name, sizes, () => [
    { of: x.name, from: 0, to: 2 },
    { of: frames.name, from: 1, to: whole.length },
  ]);
  // In [batch * time, channels] the channels are both last and right after the batch.
  return graph.value(name, shape, channels + 1);
}

const writeTimeDistributed: WriteLayer<TimeDistributedLayer> = ({ graph, call }, { layer }, [x]) => {
  const sequence = x.channels === 1 ? graph.channelsLast(x) : x;
  return call(layer, [mergeTime(graph, sequence)]).map((frames) => splitTime(graph, frames, sequence));
};

/** Turns what goes into a layer with channels last and what comes out; tensors of ONNX mostly are channels first. */
const writeChannelsFirst: WriteLayer<ChannelsFirstLayer> = ({ graph, call }, layer, inputs, shapes) => {
  const turned = inputs.map((x) => {
    const at = layer.channelsOf(x.shape.length);
    const shape = [...x.shape.slice(0, at), ...x.shape.slice(at + 1), x.shape[at]];
    return { ...graph.value(graph.channelsLast(x).name, shape, at), mask: x.mask, isSequence: x.isSequence };
  });
  return call(layer.layer, turned).map((y, i) => {
    const { name } = graph.withChannelsAt(y, layer.channelsOf(y.shape.length));
    return { ...y, ...graph.value(name, shapes[i]) };
  });
};

export function addFrames(table: LayerWriters): void {
  table.on([TimeDistributedLayer], writeTimeDistributed, () => true);
  table.on([ChannelsFirstLayer], writeChannelsFirst, ({ layer }, rank) => table.find(layer).isPerStep(layer, rank));
}
