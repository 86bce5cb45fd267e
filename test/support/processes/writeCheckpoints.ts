// node writeCheckpoints.cjs PATH: writes checkpoint after checkpoint of a model whose weights are all the number of the
// checkpoint, and then that number.
import { writeCheckpoint } from "../../../src/formats/checkpoint.js";
import { Adam, Dense, Input, Sequential } from "../../../src/index.js";
import "../../../src/training/static.js";

const [path] = process.argv.slice(2);

async function main(): Promise<void> {
  const model = Sequential([Input({ shape: [300] }), Dense({ units: 300 })]);
  model.compile({ optimizer: Adam(), loss: "meanSquaredError" });
  for (let n = 1; ; n++) {
    for (const weight of model.weights) weight.assign(new Float32Array(weight.size).fill(n));
    model.optimizer!.iterations = n;
    await writeCheckpoint(path, { key: "numbers", models: { model } }, n);
    process.stdout.write(`${n}\n`);
  }
}

void main();
