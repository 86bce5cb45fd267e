/**
 * What a file means depends on who wrote it: one row for each range of versions whose layers compute something else for the
 * same words. Readers ask for a row by version, and then by the name of the meaning. Rows for which no library is run by
 * test/fixtures/make_writers.py or make_tfjs_writers.mjs are from its source.
 */

/** The meanings that differ. Each is described where `forWriter` puts it into effect, or in table.ts. */
export interface Writer {
  /** Who writes such files. */
  readonly name: string;
  /** The function that is meant by "hard_sigmoid". */
  readonly hardSigmoid: "hardSigmoid" | "hardSigmoidKeras2";
  /** The value of `reset_after` of a GRU that does not say. */
  readonly resetAfter: boolean;
  /** Whether a size that is to be computed may be null in the target shape of a Reshape. */
  readonly nullSizes: boolean;
  /** Where batch normalization under TimeDistributed has its statistics. */
  readonly statistics: "step" | "clip";
  /** Whether TimeDistributed runs a model inside it a second time for its mask, so that moving averages move twice. */
  readonly runsForMasks: boolean;
  /** The variance that the moving average of batch normalization follows. */
  readonly movingVariance: "population" | "fused" | "fusedFrames" | "sample";
  /** Whether batch normalization leaves masked steps out of its statistics. */
  readonly normalizationMasks: "used" | "unfused" | "ignored";
  /** How merge layers and Concatenate join masks, and whether products and extremes leave masked steps out. */
  readonly joinedMasks: "any" | "all" | "none";
  /** The mask of the result of TimeDistributed. */
  readonly timeDistributedMasks: "incoming" | "inner" | "none";
  /** The mask of the result of a recurrent layer that returns sequences. */
  readonly recurrentMasks: "incoming" | "none";
  /** The output of Bidirectional at masked steps. */
  readonly bidirectionalOutputs: "zeros" | "repeated";
  /** Whether the mean of GlobalAveragePooling1D is that of the steps that count. */
  readonly poolingMasks: "used" | "ignored";
  /** Whether a mask passes through Rescaling. */
  readonly rescalingMasks: "incoming" | "none";
  /** Where the first and the last pixel of a frame lie that UpSampling2D enlarges with "bilinear". */
  readonly bilinear: "centers" | "corners";
  /** Which layer is given the mask of which other, and whether the results of models have masks. */
  readonly modelMasks: "ofTensors" | "latest";
}

/** Keras from 3.4 to 3.15: all layers here compute as it does. */
const keras3: Writer = {
  name: "Keras 3",
  hardSigmoid: "hardSigmoid",
  resetAfter: true,
  nullSizes: false,
  statistics: "step",
  runsForMasks: false,
  movingVariance: "population",
  normalizationMasks: "used",
  joinedMasks: "any",
  timeDistributedMasks: "incoming",
  recurrentMasks: "incoming",
  bidirectionalOutputs: "zeros",
  poolingMasks: "used",
  rescalingMasks: "incoming",
  bilinear: "centers",
  modelMasks: "ofTensors",
};

/** Keras 2 in TensorFlow from 2.12, and tf-keras. */
const keras2: Writer = {
  ...keras3,
  name: "Keras 2",
  hardSigmoid: "hardSigmoidKeras2",
  resetAfter: false,
  statistics: "clip",
  runsForMasks: true,
  movingVariance: "fused",
  normalizationMasks: "unfused",
  joinedMasks: "all",
  timeDistributedMasks: "inner",
  rescalingMasks: "none",
};

/** Keras 2 as a package of its own, up to 2.3. */
const keras2Alone: Writer = {
  ...keras2,
  name: "Keras 2 without TensorFlow",
  runsForMasks: false,
  movingVariance: "sample",
  normalizationMasks: "ignored",
  bidirectionalOutputs: "repeated",
};

const keras1: Writer = {
  ...keras2Alone,
  name: "Keras 1",
  movingVariance: "population",
  timeDistributedMasks: "incoming",
  poolingMasks: "ignored",
};

/** TensorFlow.js's own layers. Its converter writes the words of the Keras that it read, which then is the writer. */
const tensorflowJs: Writer = {
  ...keras3,
  name: "TensorFlow.js",
  hardSigmoid: "hardSigmoidKeras2",
  resetAfter: false,
  nullSizes: true,
  normalizationMasks: "ignored",
  joinedMasks: "all",
  bidirectionalOutputs: "repeated",
  poolingMasks: "ignored",
  bilinear: "corners",
  modelMasks: "latest",
};

interface Row {
  /** The library in which the version counts. */
  readonly library: "keras" | "kerasAlone" | "tensorflowJs";
  /** The first version that the row is for; it reaches to the next row of its library. */
  readonly from: readonly [major: number, minor: number];
  readonly writer: Writer;
}

/** All writers, by library and version, the oldest first. */
export const writers: readonly Row[] = [
  { library: "kerasAlone", from: [0, 0], writer: keras1 },
  {
    library: "kerasAlone",
    from: [2, 0],
    writer: {
      ...keras2Alone,
      movingVariance: "population",
      timeDistributedMasks: "incoming",
      poolingMasks: "ignored",
    },
  },
  {
    library: "kerasAlone",
    from: [2, 1],
    writer: { ...keras2Alone, timeDistributedMasks: "incoming", poolingMasks: "ignored" },
  },
  { library: "kerasAlone", from: [2, 2], writer: keras2Alone },
  {
    library: "keras",
    from: [0, 0],
    writer: { ...keras2, movingVariance: "fusedFrames", normalizationMasks: "ignored" },
  },
  { library: "keras", from: [2, 5], writer: { ...keras2, normalizationMasks: "ignored" } },
  { library: "keras", from: [2, 12], writer: keras2 },
  { library: "keras", from: [3, 0], writer: { ...keras3, joinedMasks: "none" } },
  { library: "keras", from: [3, 4], writer: keras3 },
  {
    library: "keras",
    from: [3, 16],
    writer: { ...keras3, timeDistributedMasks: "none", recurrentMasks: "none" },
  },
  { library: "tensorflowJs", from: [0, 0], writer: tensorflowJs },
];

/**
 * The writer of a file.
 * @param version what the file calls the version: "3.15.1", "2.2.4-tf", "tfjs-layers 4.22.0"; undefined where it does not say.
 * @param isKeras3 whether a file that does not say has the form of Keras 3.
 */
export function writerOf(version: string | undefined, isKeras3: boolean): Writer {
  if (version === undefined) return isKeras3 ? keras3 : keras2;
  if (version.startsWith("tfjs")) return tensorflowJs;
  const [major, minor] = (/^(\d{1,6})(?:\.(\d{1,6}))?/.exec(version) ?? [0, 2, 12]).slice(1).map((n) => Number(n ?? 0));
  const isAlone = major < 2 || (major === 2 && minor < 4 && !/tf/.test(version));
  const library = isAlone ? "kerasAlone" : "keras";
  const isReached = ({ from }: Row) => from[0] < major || (from[0] === major && from[1] <= minor);
  return writers.findLast((row) => row.library === library && isReached(row))!.writer;
}
