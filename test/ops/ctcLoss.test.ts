// The loss of label sequences against a sum over every alignment, in double; test/keras compares with Keras.
import { expect, test } from "vitest";
import { getBackend } from "../../src/backend.js";
import { ArgumentError, CTC, ctc, Dense, Input, Masking, Model, ShapeError, tensor, valueAndGrad, Variable, zeros } from "../../src/index.js"; // prettier-ignore
import { ctcLoss } from "../../src/ops/ctcLoss.js";
import { withReference64 } from "../support/builds.js";
import { numbers } from "../support/cases/case.js";
import { directional } from "../support/cases/directional.js";

const [time, classes] = [5, 4];

/** The labels that an alignment stands for: repetitions count once, and blanks (0) not at all. */
const read = (path: readonly number[]) => path.filter((label, t) => label !== path[t - 1] && label !== 0);

/** Every way to choose a class for each time step. */
const paths = (steps: number): number[][] =>
  steps === 0
    ? [[]]
    : paths(steps - 1).flatMap((path) => Array.from({ length: classes }, (_, label) => [...path, label]));

function byHand(labels: readonly number[], logits: ArrayLike<number>): number {
  const row = (t: number) => Array.from({ length: classes }, (_, i) => Math.exp(logits[t * classes + i]));
  const p = Array.from({ length: time }, (_, t) => row(t).map((e) => e / row(t).reduce((a, b) => a + b)));
  const wanted = labels.filter((label) => label !== 0).join();
  const fitting = paths(time).filter((path) => read(path).join() === wanted);
  return -Math.log(
    fitting.reduce((sum, path) => sum + path.reduce((product, label, t) => product * p[t][label], 1), 0),
  );
}

withReference64(() => {
  const sequences = [[1, 2, 0], [1, 1, 0], [3, 0, 0], [0, 0, 0], [1, 2, 1], [2, 2, 2]]; // prettier-ignore
  const logits = numbers(sequences.length * time * classes, 1, 2);
  const shape = [sequences.length, time, classes];

  test("is minus the logarithm of the sum over all alignments", async () => {
    const losses = await ctcLoss(tensor(sequences), tensor(logits, shape)).data();
    sequences.forEach((labels, i) => {
      const expected = byHand(labels, logits.slice(i * time * classes, (i + 1) * time * classes));
      expect(Math.abs(losses[i] - expected) / expected).toBeLessThan(1e-12);
    });
  });

  test("has the gradient of differences, and leaves no memory behind", async () => {
    const held = getBackend().memory().buffers;
    const x = new Variable("logits", shape).assign(logits);
    const labels = new Variable("labels", [sequences.length, 3]).assign(sequences.flat());
    const [{ error, size }] = await directional(() => [ctcLoss(labels, x)], [x]);
    expect(error).toBeLessThan(1e-8);
    expect(size).toBeGreaterThan(0);
    const { value, grads } = valueAndGrad(() => ctc(labels, x), [labels])();
    expect([...(await grads[0].data())].every((g) => g === 0)).toBe(true);
    for (const used of [value, ...grads, x, labels]) used.dispose();
    expect(getBackend().memory().buffers).toBe(held);
  });

  test("is the sum over all blanks where there are no labels, or none in the batch", async () => {
    const x = tensor(logits, shape);
    const [none] = await ctcLoss(zeros([sequences.length, 0]), x).data();
    const [padded] = await ctcLoss(zeros([sequences.length, 2]), x).data();
    expect(none).toBeCloseTo(byHand([], logits), 12);
    expect(padded).toBeCloseTo(none, 12);
  });

  test("is finite, with a gradient, for labels that need more time steps than there are", async () => {
    const x = new Variable("logits", [1, time, classes]).assign(logits.slice(0, time * classes));
    const { value, grads } = valueAndGrad(() => ctc(tensor([[1, 1, 1, 1]]), x), [x])();
    const [loss] = await value.data();
    expect(loss).toBeGreaterThan(700);
    expect(loss).toBeLessThan(800);
    const gradient = await grads[0].data();
    expect(gradient.every(Number.isFinite) && gradient.some((g) => g !== 0)).toBe(true);
    x.dispose();
  });

  test.each([
    [[2], [2, 5, 4]],
    [
      [2, 3, 1],
      [2, 5, 4],
    ],
    [
      [2, 3],
      [5, 4],
    ],
    [
      [1, 3],
      [2, 5, 4],
    ],
    [
      [2, 3],
      [2, 0, 4],
    ],
  ])("refuses targets %j with outputs %j", (labels, outputs) => {
    expect(() => ctc(zeros(labels), zeros(outputs))).toThrow(ShapeError);
    expect(() => ctc(zeros(labels), zeros(outputs))).toThrow(
      /^ctc: targets \[.*\] against outputs \[.*\]; expected [^\n]*\.$/,
    );
  });

  test("refuses outputs with a mask, and in training labels that are no class", async () => {
    const input = Input({ shape: [5, 3] });
    const masked = Model({ inputs: input, outputs: Dense({ units: 4 })(Masking()(input)) });
    masked.compile({ loss: CTC() });
    const x = { data: numbers(15, 3), shape: [1, 5, 3] };
    await expect(masked.trainOnBatch(x, [[1, 2]])).rejects.toThrow(ArgumentError);
    await expect(masked.trainOnBatch(x, [[1, 2]])).rejects.toThrow("ctc: outputs with a mask");
    const model = Model({ inputs: input, outputs: Dense({ units: 4 })(input) });
    model.compile({ loss: CTC() });
    await expect(model.trainOnBatch(x, [[1, 4]])).rejects.toThrow(
      /target 4 is no class; expected whole numbers from 0 to 3/,
    );
    await expect(model.trainOnBatch(x, [[-1, 0]])).rejects.toThrow(/target -1 is no class/);
    expect((await model.trainOnBatch(x, [[1, 3]])).loss).toBeGreaterThan(0);
    for (const one of [masked, model]) one.dispose();
  });
});
