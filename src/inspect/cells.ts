/** The names of the gates and states that the built-in cells pass to a hook. */
import type { Layer } from "../layer.js";
import { ConvLSTMCellLayer } from "../layers/convLstm.js";
import { GRUCellLayer } from "../layers/gru.js";
import { LSTMCellLayer } from "../layers/lstm.js";
import { SimpleRNNCellLayer } from "../layers/simpleRnn.js";

/** A cell whose gates and states can be inspected. */
export type WatchedCell = LSTMCellLayer | ConvLSTMCellLayer | GRUCellLayer | SimpleRNNCellLayer;

interface CellNames {
  /** The names of the results of the recurrent activation, which are between 0 and 1 where it is a sigmoid. */
  readonly gates: readonly string[];
  readonly candidates: readonly string[];
  readonly states: readonly string[];
  /** The gate that decides how much of the state is kept. */
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
