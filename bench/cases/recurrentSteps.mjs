// The recurrent layers, over many steps: masked and not, predictions and training. A call is that of all steps.
import { randomArray } from "../random.mjs";
import { gruFlops, lstmFlops } from "./flops.mjs";

const [time, features] = [500, 32];

const kinds = {
  lstm: { layer: "LSTM", flops: lstmFlops },
  lstm_masked: { layer: "LSTM", isMasked: true },
  gru: { layer: "GRU", flops: gruFlops },
  gru_masked: { layer: "GRU", isMasked: true },
  gru_reset_before: { layer: "GRU", more: { resetAfter: false } },
  simplernn: { layer: "SimpleRNN" },
  simplernn_masked: { layer: "SimpleRNN", isMasked: true },
};

/** Texts of 470 to 500 steps, filled up with zeros. */
function padded(batch) {
  const x = randomArray([batch, time, features]);
  for (let i = 0; i < batch; i++) {
    x.data.fill(0, (i * time + time - 10 * (i % 4)) * features, (i + 1) * time * features);
  }
  return x;
}

function recurrentCase(kind, units, batch, trains) {
  const { layer, isMasked, more, flops: flopsOf } = kinds[kind];
  const counted = flopsOf?.(batch, time, features, units);
  return {
    name: `${kind}${units}_n${batch}t${time}f${features}${trains ? "_train" : ""}`,
    isMain: kind === "lstm" && units === 128 && batch === 1 && !trains,
    start({ zoetrope }) {
      const layers = [zoetrope.Input({ shape: [time, features] }), zoetrope[layer]({ units, ...more }), zoetrope.Dense({ units: 1 })];
      if (isMasked) layers.splice(1, 0, zoetrope.Masking());
      const model = zoetrope.Sequential(layers);
      model.compile({ optimizer: "sgd", loss: "mse" });
      const [x, y] = [padded(batch), randomArray([batch, 1])];
      const predict = async () => {
        const prediction = await model.predict(x, { batchSize: batch });
        await prediction.data();
        prediction.dispose();
      };
      const run = trains ? () => model.trainOnBatch(x, y) : predict;
      const flops = counted && (trains ? 2 * counted.input + 3 * counted.recurrent : counted.input + counted.recurrent);
      return { run, stop: () => model.dispose(), flops };
    },
  };
} // prettier-ignore

export const recurrentCases = [false, true].flatMap((trains) =>
  [16, 64, 128].flatMap((units) =>
    [1, 32].flatMap((batch) => Object.keys(kinds).map((kind) => recurrentCase(kind, units, batch, trains))),
  ),
);
