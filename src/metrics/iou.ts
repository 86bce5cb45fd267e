/** Intersection over union of classes: a matrix of targets against outputs, summed up over batches. */
import { ArgumentError, checkNumber, checkOptions, shown } from "../errors.js";
import { unfit } from "../loss.js";
import type { RunningMetric } from "../metric.js";
import { argMax } from "../ops/reduce.js";
import { reshape } from "../ops/move.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkCount, type NamedMetricOptions, runningMetric, total } from "./running.js";

/** The options that the metrics of several classes share. */
interface SharedOptions extends NamedMetricOptions {
  /** The number of classes. */
  numClasses: number;
  /** A class of targets that does not count; none by default. */
  ignoreClass?: number | null;
  /** Whether outputs are class numbers rather than a value for each class; by default as the targets are. */
  sparseYPred?: boolean;
  /** The axis of the classes, where targets or outputs have a value for each; the last by default. */
  axis?: number;
}
/** The options of `OneHotMeanIoU`. */
export interface OneHotMeanIoUOptions extends SharedOptions {}
/** The options of `OneHotIoU`. */
export interface OneHotIoUOptions extends SharedOptions {
  /** The classes whose mean is the value. */
  targetClassIds: readonly number[];
}
/** The options of `MeanIoU`. */
export interface MeanIoUOptions extends SharedOptions {
  /** Whether targets are class numbers rather than one-hot rows, true by default. */
  sparseYTrue?: boolean;
}
/** The options of `IoU`. */
export interface IoUOptions extends MeanIoUOptions {
  /** The classes whose mean is the value. */
  targetClassIds: readonly number[];
}
/** The options of `BinaryIoU`. */
export interface BinaryIoUOptions extends NamedMetricOptions {
  /** The classes whose mean is the value: 0, 1, or (the default) both. */
  targetClassIds?: readonly number[];
  /** An output from this on means class 1; 0.5 by default. */
  threshold?: number;
}

/** What all of them are made of. */
interface Kind {
  readonly className: string;
  readonly maker: string;
  readonly config: NamedMetricOptions;
  readonly classes: number;
  readonly counted: readonly number[];
  readonly ignoreClass?: number | null | undefined;
  readonly rowsOf: (name: string, yTrue: Tensor, yPred: Tensor) => readonly [Tensor, Tensor];
  readonly classOf?: (output: number) => number;
}

function iouMetric({ className, maker, config, classes, counted, ignoreClass, rowsOf, ...kind }: Kind) {
  const { classOf = Math.trunc } = kind;
  return runningMetric({
    className,
    maker,
    direction: "up",
    config,
    fit(name, yTrue, yPred) {
      const [target, output] = rowsOf(name, yTrue, yPred);
      if (target.size === output.size) return [target, output];
      throw unfit(name, yTrue, yPred, "one class for each");
    },
    start(sums = []) {
      const rows = new Map(sums as [k: number, row: number[] | Float64Array][]); // of the classes that have come
      const rowOf = (k: number) => rows.get(k) ?? rows.set(k, new Float64Array(classes)).get(k)!;
      return {
        add({ yTrue, yPred, weights }) {
          for (let i = 0; i < yTrue.length; i++) {
            const [t, y] = [Math.trunc(yTrue[i]), classOf(yPred[i])];
            const counts = t >= 0 && t < classes && y >= 0 && y < classes && t !== ignoreClass;
            if (counts) rowOf(t)[y] += Math.trunc(weights?.[i] ?? 1); // Keras counts in whole numbers
          }
        },
        result() {
          const found = new Float64Array(classes);
          for (const row of rows.values()) row.forEach((n, k) => (found[k] += n));
          const shares = counted.flatMap((k) => {
            const both = rows.get(k)?.[k] ?? 0;
            const either = total(rows.get(k) ?? []) + found[k] - both;
            return either > 0 ? [both / (either + epsilon)] : [];
          });
          return total(shares) / (shares.length + epsilon);
        },
        sums: () => [...rows],
      };
    },
  });
}

const epsilon = 1e-7;

/** Gives class numbers from class numbers, or by the largest of each row along `axis`. */
const classesAlong = (isSparse: boolean, axis: number) => (x: Tensor) => {
  const classes = isSparse ? x : argMax(x, axis);
  return classes.shape.length === 0 ? reshape(classes, [1]) : classes;
};

function severalClasses(
  className: string,
  options: IoUOptions,
  known: readonly string[],
  usual: { sparseYTrue: boolean; sparseYPred: boolean },
): RunningMetric {
  checkOptions(className, options ?? 0, ["numClasses", ...known, "ignoreClass", "sparseYPred", "axis", "name"]);
  const {
    numClasses,
    ignoreClass,
    axis = -1,
    sparseYTrue = usual.sparseYTrue,
    sparseYPred = usual.sparseYPred,
  } = options;
  checkCount(className, "numClasses", numClasses, 1, 1e4);
  checkNumber(className, "axis", axis, "a whole number");
  if (ignoreClass != null) checkNumber(className, "ignoreClass", ignoreClass, "a whole number");
  const hasIds = known.includes("targetClassIds");
  const counted = hasIds ? options.targetClassIds : Array.from({ length: numClasses }, (_, k) => k);
  const [targets, outputs] = [classesAlong(sparseYTrue, axis), classesAlong(sparseYPred, axis)];
  return iouMetric({
    className,
    maker: className === "IoU" ? "iou" : className.charAt(0).toLowerCase() + className.slice(1),
    config: options,
    classes: numClasses,
    counted: checkIds(className, counted, numClasses),
    ignoreClass,
    rowsOf: (_, yTrue, yPred) => [targets(yTrue), outputs(yPred)],
  });
}

/** @throws ArgumentError for a list that holds anything but class numbers, or nothing. */
function checkIds(where: string, ids: unknown, classes: number): readonly number[] {
  const isId = (id: unknown) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < classes;
  if (Array.isArray(ids) && ids.length > 0 && ids.every(isId)) return ids as number[];
  throw new ArgumentError(`${where}: targetClassIds ${shown(ids)}; expected whole numbers from 0, below ${classes}.`);
}

const sparse = { sparseYTrue: true, sparseYPred: true };
const oneHot = { sparseYTrue: false, sparseYPred: false };

export const IoU = (options: IoUOptions): RunningMetric =>
  severalClasses("IoU", options, ["targetClassIds", "sparseYTrue"], sparse);
export const MeanIoU = (options: MeanIoUOptions): RunningMetric =>
  severalClasses("MeanIoU", options as IoUOptions, ["sparseYTrue"], sparse);
export const OneHotIoU = (options: OneHotIoUOptions): RunningMetric =>
  severalClasses("OneHotIoU", options, ["targetClassIds"], oneHot);
export const OneHotMeanIoU = (options: OneHotMeanIoUOptions): RunningMetric =>
  severalClasses("OneHotMeanIoU", options as IoUOptions, [], oneHot);

export function BinaryIoU(options: BinaryIoUOptions = {}): RunningMetric {
  checkOptions("BinaryIoU", options, ["targetClassIds", "threshold", "name"]);
  const { targetClassIds = [0, 1], threshold = 0.5 } = options;
  const bound = Math.fround(checkNumber("BinaryIoU", "threshold", threshold, "a finite number"));
  return iouMetric({
    className: "BinaryIoU",
    maker: "binaryIoU",
    config: options,
    classes: 2,
    counted: checkIds("BinaryIoU", targetClassIds, 2),
    rowsOf(name, yTrue, yPred) {
      if (yTrue.size !== yPred.size) throw unfit(name, yTrue, yPred, "equal shapes");
      return [sameShape(yTrue.shape, yPred.shape) ? yTrue : reshape(yTrue, yPred.shape), yPred];
    },
    classOf: (output) => (output >= bound ? 1 : 0),
  });
}
