/**
 * The steps of the cells with gates, written with ordinary ops, every gate and state shown to `see` under its name. What `see` gives
 * back takes its place.
 */
import { ArgumentError } from "../errors.js";
import type { CellRun } from "../layers/cell.js";
import { type GatedCell, withBias } from "../layers/gatedCell.js";
import { GRUCellLayer } from "../layers/gru.js";
import { MemoryCell } from "../layers/memoryCell.js";
import { SimpleRNNCellLayer } from "../layers/simpleRnn.js";
import { gatePart } from "../ops/gates.js";
import { add, dense, multiply, reshape, slice, subtract } from "../ops/index.js";
import type { Tensor } from "../tensor.js";

/** For a state, `before` is what it was. */
export type See = (name: string, x: Tensor, before?: Tensor) => Tensor;

interface Kind {
  /** What passes through the recurrent activation: between 0 and 1 where that is a sigmoid. */
  gates: readonly string[];
  candidates: readonly string[];
  states: readonly string[];
  /** The gate that says how much of the state stays. */
  keeps: string | undefined;
}

const memory: Kind = { gates: ["i", "f", "o"], candidates: ["g"], states: ["c", "h"], keeps: "f" };
const gru: Kind = { gates: ["z", "r"], candidates: ["g"], states: ["h"], keeps: "z" };
const simple: Kind = { gates: [], candidates: [], states: ["h"], keeps: undefined };

/** What a cell computes in a step, by name. @throws ArgumentError for a cell of one's own. */
export function kindOf(cell: GatedCell): Kind {
  if (cell instanceof MemoryCell) return memory;
  if (cell instanceof GRUCellLayer) return gru;
  if (cell instanceof SimpleRNNCellLayer) return simple;
  throw new ArgumentError(
    `${cell.label}: the steps of this cell are not known; expected one of LSTM, GRU, SimpleRNN, ConvLSTM.`,
  );
}

export const namesOf = (cell: GatedCell): string[] => {
  const { gates, candidates, states } = kindOf(cell);
  return [...gates, ...candidates, ...states];
};

/** The cell at work on a sequence, as in inference: nothing is dropped. */
export function seenRun(cell: GatedCell, see: See): CellRun {
  if (cell instanceof MemoryCell) return memoryRun(cell, see);
  if (cell instanceof GRUCellLayer) return gruRun(cell, see);
  return simpleRun(cell, see);
}

/** c' = f c + i g, h' = o activation(c'). */
function memoryRun(cell: MemoryCell, see: See): CellRun {
  const { activation, recurrentActivation, kernel, recurrentKernel, bias } = cell;
  const gate = (z: Tensor, index: number) => recurrentActivation.apply(gatePart(z, index, 4));
  return {
    project: (x) => withBias(cell.projectInput(x, kernel), bias),
    step: (zx, [h, c]) => {
      const z = add(zx, cell.projectState(h, recurrentKernel));
      const i = see("i", gate(z, 0));
      const f = see("f", gate(z, 1));
      const g = see("g", activation.apply(gatePart(z, 2, 4)));
      const o = see("o", gate(z, 3));
      const nextC = see("c", add(multiply(f, c), multiply(i, g)), c);
      const nextH = see("h", multiply(o, activation.apply(nextC)), h);
      return [nextH, [nextH, nextC]];
    },
  };
}

/** h' = z h + (1 - z) g, where the reset gate r lets the state into the candidate g. */
function gruRun(cell: GRUCellLayer, see: See): CellRun {
  const { activation, recurrentActivation, kernel, recurrentKernel, resetAfter, bias } = cell;
  const rows = bias && resetAfter ? [0, 1].map((row) => reshape(slice(bias, [row], [1]), bias.shape.slice(1))) : [bias];
  const [inputBias, stateBias] = rows;
  const project = (h: Tensor, first: number, length: number) =>
    withBias(dense(h, gatePart(recurrentKernel, first, 3, length)), stateBias && gatePart(stateBias, first, 3, length));
  return {
    project: (x) => withBias(dense(x, kernel), inputBias),
    step: (zx, [h]) => {
      const both = add(gatePart(zx, 0, 3, 2), project(h, 0, 2));
      const z = see("z", recurrentActivation.apply(gatePart(both, 0, 2)));
      const r = see("r", recurrentActivation.apply(gatePart(both, 1, 2)));
      const inner = resetAfter ? multiply(r, project(h, 2, 1)) : project(multiply(r, h), 2, 1);
      const g = see("g", activation.apply(add(gatePart(zx, 2, 3), inner)));
      const next = see("h", add(multiply(z, h), multiply(subtract(1, z), g)), h);
      return [next, [next]];
    },
  };
}

function simpleRun(cell: GatedCell, see: See): CellRun {
  return {
    project: (x) => withBias(dense(x, cell.kernel), cell.bias),
    step: (zx, [h]) => {
      const next = see("h", cell.activation.apply(add(zx, dense(h, cell.recurrentKernel))), h);
      return [next, [next]];
    },
  };
}
