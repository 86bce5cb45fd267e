// Saves models whose weights are all 1, all 2 and so on to one path, until it is ended. Says when it has begun.
import { Dense, Input, Sequential } from "zoetrope";
import { saveModel } from "zoetrope/formats";

const path = process.argv[2];
const model = Sequential([Input({ shape: [300] }), Dense({ units: 300 })]);
for (let n = 1; ; n++) {
  for (const weight of model.weights) {
    const length = weight.shape.reduce((product, size) => product * size, 1);
    weight.assign(new Float32Array(length).fill(n));
  }
  await saveModel(model, path);
  if (n === 1) console.log("saved");
}
