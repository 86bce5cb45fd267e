// node bench/recurrent.mjs [--rounds N] [--json FILE]
// The time of a step of recurrent layers, masked and not, against that of an unmasked LSTM of the same size: predictions
// of models, and steps of training. All kinds take turns in one process, so that what slows the machine slows all.
import { parseArgs } from "node:util";
import { median } from "./measure.mjs";
import { randomArray } from "./random.mjs";
import { writeResults } from "./results.mjs";
import * as zoetrope from "../dist/index.js";

const { Dense, GRU, Input, LSTM, Masking, Sequential, SimpleRNN } = zoetrope;
const options = { rounds: { type: "string", default: "31" }, json: { type: "string" } };
const { values } = parseArgs({ options });
const rounds = Number(values.rounds);

const [time, features] = [500, 32];
/** Kinds are timed several steps at a time, for about this long. */
const sampleMs = 20;

const kinds = {
  LSTM: { layer: LSTM },
  "masked LSTM": { layer: LSTM, isMasked: true },
  GRU: { layer: GRU },
  "masked GRU": { layer: GRU, isMasked: true },
  "GRU, reset before": { layer: GRU, more: { resetAfter: false } },
  SimpleRNN: { layer: SimpleRNN },
  "masked SimpleRNN": { layer: SimpleRNN, isMasked: true },
};

/** Texts of 470 to 500 steps, filled up with zeros. */
function padded(batch) {
  const x = randomArray([batch, time, features]);
  for (let i = 0; i < batch; i++) {
    x.data.fill(0, (i * time + time - 10 * (i % 4)) * features, (i + 1) * time * features);
  }
  return x;
}

function start({ layer, isMasked, more }, units, batch, trains) {
  const layers = [Input({ shape: [time, features] }), layer({ units, ...more }), Dense({ units: 1 })];
  if (isMasked) layers.splice(1, 0, Masking());
  const model = Sequential(layers);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const [x, y] = [padded(batch), randomArray([batch, 1])];
  const predict = async () => {
    const prediction = await model.predict(x, { batchSize: batch });
    await prediction.data();
    prediction.dispose();
  };
  return { run: trains ? async () => void (await model.trainOnBatch(x, y)) : predict, stop: () => model.dispose() };
}

async function msOfCall(run, calls) {
  const began = performance.now();
  for (let i = 0; i < calls; i++) await run();
  return (performance.now() - began) / calls;
}

async function compare(units, batch, trains) {
  const running = Object.entries(kinds).map(([name, kind]) => ({
    ...{ name, times: [] },
    ...start(kind, units, batch, trains),
  }));
  for (const { run } of running) await msOfCall(run, 3);
  const calls = Math.max(1, Math.round(sampleMs / (await msOfCall(running[0].run, 3))));
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 ? running.toReversed() : running) kind.times.push(await msOfCall(kind.run, calls));
  }
  for (const { stop } of running) stop();
  const [base] = running;
  const name = `${trains ? "training" : "prediction"}, ${units} units, batch ${batch}`;
  const ratios = Object.fromEntries(
    running.slice(1).map((kind) => [kind.name, median(kind.times.map((ms, round) => ms / base.times[round]))]),
  );
  return { name, lstmStepUs: (median(base.times) * 1000) / time, ratios };
}

await zoetrope.init();
const cases = [];
for (const trains of [false, true]) {
  for (const units of [16, 64, 128]) {
    for (const batch of [1, 32]) {
      const one = await compare(units, batch, trains);
      const ratios = Object.entries(one.ratios).map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`);
      console.log(`${one.name}: LSTM ${one.lstmStepUs.toFixed(1)} us a step; ${ratios.join(", ")}`);
      cases.push(one);
    }
  }
}
const build = zoetrope.memory().backend;
if (values.json) writeResults(values.json, "node bench/recurrent.mjs", { build, rounds, time, features, cases });
