/** Sequences [batch, time, ...] as batches of frames [batch time, ...], and back. */
import { TimeDistributedLayer } from "../../layers/index.js";
import { type GraphBuilder, tensorShape, type Value } from "./builder.js";
import type { LayerWriters, WriteLayer } from "./context.js";

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

/** Frames as the steps of a sequence like x. */
export function splitTime(graph: GraphBuilder, frames: Value, x: Value): Value {
  const [batch, steps] = x.shape;
  const { shape: whole, channels } = frames;
  const shape = [batch, steps, ...whole.slice(1)];
  const sizes = [batch, steps, ...tensorShape(frames).slice(1)];
  const name = graph.reshape(frames.name, sizes, () => [
    { of: x.name, from: 0, to: 2 },
    { of: frames.name, from: 1, to: whole.length },
  ]);
  // Features [batch time, channels] have them after the batch and last at once.
  return graph.value(name, shape, channels + 1);
}

const writeTimeDistributed: WriteLayer<TimeDistributedLayer> = ({ graph, call }, { layer }, [x]) => {
  const sequence = x.channels === 1 ? graph.channelsLast(x) : x;
  return call(layer, [mergeTime(graph, sequence)]).map((frames) => splitTime(graph, frames, sequence));
};

export function addTimeDistributed(table: LayerWriters): void {
  table.on([TimeDistributedLayer], writeTimeDistributed, () => true);
}
