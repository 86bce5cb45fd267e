/**
 * Connectionist temporal classification (Graves et al., 2006): the sum over all alignments of a sequence of labels with
 * the time steps, by the forward and the backward recursion in logarithms. Each step is normalized, as in TensorFlow, so
 * that sums of long sequences keep their precision.
 *
 * States are the start, then blanks and labels in turn: start, blank, a, blank, b, ..., blank. State s follows itself,
 * state s - 1, and state s - 2 where that skips a blank between different labels (or the first one).
 */
import { ShapeError, shapeText } from "../errors.js";
import { checkTensors, isRecording, record, stopGradient } from "../op.js";
import type { Shape } from "../shape.js";
import { scope } from "../scope.js";
import { constantTensor, tensor, type Tensor } from "../tensor.js";
import { add, equal, multiply, subtract } from "./arithmetic.js";
import { affine, exp, log, negative } from "./elementwise.js";
import { matMul } from "./matMul.js";
import { concat, reshape, slice, stack, transpose } from "./move.js";
import { max, sum } from "./reduce.js";
import { logSoftmax } from "./softmax.js";
import { batchMajor, timeMajor } from "./timeMajor.js";

/** The logarithm of a probability that is 0, as a number with which sums stay finite. */
const impossible = -1e30;
/**
 * The logarithm of the probability, 1e-307, by which TensorFlow lets an alignment begin and end in wrong states: so
 * labels that need more time steps than there are have a loss above 700, and a gradient.
 */
const leak = -706.893623549172;

/**
 * Computes -log p(labels) of each sample, [batch]. labels: [batch, length], class numbers, of which as many count as are
 * not 0 (the class of the blank); logits: [batch, time, classes]. Only logits have a gradient.
 * @throws ShapeError for other shapes, and for no time steps.
 */
export function ctcLoss(labels: Tensor, logits: Tensor): Tensor {
  checkTensors("ctc", [labels, logits]);
  checkShapes(labels.shape, logits.shape);
  return scope(() => {
    const isRecorded = isRecording([logits]);
    const { loss, gradient } = stopGradient(() => scope(() => align(labels, logits, isRecorded)));
    if (gradient) {
      const backward = ([dy]: readonly (Tensor | undefined)[]) => [
        () => multiply(reshape(dy!, [dy!.size, 1, 1]), gradient),
      ];
      record({ name: "ctc", inputs: [logits], outputs: [loss], backward }, [gradient]);
    }
    return loss;
  });
}

function checkShapes(labels: Shape, logits: Shape): void {
  if (labels.length === 2 && logits.length === 3 && labels[0] === logits[0] && logits[1] > 0) return;
  throw new ShapeError(
    `ctc: targets ${shapeText(labels)} against outputs ${shapeText(logits)}; expected [batch, length] against logits [batch, time, classes].`,
  );
}

/** Computes the losses, and the gradient of the logits for losses of the gradient 1. */
function align(labels: Tensor, logits: Tensor, isRecorded: boolean): { loss: Tensor; gradient: Tensor | undefined } {
  const [, time] = logits.shape;
  const logP = logSoftmax(logits);
  const { seen, classified, skips, ends, start } = states(labels, logits.shape[2]);
  const observed = timeMajor(add(matMul(logP, transpose(seen, [0, 2, 1])), start.isNeverSeen));
  const at = (t: number) => reshape(slice(observed, [t], [1]), skips.shape);

  /** The logarithms of the sums over all ends of an alignment, after each step. */
  const after: Tensor[] = [ends];
  let total = constantTensor([labels.shape[0], 1], 0, logits.backend);
  for (let t = time - 1; t >= 0; t--) {
    const [before, part] = scope(() => {
      const x = add(after[0], at(t));
      return normalized(logSumExp([x, shifted(x, -1), shifted(add(x, skips), -2)]));
    });
    total = add(total, part);
    if (isRecorded) after.unshift(before);
    else after[0] = before;
  }
  const loss = negative(reshape(add(slice(after[0], [0, 0], [-1, 1]), total), [labels.shape[0]]));
  if (!isRecorded) return { loss, gradient: undefined };

  /** The logarithms of the sums over all beginnings of an alignment, up to a step. */
  let until = start.begins;
  const shares: Tensor[] = [];
  for (let t = 0; t < time; t++) {
    const [next, share] = scope(() => {
      const before = logSumExp([until, shifted(until, 1), add(shifted(until, 2), skips)]);
      const [now] = normalized(add(before, at(t)));
      return [now, exp(normalized(add(now, after[t + 1]))[0])];
    });
    until = next;
    shares.push(share);
  }
  return { loss, gradient: subtract(exp(logP), matMul(batchMajor(stack(shares)), classified)) };
}

/** What is known of the states, of which there are two for each label and two more. */
function states(labels: Tensor, classes: number) {
  const { backend } = labels;
  const [batch, length] = labels.shape;
  const full = (shape: Shape, value: number) => constantTensor(shape, value, backend);
  /** Puts what belongs to the start and the labels, [batch, length + 1, ...], before what belongs to blanks. */
  const inTurn = (ofLabels: Tensor, ofBlanks: Tensor) =>
    reshape(stack([ofLabels, ofBlanks], 2), [batch, 2 * length + 2, ...ofLabels.shape.slice(2)]);

  const numbers = Float32Array.from({ length: classes }, (_, i) => i);
  const ofLabels = equal(reshape(labels, [batch, length, 1]), tensor(numbers));
  const ofStart = full([batch, 1, classes], 0);
  const ofBlanks = add(full([batch, length + 1, 1], 0), tensor(numbers.map((n) => Number(n === 0))));
  const isLabel = affine(equal(labels, 0), -1, 1);

  const previous = slice(concat([full([batch, 1], NaN), labels], 1), [0, 0], [-1, length]);
  const mayFollow = concat([full([batch, 1], 0), affine(equal(labels, previous), -1, 1)], 1);
  const levels = tensor(Float32Array.from({ length: 2 * length + 2 }, (_, s) => Math.floor(s / 2)));
  const isEnd = equal(levels, sum(isLabel, 1, true));
  const isStart = equal(tensor(Float32Array.from({ length: 2 * length + 2 }, (_, s) => s)), 0);
  return {
    /** 1 for the class that is seen in a state, [batch, states, classes]. */
    seen: inTurn(concat([ofStart, ofLabels], 1), ofBlanks),
    /** The same for the gradient: a 0 between labels is seen as a blank, but has no share, as in TensorFlow. */
    classified: inTurn(concat([ofStart, multiply(ofLabels, reshape(isLabel, [batch, length, 1]))], 1), ofBlanks),
    /** 0 where a state may follow the one before the last, [batch, states]. */
    skips: affine(inTurn(mayFollow, full([batch, length + 1], 0)), -impossible, impossible),
    /** The logarithms of the probabilities that an alignment ends in a state, [batch, states]. */
    ends: affine(isEnd, -leak, leak),
    start: {
      isNeverSeen: affine(isStart, impossible),
      /** The logarithms of the probabilities that an alignment begins in a state, [batch, states]. */
      begins: add(full([batch, 1], 0), affine(isStart, -leak, leak)),
    },
  };
}

/** Moves states [batch, states] by some places to the end, or with a negative number to the beginning. */
function shifted(x: Tensor, by: number): Tensor {
  const [batch, count] = x.shape;
  const width = Math.abs(by);
  const gap = constantTensor([batch, width], impossible, x.backend);
  const rest = slice(x, [0, by < 0 ? width : 0], [-1, count - width]);
  return concat(by < 0 ? [rest, gap] : [gap, rest], 1);
}

/** log(e^a + e^b + ...), element by element. */
function logSumExp(terms: readonly Tensor[]): Tensor {
  const all = stack(terms);
  const most = max(all, 0);
  return add(log(sum(exp(subtract(all, most)), 0)), most);
}

/** Subtracts the logarithm of the sum over states, [batch, 1], and gives it too. */
function normalized(x: Tensor): [normalized: Tensor, logarithm: Tensor] {
  const most = max(x, 1, true);
  const total = add(log(sum(exp(subtract(x, most)), 1, true)), most);
  return [subtract(x, total), total];
}
