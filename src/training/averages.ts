/** From what was measured on batches to the numbers that users see. */
import type { History, Logs } from "../callbacks.js";
import type { Measured } from "../metrics/rules.js";
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

  /** Takes a batch in, and gives its tensors back. They are read before anything is awaited: a scope around may close then. */
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

  logs(): Logs {
    return Object.fromEntries(this.names.map((name, i) => [name, this.#sums[i] / this.#counts[i]]));
  }
}

/** What was measured on one batch, by name. */
export async function readLogs(names: readonly string[], measured: readonly Measured[]): Promise<Logs> {
  const averages = new Averages(names);
  await averages.add(measured);
  return averages.logs();
}

/** Logs by name, as Keras has them in the history. */
export const sorted = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The same with `val_` before each name. */
export const validationLogs = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(sorted(logs)).map(([name, value]) => [`val_${name}`, value]));

export function record({ epoch, history }: History, number: number, logs: Logs): void {
  epoch.push(number);
  for (const [name, value] of Object.entries(logs)) (history[name] ??= []).push(value);
}
