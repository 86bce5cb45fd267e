/** What `fit` asks of that which keeps its state. `zoetrope/formats` has it; here are only the types. */
import type { History, Logs } from "../callback.js";
import type { Averages } from "./averages.js";
import type { BatchSource, Order, Samples } from "./data.js";
import type { TrainedModel } from "./trainedModel.js";

/** Keeps the state of a training, so that `fit` goes on from it; `checkpointAt` of `zoetrope/formats` makes one. */
export interface Checkpoint {
  /** @internal Begins to keep a call of `fit` with these options. */
  keep(where: string, model: TrainedModel, options: object): Keeper;
}

/** Where a `fit` is. */
export interface FitPosition {
  /** The number of the epoch. */
  epoch: number;
  /** The batches of the epoch that are done; -1 before the hook `onEpochBegin`. */
  batch: number;
  /** The logs of the last epoch. */
  logs: Logs;
  readonly history: History;
  /** The means over the batches of the epoch. */
  averages?: Pick<Averages, "state"> | undefined;
}

/** The batches of each epoch, as a feed gives them. */
export interface KeptFeed {
  /** The number of batches in an epoch; undefined where that is not known. */
  readonly length: number | undefined;
  epoch(): AsyncGenerator<unknown, void, undefined>;
}

/** Which data: those to train on, or those to validate with. */
export type Use = "Train" | "Test";

/** Keeps the state of one call of `fit`. */
export interface Keeper {
  /** Gives an order of samples that says where a pass began. */
  order(samples: Samples, shuffle: Order | undefined): Order;
  /** Gives the same batches, from what says where a pass began. */
  source(use: Use, batches: BatchSource): BatchSource;
  /** Restores what was kept, if there is anything, and sets the position. */
  restore(at: FitPosition, feeds: Readonly<Record<Use, KeptFeed | undefined>>): Promise<void>;
  /** When a batch was taken from the data, also one that was used before `fit` went on. */
  took(use: Use): void;
  /** After each batch of training. */
  batch(): Promise<void>;
  /** After the last batch of an epoch, before what may change states without training. */
  hold(): Promise<void>;
  /** After each epoch. */
  epoch(): Promise<void>;
  /** Where `fit` is stopped by its signal. */
  stop(): Promise<void>;
  /** After the end of training. */
  end(): Promise<void>;
}
