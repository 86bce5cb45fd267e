/** The gates of a clip as the report shows them, and the JSON that `clipSection` writes beside the clip's pictures for the page's script. */
import type { PaletteName, Scale } from "./byteScale.js";
import type { LabelScore } from "./report.js";

export interface ClipData {
  /** Seconds of each frame; absent where they are just 0, 1, 2 ... */
  times?: number[] | undefined;
  /** The labels of each frame. */
  labels?: LabelScore[][] | undefined;
  /** Absent where the report shows no gates of the clip. The bytes are base64. */
  maps?: Maps<string> | undefined;
}

/** The gates of the filters (or units) that are shown. */
export interface Maps<Bytes = Uint8Array> {
  /** The gate or state by which a filter is chosen. */
  state: string;
  steps: number;
  height: number;
  width: number;
  /**
   * The layer has no height and width: its units stand below each other as one map, of height `filters.length` and
   * width 1.
   */
  isDense: boolean;
  /** The numbers in the layer of the filters that are shown, the strongest first. */
  filters: number[];
  gates: Gate<Bytes>[];
}

export interface Gate<Bytes = Uint8Array> extends Scale {
  name: string;
  palette: PaletteName;
  /** [filters, steps, height, width]; `fromByte` gives the values. */
  bytes: Bytes;
}
