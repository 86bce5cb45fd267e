/** The built-in cells: their kinds, and the names of the gates and states that they pass to a hook. */
import type { Layer } from "../layer.js";
import { ConvLSTMCellLayer } from "../layers/convLstm.js";
import { GRUCellLayer } from "../layers/gru.js";
import { LSTMCellLayer } from "../layers/lstm.js";
import { SimpleRNNCellLayer } from "../layers/simpleRnn.js";

/** A cell whose gates and states can be inspected. */
export type WatchedCell = LSTMCellLayer | ConvLSTMCellLayer | GRUCellLayer | SimpleRNNCellLayer;

/** The kind of a cell, which decides the equations of a time step. */
export type CellKind = "ConvLSTM" | "LSTM" | "GRU" | "SimpleRNN";

interface CellNames {
  readonly kind: CellKind;
  /** The names of the results of the recurrent activation, which are between 0 and 1 where it is a sigmoid. */
  readonly gates: readonly string[];
  readonly candidates: readonly string[];
  readonly states: readonly string[];
  /** The gate that decides how much of the state is kept. */
  readonly keeps: string | undefined;
}

const lstm: CellNames = { kind: "LSTM", gates: ["i", "f", "o"], candidates: ["g"], states: ["c", "h"], keeps: "f" };
const convLstm: CellNames = { ...lstm, kind: "ConvLSTM" };
const gru: CellNames = { kind: "GRU", gates: ["z", "r"], candidates: ["g"], states: ["h"], keeps: "z" };
const simpleRnn: CellNames = { kind: "SimpleRNN", gates: [], candidates: [], states: ["h"], keeps: undefined };

const table = [
  [LSTMCellLayer, lstm],
  [ConvLSTMCellLayer, convLstm],
  [GRUCellLayer, gru],
  [SimpleRNNCellLayer, simpleRnn],
] as const;

export const isWatchedCell = (layer: Layer): layer is WatchedCell => table.some(([Class]) => layer instanceof Class);

export const cellNames = (cell: WatchedCell): CellNames => table.find(([Class]) => cell instanceof Class)![1];

/** All names of a cell: gates, candidates, states. */
export function allNames(cell: WatchedCell): string[] {
  const { gates, candidates, states } = cellNames(cell);
  return [...gates, ...candidates, ...states];
}
