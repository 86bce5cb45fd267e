// Training that is interrupted: what a later run makes of it is the same to the bit as without the interruption.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { TrainingCheckpoint } from "../../../src/cli/train/checkpoint.js";
import { type Fit, newFit } from "../../../src/cli/train/fitting.js";
import { RandomStream } from "../../../src/random.js";
import { buildProcess } from "../../support/processes/build.js";
import { type Ended, runProcess } from "../../support/processes/run.js";
import { type SmallTraining, trainSmall, writeSmallClips } from "../../support/smallTraining.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const folder = join(temporaryFolder("fitting"), "clips");
const checkpoints = () => readdirSync(folder).filter((name) => name.includes(".checkpoint"));

type Result = Awaited<ReturnType<typeof trainSmall>>;
/** The result of a training that nothing has disturbed. */
let undisturbed: Result;
let checkpoint: TrainingCheckpoint;
beforeAll(async () => {
  await writeSmallClips(folder);
  undisturbed = await trainSmall({ folder, leastMs: Infinity });
});
afterEach(() => checkpoint?.remove());

interface Options extends Partial<SmallTraining> {
  /** Whether a checkpoint is written after each update, true by default. */
  save?: boolean;
  /** Stops it after the update of this number. */
  stopAt?: number;
}

async function train({ save = true, stopAt, ...options }: Options = {}) {
  const stop = new AbortController();
  let text = "";
  let fit: Fit | undefined;
  const onBegin = (given: Fit, itsCheckpoint: TrainingCheckpoint) => {
    fit = given;
    checkpoint = itsCheckpoint;
    options.onBegin?.(given, itsCheckpoint);
    itsCheckpoint.saveIfDue = async (...args) => {
      if (save) await itsCheckpoint.save(...args);
      if (given.steps === stopAt) stop.abort(new Error("stop"));
    };
  };
  const onText = (more: string) => (text += more);
  const run = trainSmall({ folder, leastMs: 0, signal: stop.signal, onText, ...options, onBegin });
  const result = await run.catch((error: Error) => error);
  return { result, text, fit: fit! };
}

describe("a training that was stopped", () => {
  // Within the first epoch; at its end; after the last update, while the curves are measured.
  test.each([1, 16, 32])("after update %i goes on to the same result", async (steps) => {
    const { result: reason, fit } = await train({ stopAt: steps });
    expect([reason, fit.steps]).toEqual([new Error("stop"), steps]);
    expect(checkpoints().length).toBe(steps === 1 ? 1 : 2);
    const { result, text } = await train();
    expect(text).toContain(`Goes on after ${steps === 1 ? "1 update" : `${steps} updates`} of an earlier run that was interrupted.\n`); // prettier-ignore
    expect(result).toEqual(undisturbed);
  });

  test("after its last update only tests", async () => {
    await train();
    const { result, text } = await train();
    expect(text).toContain("Goes on after 32 updates of");
    expect(result).toEqual(undisturbed);
  });

  test("after it had learnt all there was is not trained further", async () => {
    const point = { epoch: 1, loss: 0.0001, accuracy: 1, valLoss: 0.0001, valAccuracy: 1 };
    const found = { ...newFit(), epoch: 2, steps: 16, curve: [point], baselineCurve: [point] };
    const { fit } = await train({ onBegin: (_, its) => void (its.restore = () => Promise.resolve(found)) });
    expect(fit).toEqual(found);
  });

  test("of another seed or length, or on other data, is not continued", async () => {
    await train({ stopAt: 3 });
    for (const options of [{ seed: 2 }, { epochs: 3 }]) {
      const { text } = await train({ ...options, save: false, stopAt: 1 });
      expect(text).not.toContain("Goes on");
    }
    expect((await train({ save: false, stopAt: 4 })).text).toContain("Goes on after 3 updates");
  });

  test("goes on from the previous checkpoint where the newest is damaged, which is said", async () => {
    await train({ stopAt: 9 });
    const newest = checkpoint.path;
    const bytes = readFileSync(newest);
    bytes[bytes.length - 5] ^= 1;
    writeFileSync(newest, bytes);
    const { result, text } = await train();
    expect(text).toContain(`${newest}: damaged, or no checkpoint (its checksum is wrong). As a checkpoint cannot be used, the one before it is used.\n`); // prettier-ignore
    expect(text).toContain("Goes on after 8 updates");
    expect(result).toEqual(undisturbed);
    for (const path of [newest, `${newest}.previous`]) writeFileSync(path, "nothing");
    const again = await train({ save: false });
    expect(again.text.match(/ As a checkpoint cannot be used, training begins anew\.$/gm)?.length).toBe(2);
    expect(again.result).toEqual(undisturbed);
  });
});

test("a checkpoint that cannot be written is one line, and training goes on", async () => {
  const path = join(folder, "nowhere", "a.checkpoint");
  const { result, text } = await train({ onBegin: (_, its) => void Object.assign(its, { path }) });
  expect(result).toEqual(undisturbed);
  expect(
    text.match(/^Training goes on without a new checkpoint: .*a\.checkpoint: cannot be written \(ENOENT: .*\)\.$/gm)
      ?.length,
  ).toBe(1);
});

test("checkpoints are written when it is time, which is said once", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const written: number[] = [];
    let text = "";
    await trainSmall({
      folder,
      leastMs: 1000,
      onText: (more) => (text += more),
      onBegin(fit, itsCheckpoint) {
        checkpoint = itsCheckpoint;
        const save = itsCheckpoint.save.bind(itsCheckpoint);
        const saveIfDue = itsCheckpoint.saveIfDue.bind(itsCheckpoint);
        itsCheckpoint.save = async (...args) => {
          written.push(fit.steps);
          vi.advanceTimersByTime(written.length === 2 ? 500 : 10); // the second takes long
          return save(...args);
        };
        itsCheckpoint.saveIfDue = (...args) => {
          vi.advanceTimersByTime(250);
          return saveIfDue(...args);
        };
      },
    });
    expect(written.slice(0, 2)).toEqual([4, 8]);
    expect(text.match(/^If this is interrupted, the same command goes on from .*\.checkpoint\.$/gm)?.length).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test("processes that are killed at any moment change nothing of the result", async () => {
  const script = await buildProcess("trainHeads", join(folder, ".."));
  const resultOf = ({ out, err }: Ended) => (expect(err).toBe(""), out.slice(out.indexOf("{")));
  const whole = resultOf(await runProcess(script, [folder, "1e9"]));
  expect(checkpoints()).toEqual([]);
  const random = new RandomStream(20261130);
  for (let kill = 0; kill < 3; kill++) {
    await runProcess(script, [folder, "40"], random.integer(200)).then(resultOf);
    expect(checkpoints().length).toBeGreaterThan(0);
  }
  const last = await runProcess(script, [folder, "40"]);
  expect(resultOf(last)).toBe(whole);
  for (const name of checkpoints()) rmSync(join(folder, name));
});
