/** ConvLSTM, for which ONNX has no operation: one convolution of all frames, then one time step after the other. */
import type { ConvLSTMCellLayer } from "../../layers/convLstm.js";
import { activate } from "./activations.js";
import { type GraphBuilder, type Value } from "./builder.js";
import { refuse } from "./context.js";
import { convKernel, windowAttributes } from "./convolutions.js";
import { mergeTime, splitTime } from "./frames.js";
import type { CellResult, CellRun } from "./cellRun.js";

/** Adds the pass of a ConvLSTM cell over a sequence. */
export function convLstm(graph: GraphBuilder, cell: ConvLSTMCellLayer, run: CellRun): CellResult {
  const { layer, x, initial, backwards, sequences } = run;
  const steps = x.shape[1];
  if (steps === null)
    refuse(
      layer,
      "it is unrolled, so the number of steps must be known: Input({ shape: [steps, ...] }); or export one step, { step: true }",
    );
  if (x.mask) refuse(layer, "its sequence has a mask");
  const frames = inputGates(graph, cell, x, steps);
  const order = frames.map((_, t) => (backwards ? steps - 1 - t : t));
  let [h, c]: (Value | undefined)[] = initial?.map((state) => graph.withChannelsAt(state, 1)) ?? [];
  const hs = new Array<Value>(steps);
  for (const t of order) {
    ({ h, c } = convLstmStep(graph, cell, layer.label, frames[t], h, c));
    hs[t] = h;
  }
  return { outputs: sequences ? stackSteps(graph, hs) : undefined, states: [h!, c!] };
}

/** The part of the gates that depends on the input, [batch, 4 filters, ...space], for each time step. */
function inputGates(graph: GraphBuilder, cell: ConvLSTMCellLayer, x: Value, steps: number): Value[] {
  const frames = mergeTime(graph, graph.withChannelsAt(x, 2));
  const space = cell.stateShapes(frames.shape)[0].slice(1, -1);
  const { kernel, bias } = cell.projections;
  const inputs = [frames.name, convKernel(graph, kernel), bias && graph.weight(bias)];
  const z = graph.op("Conv", inputs, windowAttributes(frames.shape.slice(1, -1), cell.window));
  const gates = graph.value(z, [frames.shape[0], ...space, 4 * cell.filters], 1);
  const all = splitTime(graph, gates, x);
  const shape = [x.shape[0], ...space, 4 * cell.filters];
  const parts = steps === 1 ? [all.name] : graph.split(all.name, 1, new Array<number>(steps).fill(1));
  return parts.map((part) => graph.value(graph.squeeze(part, 1), shape, 1));
}

function convLstmStep(
  graph: GraphBuilder,
  cell: ConvLSTMCellLayer,
  label: string,
  frame: Value,
  h: Value | undefined,
  c: Value | undefined,
): { h: Value; c: Value } {
  const { filters, activation, recurrentActivation } = cell;
  const shape = [...frame.shape.slice(0, -1), filters];
  const z = h ? graph.op("Add", [frame.name, recurrentGates(graph, cell, h)]) : frame.name;
  const parts = graph.split(z, 1, new Array<number>(4).fill(filters)).map((name) => graph.value(name, shape, 1));
  const [i, f, o] = [parts[0], parts[1], parts[3]].map((part) => activate(graph, label, recurrentActivation, part));
  const g = activate(graph, label, activation, parts[2]);
  const fresh = graph.op("Mul", [i.name, g.name]);
  const memory = c ? graph.op("Add", [graph.op("Mul", [f.name, c.name]), fresh]) : fresh;
  const next = graph.value(memory, shape, 1);
  const shown = activate(graph, label, activation, next);
  return { h: graph.value(graph.op("Mul", [o.name, shown.name]), shape, 1), c: next };
}

function recurrentGates(graph: GraphBuilder, { projections, window }: ConvLSTMCellLayer, h: Value): string {
  const ones = window.kernel.map(() => 1);
  const options = { strides: ones, dilation: ones, padding: "same" } as const;
  const attributes = windowAttributes(h.shape.slice(1, -1), { kernel: window.kernel, options });
  return graph.op("Conv", [h.name, convKernel(graph, projections.recurrentKernel)], attributes);
}

/** States as a sequence [batch, time, filters, ...space]. */
function stackSteps(graph: GraphBuilder, hs: readonly Value[]): Value {
  const [batch, ...rest] = hs[0].shape;
  const steps = hs.map(({ name }) => graph.unsqueeze(name, 1));
  const name = steps.length === 1 ? steps[0] : graph.op("Concat", steps, { axis: 1 });
  return graph.value(name, [batch, hs.length, ...rest], 2);
}
