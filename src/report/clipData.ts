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

/** How the bytes of all gates are ordered. */
export interface MapsLayout {
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
}

/** The gates of the filters (or units) that are shown. */
export interface Maps<Bytes = Uint8Array> extends MapsLayout {
  /** The gate or state by which a filter is chosen. */
  state: string;
  gates: Gate<Bytes>[];
}

/** The scales of a gate: that from `low` to `high` is for all filters that are shown. */
export interface GateScales extends Scale {
  /** Each filter has scales of its own, from -reach to reach: that of its bytes, `values`, and that of its colours. */
  reaches?: { values: number; colours: number }[];
}

export interface Gate<Bytes = Uint8Array> extends GateScales {
  name: string;
  palette: PaletteName;
  /** [filters, steps, height, width]; `fromByte` gives the values, on the scale that `scaleOfBytes` gives. */
  bytes: Bytes;
}
