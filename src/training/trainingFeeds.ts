/** The batches of `fit`: for training and for validation. */
import { ArgumentError } from "../errors.js";
import { randomStream } from "../random.js";
import {
  type BatchSource,
  type DataList,
  type SampleWeight,
  type Ends,
  hostSamples,
  isBatchSource,
  pick,
  readyBatch,
  type Samples,
} from "./data.js";
import { type Feed, type FeedOptions, openFeed, samplesFeed } from "./feed.js";
import type { Keeper } from "./keeper.js";
import type { FitOptions } from "./options.js";

/**
 * The batches to train on and, if there are any, those to validate with.
 * @throws ArgumentError or ShapeError where they do not fit.
 */
export async function trainingFeeds(
  where: string,
  x: DataList | BatchSource,
  y: DataList | undefined,
  options: FitOptions,
  model: Ends,
  keeper?: Keeper,
): Promise<{ train: Feed; validation: Feed | undefined }> {
  const { batchSize, stepsPerEpoch, validationData, validationSplit, sampleWeight } = options;
  const trainOptions = { batchSize, steps: stepsPerEpoch, sampleWeight };
  const heldOptions = { batchSize, steps: options.validationSteps };
  const validation = validationData && (await validationFeed(where, validationData, heldOptions, model, keeper));
  if (isBatchSource(x)) {
    if (validationSplit) {
      throw new ArgumentError(`${where}: validationSplit needs samples in memory; with batches give validationData.`);
    }
    return { train: await openFeed(where, keeper?.source("Train", x) ?? x, y, trainOptions, model), validation };
  }
  const all = await hostSamples(readyBatch(where, [x, y, sampleWeight], model));
  const stream = (options.shuffle ?? true) ? randomStream(options.seed) : undefined;
  const shuffle = keeper?.order(all, stream) ?? stream;
  if (!validationSplit || validation) return { train: samplesFeed(where, all, trainOptions, shuffle), validation };
  const [first, last] = splitSamples(where, all, validationSplit);
  return {
    train: samplesFeed(where, first, trainOptions, shuffle),
    validation: samplesFeed(where, last, heldOptions),
  };
}

function validationFeed(
  where: string,
  data: NonNullable<FitOptions["validationData"]>,
  options: FeedOptions,
  model: Ends,
  keeper?: Keeper,
): Promise<Feed> {
  const batches = data as BatchSource;
  if (!Array.isArray(data))
    return openFeed(where, keeper?.source("Test", batches) ?? batches, undefined, options, model);
  const [x, y, sampleWeight] = data as unknown as readonly [DataList, DataList, SampleWeight?];
  return openFeed(where, x, y, { ...options, sampleWeight }, model);
}

/** Splits the samples; the last `fraction` of them are the second part. @throws ArgumentError where a part is empty. */
function splitSamples(where: string, samples: Samples, fraction: number): [Samples, Samples] {
  const cut = Math.floor(samples.size * (1 - fraction));
  if (!(cut > 0 && cut < samples.size)) {
    throw new ArgumentError(
      `${where}: validationSplit ${fraction} of ${samples.size} samples leaves ${cut} to train on.`,
    );
  }
  return [pick(samples, 0, cut), pick(samples, cut, samples.size)];
}
