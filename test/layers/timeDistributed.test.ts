// TimeDistributed gives for each time step what the layer inside gives, in inference and in training, in groups or not.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  BatchNormalization,
  clearNames,
  Conv2D,
  Input,
  LSTM,
  MaxPooling2D,
  Model,
  multiply,
  random,
  ReLU,
  setBackend,
  setSeed,
  slice,
  sum,
  type Tensor,
  TimeDistributed,
  valueAndGrad,
  ZeroPadding2D,
} from "../../src/index.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

async function expectClose(a: Tensor, b: Tensor): Promise<void> {
  expect(a.shape).toEqual(b.shape);
  const [left, right] = [await values(a), await values(b)];
  expect(Math.max(...left.map((x, i) => Math.abs(x - right[i])))).toBeLessThan(1e-12);
}

function frameModel() {
  const x = Input({ shape: [6, 5, 2] });
  const y = ReLU()(BatchNormalization()(Conv2D({ filters: 3, kernelSize: 3 })(x)));
  return Model({ inputs: x, outputs: y });
}
const frameAt = (clips: Tensor, t: number) => {
  const [batch, , ...frame] = clips.shape;
  const step = slice(clips, [0, t], [batch, 1]);
  return step.as([batch, ...frame]);
};

describe("TimeDistributed", () => {
  const [batch, steps] = [4, 3];

  test("gives for each frame what the layer gives", async () => {
    const cnn = frameModel();
    const clips = random([batch, steps, 6, 5, 2]);
    const y = TimeDistributed(cnn)(clips);
    for (let t = 0; t < steps; t++) await expectClose(frameAt(y, t), cnn(frameAt(clips, t)));
  });

  test("in training, statistics are those of a time step, and moving averages are updated once for each time step", async () => {
    const [whole, stepwise] = [frameModel(), frameModel()];
    stepwise.setWeights(await whole.getWeights());
    const clips = random([batch, steps, 6, 5, 2]);
    const y = TimeDistributed(whole)(clips, { training: true });
    for (let t = 0; t < steps; t++) {
      await expectClose(frameAt(y, t), stepwise(frameAt(clips, t), { training: true }));
    }
    for (let i = 0; i < whole.weights.length; i++) await expectClose(whole.weights[i], stepwise.weights[i]);
  });

  test("nested, it multiplies the time steps", async () => {
    const [whole, stepwise] = [BatchNormalization({ momentum: 0.6 }), BatchNormalization({ momentum: 0.6 })];
    const clips = random([5, 2, 3, 4]);
    const y = TimeDistributed(TimeDistributed(whole))(clips, { training: true });
    for (let s = 0; s < 2; s++) {
      for (let t = 0; t < 3; t++) {
        const frame = frameAt(frameAt(clips, s), t);
        await expectClose(frameAt(frameAt(y, s), t), stepwise(frame, { training: true }));
      }
    }
    for (let i = 0; i < 4; i++) await expectClose(whole.weights[i], stepwise.weights[i]);
  });

  test('statistics: "clip" takes batch and time together', async () => {
    const [folded, plain] = [BatchNormalization(), BatchNormalization()];
    const clips = random([batch, steps, 7]);
    const y = TimeDistributed(folded, { statistics: "clip" })(clips, { training: true });
    await expectClose(y.as([batch * steps, 7]), plain(clips.as([batch * steps, 7]), { training: true }));
    for (let i = 0; i < 4; i++) await expectClose(folded.weights[i], plain.weights[i]);
  });

  test("gradients are the sums of those of the time steps", async () => {
    const cnn = frameModel();
    const clips = random([batch, steps, 6, 5, 2]);
    const loss = (y: Tensor) => sum(multiply(y, y));
    const whole = valueAndGrad(() => loss(TimeDistributed(cnn)(clips, { training: true })), cnn.trainableWeights)();
    const parts = [0, 1, 2].map((t) =>
      valueAndGrad(() => loss(cnn(frameAt(clips, t), { training: true })), cnn.trainableWeights)(),
    );
    for (let i = 0; i < whole.grads.length; i++) {
      const added = await Promise.all(parts.map(({ grads }) => values(grads[i])));
      const total = added[0].map((_, j) => added.reduce((sum, part) => sum + part[j], 0));
      (await values(whole.grads[i])).forEach((g, j) => expect(g).toBeCloseTo(total[j], 8));
    }
  });

  describe("frames too large to run at once", () => {
    // 1300 x 1300 elements a frame, 2^22 a group
    const largeModel = () => {
      const x = Input({ shape: [700, 700, 1] });
      const padded = ZeroPadding2D({ padding: 300 })(BatchNormalization()(x));
      const model = Model({ inputs: x, outputs: MaxPooling2D({ poolSize: 350 })(padded) });
      const { compute } = model;
      const rows: number[] = [];
      model.compute = (frames, options) => {
        rows.push(frames[0].shape[0]);
        return compute.call(model, frames, options);
      };
      return { model, rows };
    };
    const clips = () => random([1, 5, 700, 700, 1]);

    test("run in groups, with the same result", async () => {
      const { model, rows } = largeModel();
      const [x, distributed] = [clips(), TimeDistributed(model)];
      const y = distributed(x);
      expect(rows).toEqual([2, 2, 1]);
      for (let t = 0; t < 5; t++) await expectClose(frameAt(y, t), model(frameAt(x, t)));
    });

    test("run in groups in training too, where all is frozen", async () => {
      const { model, rows } = largeModel();
      const [x, distributed] = [clips(), TimeDistributed(model)];
      distributed.trainable = false;
      const y = distributed(x, { training: true });
      expect(rows).toEqual([2, 2, 1]);
      await expectClose(y, distributed(x));
      model.getLayer("batch_normalization").trainable = true;
      distributed(x, { training: true });
      expect(rows.slice(6)).toEqual([5]);
    });

    test("run at once where a gradient is wanted", () => {
      const { model, rows } = largeModel();
      const distributed = TimeDistributed(model);
      distributed(random([1, 1, 700, 700, 1]));
      valueAndGrad(() => sum(distributed(clips())), model.trainableWeights)();
      expect(rows).toEqual([1, 5]);
    });
  });

  test("a layer with several outputs keeps them apart", () => {
    const [output, h, c] = TimeDistributed(LSTM({ units: 4, returnState: true }))(
      random([2, 3, 5, 6]),
    ) as unknown as Tensor[];
    expect([output.shape, h.shape, c.shape]).toEqual([[2, 3, 4], [2, 3, 4], [2, 3, 4]]); // prettier-ignore
  });
});
