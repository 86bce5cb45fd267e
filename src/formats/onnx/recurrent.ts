/** Recurrent layers: LSTM, GRU and SimpleRNN as operations of ONNX, ConvLSTM unrolled over time. */
import {
  BidirectionalLayer,
  type Cell,
  ConvLSTM1DLayer,
  ConvLSTM2DLayer,
  ConvLSTM3DLayer,
  GRUCellLayer,
  GRULayer,
  LSTMCellLayer,
  LSTMLayer,
  type RecurrentLayer,
  RNNLayer,
  SimpleRNNCellLayer,
  SimpleRNNLayer,
  StackedRNNCellsLayer,
} from "../../layers/index.js";
import type { ActivationParts } from "../../activations/table.js";
import { ConvLSTMCellLayer } from "../../layers/convLstm.js";
import type { Projections } from "../../layers/projections.js";
import type { PartialShape } from "../../shape.js";
import type { Variable } from "../../tensor.js";
import { cellActivations, isInCells } from "./activations.js";
import type { GraphBuilder, Value } from "./builder.js";
import type { CellResult, CellRun } from "./cellRun.js";
import { compactSteps, restoreSteps } from "./masks.js";
import { convLstm } from "./convLstm.js";
import { type ExportContext, refuse, type LayerWriters, type WriteLayer } from "./context.js";
import type { Attribute } from "./proto.js";
import { unrolled } from "./unrolled.js";

/** A cell of LSTM, GRU or SimpleRNN; the last has no recurrentActivation. */
interface ProjectingCell {
  readonly projections: Projections;
  readonly activation: ActivationParts;
  readonly recurrentActivation: ActivationParts;
}

function runCell(graph: GraphBuilder, cell: Cell, run: CellRun): CellResult {
  if (cell.constructor === ConvLSTMCellLayer) return convLstm(graph, cell as ConvLSTMCellLayer, run);
  if (cell.constructor === StackedRNNCellsLayer) return runStack(graph, cell as StackedRNNCellsLayer, run);
  const found = operations.find(({ Class }) => cell.constructor === Class);
  if (!found) return refuse(run.layer, `its cell is a ${cell.className}`);
  const { activation, recurrentActivation } = cell as unknown as Partial<ProjectingCell>;
  const some = [activation, recurrentActivation].filter((each) => each !== undefined);
  const isKnown = some.every((each) => isInCells(run.layer.label, each));
  if (!isKnown) return unrolled(graph, cell as unknown as Parameters<typeof unrolled>[1], run);
  return runOperation(graph, found, cell as unknown as ProjectingCell, run);
}

function runStack(graph: GraphBuilder, { cells }: StackedRNNCellsLayer, run: CellRun): CellResult {
  const states: Value[] = [];
  const given = [...(run.initial ?? [])];
  let { x } = run;
  let outputs: Value | undefined;
  cells.forEach((cell, i) => {
    const isLast = i === cells.length - 1;
    const initial = run.initial && given.splice(0, cell.stateShapes([null]).length);
    const result = runCell(graph, cell, { ...run, x, initial, sequences: run.sequences || !isLast });
    states.push(...result.states);
    outputs = result.outputs;
    if (!isLast) x = { ...outputs!, mask: x.mask };
  });
  // The output is that of the last cell, not the first state.
  return { outputs, states, output: states.at(-cells.at(-1)!.stateShapes([null]).length)! };
}

// ── ONNX's operations ────────────────────────────────────────────────────────────────────────────────────────────────

interface CellOperation {
  readonly Class: unknown;
  readonly type: string;
  /** The place of each of ONNX's gates in Keras's weights. */
  readonly gates: readonly number[];
  readonly states: 1 | 2;
  attributes(label: string, cell: ProjectingCell): Record<string, Attribute>;
}

const operations: readonly CellOperation[] = [
  {
    Class: LSTMCellLayer,
    type: "LSTM",
    gates: [0, 3, 1, 2], // i o f c, of i f c o
    states: 2,
    attributes: (label, { activation, recurrentActivation }) =>
      cellActivations(label, [recurrentActivation, activation, activation]),
  },
  {
    Class: GRUCellLayer,
    type: "GRU",
    gates: [0, 1, 2],
    states: 1,
    attributes: (label, cell) => ({
      ...cellActivations(label, [cell.recurrentActivation, cell.activation]),
      linear_before_reset: (cell as unknown as GRUCellLayer).resetAfter ? 1 : 0,
    }),
  },
  {
    Class: SimpleRNNCellLayer,
    type: "RNN",
    gates: [0],
    states: 1,
    attributes: (label, { activation }) => cellActivations(label, [activation]),
  },
];

function runOperation(graph: GraphBuilder, operation: CellOperation, cell: ProjectingCell, run: CellRun): CellResult {
  const { type, gates, states } = operation;
  const { layer, initial, backwards, sequences, isStep } = run;
  const { kernel, recurrentKernel, bias } = cell.projections;
  const units = recurrentKernel.shape[0];
  // In a graph for one time step no step can be left out: the states after it are selected instead.
  const short = run.x.mask && !isStep ? compactSteps(graph, run.x, run.x.mask) : undefined;
  const x = short?.x ?? graph.channelsLast(run.x);
  const inputs = [
    graph.transpose(x.name, [1, 0, 2]),
    gateRows(graph, kernel, gates),
    gateRows(graph, recurrentKernel, gates),
    biases(graph, bias, gates),
    short?.lengths,
    ...(initial ?? []).map(({ name }) => graph.unsqueeze(name, 0)),
  ];
  const attributes = {
    ...operation.attributes(layer.label, cell),
    hidden_size: units,
    direction: backwards ? "reverse" : "forward",
  };
  const [all, ...last] = graph.ops(type, inputs, attributes, [sequences, true, states === 2].slice(0, states + 1));
  const [batch, steps] = run.x.shape;
  const results = last.map((name) => graph.value(graph.squeeze(name, 0), [batch, units]));
  const after = isStep && run.x.mask ? held(graph, run, run.x.mask, results) : results;
  if (!sequences) return { outputs: undefined, states: after };
  const ordered = graph.value(graph.transpose(graph.squeeze(all, 1), [1, 0, 2]), [batch, steps, units]);
  if (short) return { outputs: restoreSteps(graph, run, ordered, short), states: after };
  if (!isStep || !run.x.mask) return { outputs: ordered, states: after };
  const shown = layer.zeroOutputForMask
    ? graph.op("Mul", [ordered.name, graph.unsqueeze(run.x.mask.name, 2)])
    : graph.unsqueeze(after[0].name, 1);
  return { outputs: { ...ordered, name: shown }, states: after };
}

/** In a graph for one time step: the states after it, which are those before it where the step is masked. */
function held(graph: GraphBuilder, { initial }: CellRun, mask: Value, states: Value[]): Value[] {
  const isUsed = graph.op("Cast", [mask.name], { to: 9 }); // [batch, 1]
  return states.map((state, i) => ({ ...state, name: graph.op("Where", [isUsed, state.name, initial![i].name]) }));
}

/** A kernel [rows, gates * units] as [1, gates * units, rows], with the gates in ONNX's order. */
function gateRows(graph: GraphBuilder, weight: Variable, gates: readonly number[]): string {
  const [rows, columns] = weight.shape;
  const units = columns / gates.length;
  return graph.weight(weight, [1, columns, rows], "gates", (data) =>
    Float32Array.from(data, (_, i) => {
      const [column, row] = [Math.floor(i / rows), i % rows];
      return data[row * columns + gates[Math.floor(column / units)] * units + (column % units)];
    }),
  );
}

/** The biases for the input and for the state in one array, as ONNX has them: [1, 2 * gates * units]. */
function biases(graph: GraphBuilder, bias: Variable | undefined, gates: readonly number[]): string | undefined {
  if (!bias) return undefined;
  const columns = bias.shape.at(-1)!;
  const units = columns / gates.length;
  return graph.weight(bias, [1, 2 * columns], "gates", (data) =>
    Float32Array.from({ length: 2 * columns }, (_, i) => {
      const column = i % columns;
      const place = gates[Math.floor(column / units)] * units + (column % units);
      return data[Math.floor(i / columns) * columns + place] ?? 0;
    }),
  );
}

// ── layers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const writeRecurrent: WriteLayer<RecurrentLayer> = (context, layer, [x, ...given]) => {
  const { graph } = context;
  const { goBackwards: backwards, returnSequences: sequences } = layer;
  const isStep = !!x.isSequence;
  if (isStep && backwards) refuse(layer, "it reads backwards, which is impossible one step at a time");
  if (layer.stateful && !isStep) refuse(layer, "a graph has no state; use { step: true }, or stateful: false");
  if (backwards && sequences && x.mask) refuse(layer, "it returns a masked sequence backwards");
  const initial = isStep ? statesOfStep(context, layer, x, given) : given.length > 0 ? given : undefined;
  const run = { layer, x, initial, backwards, sequences, isStep };
  const { outputs, states, output = states[0] } = runCell(graph, layer.cell, run);
  if (isStep) states.forEach((state, i) => context.nextState(`${layer.name}_${stateName(layer, i)}_next`, state));
  const result = outputs ? (backwards ? reverseTime(graph, outputs) : outputs) : output;
  return layer.returnState ? [result, ...states] : [result];
};

/** The name of a state: h or c; in stacked cells 0_h, 0_c, 1_h, ... */
function stateName({ cell }: RecurrentLayer, i: number): string {
  const names = (one: Cell) => one.stateShapes([null]).map((_, k) => ["h", "c"][k]);
  return cell instanceof StackedRNNCellsLayer
    ? cell.cells.flatMap((one, k) => names(one).map((name) => `${k}_${name}`))[i]
    : ["h", "c"][i];
}

function statesOfStep(context: ExportContext, layer: RecurrentLayer, x: Value, given: readonly Value[]): Value[] {
  if (given.length > 0)
    refuse(layer, "it is given its initial state, and a graph for one time step has states as inputs");
  const step: PartialShape = [x.shape[0], ...x.shape.slice(2)];
  return layer.cell.stateShapes(step).map((shape, i) => context.state(`${layer.name}_${stateName(layer, i)}`, shape));
}

/** A sequence with its time steps in reverse order. */
function reverseTime(graph: GraphBuilder, x: Value): Value {
  const given = x.channels === 1 ? graph.channelsLast(x) : x;
  const [begin, end, axis, stride] = [-1, -(2 ** 31), 1, -1].map((n) => graph.ints([n]));
  return { ...given, name: graph.op("Slice", [given.name, begin, end, axis, stride]) };
}

const merges = { concat: "Concat", sum: "Add", mul: "Mul", ave: "Add" } as const;

const writeBidirectional: WriteLayer<BidirectionalLayer> = ({ graph }, layer, [x, ...given], [shape]) => {
  const half = given.length / 2;
  const run = (child: RecurrentLayer, initial: readonly Value[]) => {
    if (child.stateful) refuse(layer, "a graph has no state; use stateful: false");
    const { returnSequences: sequences, goBackwards: backwards } = child;
    const some = initial.length > 0 ? initial : undefined;
    const own = { layer: child, x, initial: some, backwards, sequences, isStep: false };
    const result = runCell(graph, child.cell, own);
    const { output = result.states[0] } = result;
    return { ...result, y: result.outputs ?? output };
  };
  const ahead = run(layer.forwardLayer, given.slice(0, half));
  const back = run(layer.backwardLayer, given.slice(half));
  const states = layer.forwardLayer.returnState ? [...ahead.states, ...back.states] : [];
  if (layer.mergeMode === null) return [ahead.y, back.y, ...states];
  const a = ahead.y;
  const b = graph.withChannelsAt(back.y, a.channels);
  const type = merges[layer.mergeMode];
  const joined = graph.op(type, [a.name, b.name], type === "Concat" ? { axis: a.channels } : {});
  const name = layer.mergeMode === "ave" ? graph.op("Mul", [joined, graph.scalar(0.5)]) : joined;
  return [graph.value(name, shape, a.channels), ...states];
};

export function addRecurrentLayers(table: LayerWriters): void {
  const repeated = [LSTMLayer, GRULayer, SimpleRNNLayer, ConvLSTM1DLayer, ConvLSTM2DLayer, ConvLSTM3DLayer, RNNLayer];
  table.on<RecurrentLayer>(repeated, writeRecurrent, () => true);
  table.on([BidirectionalLayer], writeBidirectional);
}
