import type { Named } from "../../../../named.js";
import type { CallNode } from "./nodes.js";

/** A layer of a graph, or an operation, which may stand for one. */
export interface GraphEntry {
  /** As the calls name it. */
  readonly key: string;
  readonly layer: Named | undefined;
  /** The class of an operation. */
  readonly operation: string | undefined;
  readonly calls: readonly GraphCall[];
}

export interface GraphCall extends CallNode {
  readonly entry: GraphEntry;
}
