/** The entries of a graph in a file of Keras. */
import type { Named } from "../../../../named.js";
import type { CallNode } from "./nodes.js";

/** A layer of a graph, or an operation, some of which correspond to a layer. */
export interface GraphEntry {
  /** The name by which calls refer to it. */
  readonly key: string;
  /** Undefined for an operation that corresponds to no layer. */
  readonly layer: Named | undefined;
  /** The class of an operation; undefined for a layer. */
  readonly operation: string | undefined;
  readonly calls: readonly GraphCall[];
}

/** A call of a layer or operation. */
export interface GraphCall extends CallNode {
  readonly entry: GraphEntry;
}
