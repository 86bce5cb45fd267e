/** Sorting the calls of a graph. */
import { FileError } from "../../../../errors.js";
import type { GraphCall, GraphEntry } from "./nodes.js";
import { showValue } from "../../../json.js";

/**
 * All calls in an order in which they can be repeated: each after the calls whose results it reads, and those of one
 * layer in turn.
 * @throws FileError for calls that depend on each other in a cycle.
 */
export function sortCalls(label: string, entries: ReadonlyMap<string, GraphEntry>): GraphCall[] {
  const all = [...entries.values()].flatMap(({ calls }) => calls);
  const waiting = new Map(all.map((call) => [call, 0]));
  const readers = new Map<GraphCall, GraphCall[]>(all.map((call) => [call, []]));
  const before = (first: GraphCall, then: GraphCall) => {
    readers.get(first)!.push(then);
    waiting.set(then, waiting.get(then)! + 1);
  };
  for (const { calls } of entries.values()) {
    calls.forEach((call, index) => {
      if (index > 0) before(calls[index - 1], call);
      for (const { layer, node } of [...call.inputs, ...call.masks]) {
        const read = entries.get(layer)?.calls[node];
        if (read) before(read, call);
      }
    });
  }
  const sorted = all.filter((call) => waiting.get(call) === 0);
  for (let i = 0; i < sorted.length; i++) {
    for (const reader of readers.get(sorted[i])!) {
      const left = waiting.get(reader)! - 1;
      waiting.set(reader, left);
      if (left === 0) sorted.push(reader);
    }
  }
  if (sorted.length === all.length) return sorted;
  const stuck = all.find((call) => waiting.get(call)! > 0)!;
  throw new FileError(`${label}: a call of ${showValue(stuck.entry.key)} depends on its own result.`);
}
