/** What the built-in cells compute in a time step, by the names that they show it under. */
import type { Layer } from "../layer.js";
import { ConvLSTMCellLayer } from "../layers/convLstm.js";
import { GRUCellLayer } from "../layers/gru.js";
import { LSTMCellLayer } from "../layers/lstm.js";
import { SimpleRNNCellLayer } from "../layers/simpleRnn.js";

/** A cell whose steps can be looked at. */
export type WatchedCell = LSTMCellLayer | ConvLSTMCellLayer | GRUCellLayer | SimpleRNNCellLayer;

interface CellNames {
  /** The results of the recurrent activation: between 0 and 1 where that is a sigmoid. */
  readonly gates: readonly string[];
  readonly candidates: readonly string[];
  readonly states: readonly string[];
  /** The gate that says how much of the state stays. */
  readonly keeps: string | undefined;
}

const lstm: CellNames = { gates: ["i", "f", "o"], candidates: ["g"], states: ["c", "h"], keeps: "f" };
const gru: CellNames = { gates: ["z", "r"], candidates: ["g"], states: ["h"], keeps: "z" };
const simpleRnn: CellNames = { gates: [], candidates: [], states: ["h"], keeps: undefined };

const table = [
  [LSTMCellLayer, lstm],
  [ConvLSTMCellLayer, lstm],
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
