import type { Callback, CallbackModel, Logs } from "../callback.js";
import { ArgumentError, checkLogs, checkNumbers, checkOptions } from "../errors.js";
import type { ModelLayer } from "../model.js";
import { cellNames } from "./cells.js";
import { allTargets } from "./find.js";
import type { InspectData } from "./pass.js";
import { countGates, type GateSaturation, pieces } from "./saturation.js";

/** The options of `GateMonitor`. */
export interface GateMonitorOptions {
  /** The clips to look at, the same after each epoch: data as for `trace`, best a few of those held out. Required. */
  clips: InspectData;
  /** The number of clips in a batch, 8 by default. */
  batchSize?: number;
}

/** A gate that is always below the one or above the other is dead. */
const [closed, open] = [0.05, 0.95];

/** What the gates are called in logs. */
const words: Readonly<Record<string, string>> = { i: "input", f: "forget", o: "output", z: "update", r: "reset" };

class GateMonitorCallback implements Callback {
  model?: CallbackModel;
  readonly #options: GateMonitorOptions;

  constructor(options: GateMonitorOptions) {
    checkOptions("GateMonitor", options, ["clips", "batchSize"]);
    if (options.clips === undefined)
      throw new ArgumentError("GateMonitor: expected { clips }; give a few clips to look at.");
    checkNumbers("GateMonitor", options, "a whole number from 1", ["batchSize"]);
    this.#options = options;
  }

  #gated() {
    const gated = allTargets("GateMonitor", this.model).filter(({ target }) => cellNames(target.cell).keeps);
    if (gated.length > 0) return gated;
    throw new ArgumentError(
      "GateMonitor: the model has no recurrent layer with gates; it watches LSTM, GRU and ConvLSTM.",
    );
  }

  onTrainBegin(): void {
    this.#gated();
  }

  async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    const { clips, batchSize = 8 } = this.#options;
    checkLogs("GateMonitor", logs);
    for (const { target, name } of this.#gated()) {
      const { count, gates } = await countGates(
        "GateMonitor",
        this.model as ModelLayer,
        target,
        pieces(clips, batchSize),
      );
      for (const [gate, counted] of Object.entries(gates)) {
        logs[`${name}/${words[gate]}_saturation`] = saturatedShare(counted, count);
        logs[`${name}/${words[gate]}_dead`] = deadShare(counted);
      }
    }
  }
}

/** The share of all values that are nearly closed or nearly open. */
function saturatedShare({ low, high }: GateSaturation, count: number): number {
  const all = [...low, ...high].reduce((sum, n) => sum + n, 0);
  return all / (count * low.length);
}

/** The share of units whose gate never moves away from closed or open. */
const deadShare = ({ min, max }: GateSaturation): number =>
  max.filter((most, unit) => most < closed || min[unit] > open).length / max.length;

/**
 * Makes a callback that looks at the gates of every recurrent layer after each epoch, on the same clips. The history gets two values for
 * each gate (input, forget and output; of a GRU update and reset), under the name of the layer: `lstm/forget_saturation`, the share of its
 * values that are nearly closed or nearly open, as `saturation` counts them (below 0.1, above 0.9), and `lstm/forget_dead`, the share of
 * units whose gate is below 0.05 at every step of every clip, or above 0.95. Progress lines do not show them. Training is the same as
 * without it: the model runs in inference, once for each of its recurrent layers, and states are restored.
 * @throws ArgumentError for unknown options or without clips; in training, where the model has no layer with gates.
 * @example
 * const { history } = await model.fit(x, y, { epochs: 20, callbacks: [GateMonitor({ clips: held })] });
 * console.log(history["lstm/forget_dead"]);
 */
export const GateMonitor = (options: GateMonitorOptions): Callback => new GateMonitorCallback(options);
