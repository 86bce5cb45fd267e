/** Means over batches, for the logs and the history. */
import type { History, Logs } from "../callback.js";
import type { Measured, Tally } from "../metric.js";
import { Tensor } from "../tensor.js";

/** Lists the tensors of the measured values, each once; the first is that of the loss. */
export const tensorsOf = (measured: readonly Measured[]): Tensor[] => [
  ...new Set(measured.flatMap(({ parts }) => parts.filter((x) => x instanceof Tensor))),
];

/** Loss and metrics over batches of unequal size. */
export interface Averages {
  /**
   * Adds a batch and disposes its tensors. They are read before the first `await`, because a scope around may end then.
   */
  add(measured: readonly Measured[]): Promise<void>;
  /** The values so far, by name; those of a metric that has several are `name[0]`, `name[1]`, ... */
  logs(): Logs;
  /** What has been counted so far, as plain data. */
  state(): AveragesState;
}

/** What has been counted, and the values of that. */
export interface AveragesState {
  readonly sums: readonly unknown[];
  readonly logs: Logs;
}

/** @param before what was counted before, none by default. */
export function makeAverages(names: readonly string[], before?: AveragesState): Averages {
  const tallies: Tally[] = [];
  return {
    async add(measured) {
      try {
        const read = async (x: Tensor | number) => (typeof x === "number" ? [x] : x.data());
        const all = await Promise.all(measured.map(({ parts }) => Promise.all(parts.map(read))));
        for (const [i, parts] of all.entries()) (tallies[i] ??= measured[i].start(before?.sums[i])).add(...parts);
      } finally {
        for (const x of tensorsOf(measured)) x.dispose();
      }
    },
    logs() {
      if (before && tallies.length === 0) return before.logs;
      const logs: Logs = {};
      for (const [i, name] of names.entries()) {
        const value = tallies[i]?.result() ?? NaN;
        if (typeof value === "number") logs[name] = value;
        else for (const [k, one] of value.entries()) logs[`${name}[${k}]`] = one;
      }
      return logs;
    },
    state() {
      const sums = before && tallies.length === 0 ? before.sums : tallies.map((tally) => tally.sums());
      return { sums, logs: this.logs() };
    },
  };
}

/** The values of one batch by name. */
export async function readLogs(names: readonly string[], measured: readonly Measured[]): Promise<Logs> {
  const averages = makeAverages(names);
  await averages.add(measured);
  return averages.logs();
}

/** Sorts logs by name, as in the history of Keras, and puts a prefix before each name. */
export const sortLogs = (logs: Logs, prefix = ""): Logs =>
  Object.fromEntries(Object.keys(logs).sort().map((name) => [prefix + name, logs[name]])); // prettier-ignore

/** Adds the logs of an epoch to the history. */
export function record({ epoch, history }: History, number: number, logs: Logs): void {
  epoch.push(number);
  for (const [name, value] of Object.entries(logs)) (history[name] ??= []).push(value);
}
