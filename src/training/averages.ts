/** Means over batches, for the logs and the history. */
import type { History, Logs } from "../callback.js";
import type { Measured } from "../metric.js";
import { collectScoped } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** Lists the tensors of the measured values; the first is that of the loss. */
export const tensorsOf = (measured: readonly Measured[]): Tensor[] => [...collectScoped([...measured])] as Tensor[];

/** Means over batches of unequal size. */
export class Averages {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;

  constructor(private readonly names: readonly string[]) {
    this.#sums = new Float64Array(names.length);
    this.#counts = new Float64Array(names.length);
  }

  /**
   * Adds a batch and disposes its tensors. They are read before the first `await`, because a scope around may end then.
   */
  async add(measured: readonly Measured[]): Promise<void> {
    try {
      const read = (x: Tensor | number) => (typeof x === "number" ? [x] : x.data());
      await Promise.all(
        measured.map(async ({ value, count }, i) => {
          const [[mean], [number]] = await Promise.all([read(value), read(count)]);
          this.#sums[i] += mean * number;
          this.#counts[i] += number;
        }),
      );
    } finally {
      for (const x of tensorsOf(measured)) x.dispose();
    }
  }

  /** The means so far, by name. */
  logs(): Logs {
    return Object.fromEntries(this.names.map((name, i) => [name, this.#sums[i] / this.#counts[i]]));
  }
}

/** The values of one batch by name. */
export async function readLogs(names: readonly string[], measured: readonly Measured[]): Promise<Logs> {
  const averages = new Averages(names);
  await averages.add(measured);
  return averages.logs();
}

/** Sorts logs by name, as in the history of Keras. */
export const sortLogs = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Sorts logs by name and puts `val_` before each name. */
export const validationLogs = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(sortLogs(logs)).map(([name, value]) => [`val_${name}`, value]));

/** Adds the logs of an epoch to the history. */
export function record({ epoch, history }: History, number: number, logs: Logs): void {
  epoch.push(number);
  for (const [name, value] of Object.entries(logs)) (history[name] ??= []).push(value);
}
