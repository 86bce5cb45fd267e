/** Batches epoch by epoch, from samples in memory or a source of batches. */
import { ArgumentError, kindOf } from "../errors.js";
import {
  type Batch,
  type BatchSource,
  type DataList,
  type Ends,
  hostSamples,
  isBatchSource,
  type Order,
  type ReadyBatch,
  readyBatch,
  sampleBatches,
  type Samples,
  notData,
} from "./data.js";
import type { EvaluateOptions } from "./options.js";

type BatchIterator = Iterator<ReadyBatch> | AsyncIterator<ReadyBatch>;

/**
 * Gives the batches of each epoch. Without `steps` an epoch is one pass over the data. With `steps` it is that many
 * batches: the next epoch continues where this one ended, and a source that ends begins again if that is possible.
 */
export interface Feed {
  /** The number of batches in an epoch; undefined where that is not known. */
  readonly length: number | undefined;
  /** The batches of one epoch. @throws ArgumentError where there is none left. */
  epoch(): AsyncGenerator<ReadyBatch, void, undefined>;
  /** Ends a pass that is still open, so that its generator can clean up. */
  close(): Promise<void>;
}

/** @param numBatches the number of batches in one pass, where that is known. */
function makeFeed(where: string, begin: () => BatchIterator, steps?: number, numBatches?: number): Feed {
  let open: BatchIterator | undefined;
  return {
    length: steps ?? numBatches,
    async *epoch() {
      let given = 0;
      let givenByPass = open ? 1 : 0;
      while (steps === undefined || given < steps) {
        open ??= begin();
        const { done, value } = await open.next();
        if (!done) {
          given++;
          givenByPass++;
          yield value;
          continue;
        }
        open = undefined;
        if (steps === undefined || givenByPass === 0) break;
        givenByPass = 0;
      }
      if (given === 0) {
        throw new ArgumentError(
          `${where}: there are no batches (left); a generator gives its batches once, so pass a function that makes one.`,
        );
      }
    },
    async close() {
      const last = open;
      open = undefined;
      await last?.return?.();
    },
  };
}

/** Gives batches of samples in memory, in an order that is drawn for each pass if one is given. */
export function samplesFeed(
  where: string,
  samples: Samples,
  { batchSize = 32, steps }: FeedOptions,
  shuffle?: Order,
): Feed {
  const begin = () => sampleBatches(samples, batchSize, shuffle);
  return makeFeed(where, begin, steps, Math.ceil(samples.size / batchSize));
}

/** The options of `fit`, `evaluate` and `predict` that a feed reads. */
export type FeedOptions = Pick<EvaluateOptions, "batchSize" | "steps" | "sampleWeight">;

/**
 * The batches of the data that a user gave, in the order given.
 * @throws ArgumentError or ShapeError where they do not fit.
 */
export async function openFeed(
  where: string,
  x: DataList | BatchSource,
  y: DataList | undefined,
  options: FeedOptions,
  model: Ends,
): Promise<Feed> {
  const { steps, sampleWeight } = options;
  if (!isBatchSource(x)) {
    return samplesFeed(where, await hostSamples(readyBatch(where, [x, y, sampleWeight], model)), options);
  }
  if (y === undefined && sampleWeight === undefined) return makeFeed(where, () => readyBatches(where, x, model), steps);
  throw new ArgumentError(`${where}: targets and weights come with the batches; give [x, y, sampleWeight] there.`);
}

/** Gives the batches of a source, and checks each. */
async function* readyBatches(where: string, source: BatchSource, model: Ends): AsyncGenerator<ReadyBatch> {
  const batches = (typeof source === "function" ? source() : source) as Iterable<Batch> & AsyncIterable<Batch>;
  if (typeof (batches?.[Symbol.asyncIterator] ?? batches?.[Symbol.iterator]) !== "function") {
    throw notData(where, "inputs", batches);
  }
  for await (const batch of batches) {
    if (!Array.isArray(batch)) {
      throw new ArgumentError(`${where}: a batch is ${kindOf(batch)}; expected [x, y] or [x, y, sampleWeight].`);
    }
    yield readyBatch(where, batch as unknown as Batch, model);
  }
}
