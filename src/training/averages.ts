/** Means over batches, as the logs and the history show them. */
import type { History, Logs } from "../callback.js";
import type { Measured } from "../metric.js";
import { collectScoped } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** All tensors in what was measured; the loss's value is the first. */
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
   * Adds a batch, and disposes its tensors. They are read before anything is awaited, as a scope around may close then.
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

/** Logs in the order of their names, as in the history of Keras. */
export const sortLogs = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Logs in the order of their names, with `val_` before each. */
export const validationLogs = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(sortLogs(logs)).map(([name, value]) => [`val_${name}`, value]));

/** Enters the logs of an epoch into the history. */
export function record({ epoch, history }: History, number: number, logs: Logs): void {
  epoch.push(number);
  for (const [name, value] of Object.entries(logs)) (history[name] ??= []).push(value);
}
