// node trainHeads.cjs FOLDER MILLISECONDS: trains, writes "saved" after each checkpoint, and at the end the result as JSON.
import type { TrainingCheckpoint } from "../../../src/cli/train/checkpoint.js";
import type { Fit } from "../../../src/cli/train/fitting.js";
import { trainSmall } from "../smallTraining.js";

const [folder, leastMs] = process.argv.slice(2);

function onBegin(_: Fit, checkpoint: TrainingCheckpoint): void {
  const save = checkpoint.save.bind(checkpoint);
  checkpoint.save = async (...args) => {
    const hasSaved = await save(...args);
    process.stdout.write("saved\n");
    return hasSaved;
  };
}

void trainSmall({ folder, leastMs: Number(leastMs), onBegin }).then((result) =>
  process.stdout.write(JSON.stringify(result)),
);
