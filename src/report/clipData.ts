/** What the report's page reads of each clip: JSON that `clipSection` writes beside the clip's pictures. */
import type { PaletteName, Scale } from "./byteScale.js";
import type { LabelScore } from "./report.js";

export interface ClipData {
  /** Seconds of each frame; absent where they are just 0, 1, 2 ... */
  times?: number[] | undefined;
  /** The labels of each frame. */
  labels?: LabelScore[][] | undefined;
  /** Absent where the report shows no gates of the clip. */
  maps?: MapsData | undefined;
}

/** The gates of the filters (or units) that are shown. */
export interface MapsData {
  /** The gate or state by which a filter is chosen. */
  state: string;
  steps: number;
  height: number;
  width: number;
  /** The units stand below each other as one map, of height `filters.length` and width 1. */
  isDense: boolean;
  /** The numbers of what is shown in the layer. */
  filters: number[];
  gates: GateData[];
}

export interface GateData extends Scale {
  name: string;
  palette: PaletteName;
  /** [filters, steps, height, width] in base64; `fromByte` gives the values. */
  bytes: string;
}
