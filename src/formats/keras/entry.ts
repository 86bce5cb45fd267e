import type { Named } from "../../named.js";
import type { Node } from "./readNodes.js";

/** A layer of a graph, or an operation, which may stand for one. */
export interface Entry {
  /** As the calls name it. */
  readonly key: string;
  readonly layer: Named | undefined;
  /** The class of an operation. */
  readonly operation: string | undefined;
  readonly calls: readonly Call[];
}

export interface Call extends Node {
  readonly entry: Entry;
}
