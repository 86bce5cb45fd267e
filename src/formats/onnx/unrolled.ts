/** LSTM, GRU and SimpleRNN with activations that ONNX's cells lack (silu, gelu, ...): one time step after the other. */
import { GRUCellLayer, LSTMCellLayer, type SimpleRNNCellLayer } from "../../layers/index.js";
import type { ActivationParts } from "../../activations/table.js";
import type { Variable } from "../../tensor.js";
import { activate } from "./activations.js";
import type { GraphBuilder } from "./builder.js";
import type { CellResult, CellRun } from "./cellRun.js";
import { refuse } from "./context.js";

type PlainCell = LSTMCellLayer | GRUCellLayer | SimpleRNNCellLayer;

/** Adds the pass of a cell over a sequence, whose number of steps must be known. */
export function unrolled(graph: GraphBuilder, cell: PlainCell, run: CellRun): CellResult {
  const { layer, initial, backwards, sequences } = run;
  const x = graph.channelsLast(run.x);
  const [batch, steps] = x.shape;
  if (steps === null) {
    return refuse(
      layer,
      "with its activation it is unrolled, so the number of steps must be known: Input({ shape: [steps, ...] }); or export one step, { step: true }",
    );
  }
  const { mask } = run.x;
  if (mask && initial && !run.isStep) return refuse(layer, "it has an initial state, and its sequence a mask");
  const step = new Steps(graph, cell, layer.label);
  const inputs = parts(graph, step.input(x.name), steps);
  const isUsed = mask && parts(graph, graph.op("Cast", [graph.unsqueeze(mask.name, 2)], { to: 9 }), steps); // prettier-ignore
  let states = initial?.map(({ name }) => name) ?? step.zeros(inputs[0]);
  const outputs = new Array<string>(steps);
  for (let i = 0; i < steps; i++) {
    const t = backwards ? steps - 1 - i : i;
    const next = step.next(inputs[t], states);
    const held = states;
    states = isUsed ? next.map((state, k) => graph.op("Where", [isUsed[t], state, held[k]])) : next;
    outputs[t] =
      isUsed && layer.zeroOutputForMask ? graph.op("Where", [isUsed[t], next[0], graph.scalar(0)]) : states[0];
  }
  const shape = [batch, step.units];
  const all = sequences ? outputs.map((name) => graph.unsqueeze(name, 1)) : [];
  return {
    outputs: sequences
      ? graph.value(steps === 1 ? all[0] : graph.op("Concat", all, { axis: 1 }), [batch, steps, step.units])
      : undefined,
    states: states.map((name) => graph.value(name, shape)),
  };
}

/** The time steps of [batch, time, ...], each [batch, ...]. */
const parts = (graph: GraphBuilder, x: string, steps: number): string[] =>
  (steps === 1 ? [x] : graph.split(x, 1, new Array<number>(steps).fill(1))).map((part) => graph.squeeze(part, 1));

/** One time step of a cell. */
class Steps {
  readonly units: number;
  readonly #kernels: { readonly kernel: Variable; readonly recurrentKernel: Variable; readonly bias: Variable | undefined }; // prettier-ignore

  constructor(
    readonly graph: GraphBuilder,
    readonly cell: PlainCell,
    readonly label: string,
  ) {
    const { kernel, recurrentKernel, bias } = cell.projections;
    this.#kernels = { kernel, recurrentKernel, bias };
    this.units = recurrentKernel.shape[0];
  }

  /** What depends on the input alone, for all steps at once. */
  input(x: string): string {
    const { kernel, bias } = this.#kernels;
    return this.#plus(this.graph.op("MatMul", [x, this.graph.weight(kernel)]), bias && this.#biasRow(bias, 0));
  }

  /** States of zeros. */
  zeros(input: string): string[] {
    const { graph, units } = this;
    const first = graph.op("Slice", [input, graph.ints([0]), graph.ints([units]), graph.ints([1])]);
    const none = graph.op("Mul", [first, graph.scalar(0)]);
    return this.cell instanceof LSTMCellLayer ? [none, none] : [none];
  }

  next(input: string, [h, c]: readonly string[]): string[] {
    if (this.cell instanceof LSTMCellLayer) return this.#lstm(this.cell, input, h, c);
    if (this.cell instanceof GRUCellLayer) return this.#gru(this.cell, input, h);
    return [this.#act(this.cell.activation, this.#plus(input, this.#recurrent(h, 0, 1)))];
  }

  #lstm({ activation, recurrentActivation }: LSTMCellLayer, input: string, h: string, c: string): string[] {
    const { graph } = this;
    const [i, f, g, o] = this.#split(this.#plus(input, this.#recurrent(h, 0, 4)), 4);
    const [open, keep, show] = [i, f, o].map((gate) => this.#act(recurrentActivation, gate));
    const fresh = graph.op("Mul", [open, this.#act(activation, g)]);
    const memory = this.#plus(graph.op("Mul", [keep, c]), fresh);
    return [graph.op("Mul", [show, this.#act(activation, memory)]), memory];
  }

  #gru({ activation, recurrentActivation, resetAfter }: GRUCellLayer, input: string, h: string): string[] {
    const { graph } = this;
    const { bias } = this.#kernels;
    const [xz, xr, xh] = this.#split(input, 3);
    const gates = resetAfter ? this.#plus(this.#recurrent(h, 0, 3), bias && this.#biasRow(bias, 1)) : this.#recurrent(h, 0, 2); // prettier-ignore
    const [hz, hr, hh] = this.#split(gates, resetAfter ? 3 : 2);
    const [update, reset] = [this.#plus(xz, hz), this.#plus(xr, hr)].map((gate) => this.#act(recurrentActivation, gate)); // prettier-ignore
    const past = resetAfter ? graph.op("Mul", [reset, hh]) : this.#recurrent(graph.op("Mul", [reset, h]), 2, 3);
    const candidate = this.#act(activation, this.#plus(xh, past));
    const kept = graph.op("Mul", [update, graph.op("Sub", [h, candidate])]);
    return [this.#plus(candidate, kept)];
  }

  /** The state times the recurrent kernel of the gates `from` to `to` (exclusive). */
  #recurrent(h: string, from: number, to: number): string {
    const { recurrentKernel } = this.#kernels;
    const [rows, columns] = recurrentKernel.shape;
    const width = (to - from) * this.units;
    const some = (data: Float32Array) =>
      Float32Array.from({ length: rows * width }, (_, i) => data[Math.floor(i / width) * columns + from * this.units + (i % width)]); // prettier-ignore
    const kernel = width === columns ? this.graph.weight(recurrentKernel) : this.graph.weight(recurrentKernel, [rows, width], `gates ${from} to ${to}`, some); // prettier-ignore
    return this.graph.op("MatMul", [h, kernel]);
  }

  /** The bias of the input, and of the state in GRU with `resetAfter`. */
  #biasRow(bias: Variable, row: number): string {
    if (bias.shape.length === 1) return this.graph.weight(bias);
    const columns = bias.shape[1];
    const one = (data: Float32Array) => data.slice(row * columns, (row + 1) * columns);
    return this.graph.weight(bias, [columns], `row ${row}`, one);
  }

  #split(x: string, count: number): string[] {
    return this.graph.split(x, 1, new Array<number>(count).fill(this.units));
  }

  #plus(a: string, b: string | undefined): string {
    return b === undefined ? a : this.graph.op("Add", [a, b]);
  }

  #act(activation: ActivationParts, x: string): string {
    return activate(this.graph, this.label, activation, this.graph.value(x, [null, this.units])).name;
  }
}
