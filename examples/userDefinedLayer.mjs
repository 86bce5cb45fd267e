// A user-defined layer and a user-defined recurrent cell, used and trained like any other.
import { Adam, Cell, Conv2D, Dense, Flatten, Input, Layer, RNN, Sequential, setSeed, TimeDistributed } from "zoetrope";
import { add, callable, callableCell, concat, dense, multiply, sigmoid, slice, subtract, tanh } from "zoetrope";
import { directions, movingDigitBatches, movingDigits } from "zoetrope/datasets";

/** Subtracts from each frame a learnt share of the frame before it. [batch, time, ...] to [batch, time - 1, ...]. */
class MotionLayer extends Layer {
  static className = "Motion";
  build() {
    this.share = this.addWeight("share", [], "ones");
  }
  call([x]) {
    const [batch, time] = x.shape;
    return [subtract(slice(x, [0, 1]), multiply(slice(x, [0, 0], [batch, time - 1]), this.share))];
  }
  computeOutputShape([[batch, time, ...frame]]) {
    return [[batch, time - 1, ...frame]];
  }
}
const Motion = callable(MotionLayer);

/** A cell whose units forget at different rates, which are learnt. */
class LeakyCellLayer extends Cell {
  static className = "LeakyCell";
  constructor(options) {
    super(options, ["units"]);
    this.stateSize = options.units;
  }
  build([[, inputs]]) {
    this.kernel = this.addWeight("kernel", [inputs + this.stateSize, this.stateSize], "glorotUniform");
    this.pace = this.addWeight("pace", [this.stateSize], "zeros");
  }
  call([x, h]) {
    const news = tanh(dense(concat([x, h]), this.kernel));
    const state = add(h, multiply(sigmoid(this.pace), subtract(news, h)));
    return [state, state];
  }
}
const LeakyCell = callableCell(LeakyCellLayer);

setSeed(1);
const model = Sequential([
  Input({ shape: [6, 32, 32, 1] }),
  Motion({ name: "motion" }),
  TimeDistributed(Conv2D({ filters: 16, kernelSize: 5, strides: 4, activation: "relu" })),
  TimeDistributed(Flatten()),
  RNN(LeakyCell({ units: 32 })),
  Dense({ units: directions.length, activation: "softmax" }),
]);
model.compile({ optimizer: Adam({ learningRate: 5e-3 }), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
const effort = process.argv.includes("--quick") ? { epochs: 2, stepsPerEpoch: 5 } : { epochs: 10, stepsPerEpoch: 50 };
await model.fit(movingDigitBatches({ batchSize: 32, frames: 6, seed: 1 }), effort);

const test = movingDigits({ count: 200, frames: 6, split: "test", seed: 3 });
const { accuracy } = await model.evaluate(test.clips, test.labels);
const [share] = await model.getLayer("motion").share.data();
console.log(`unseen digits: ${(100 * accuracy).toFixed(0)} % right; share of the frame before: ${share.toFixed(3)}`);
