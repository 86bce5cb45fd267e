/** The demo: a recurrent network learns in which direction a digit moves; a network that averages the frames cannot. */
import { resolve } from "node:path";
import { type MovingDigits, movingDigits } from "../../datasets/index.js";
import { type ModelLayer, setSeed } from "../../index.js";
import { averagingModel, frames, recurrentModel, size } from "./models.js";
import { train } from "./training.js";
import { directionTable } from "./directionTable.js";
import type { Outcome } from "../outcome.js";
import { checkOutputs } from "../outputs.js";
import { pictureBytes, writePicture } from "../reportFiles.js";
import { type Film, filmStrip } from "./filmStrip.js";
import { withProgress } from "../progress.js";
import { plural, percent, type Screen } from "../terminal.js";
import { playFilms } from "./terminalFilm.js";

/** How many clips the demo makes; its test makes fewer. */
export interface DemoClips {
  /** For training, at most. */
  training: number;
  validation: number;
  test: number;
  /** For training the network without a recurrent layer. */
  brief: number;
}

const allClips: DemoClips = { training: 9600, validation: 1000, test: 4000, brief: 3200 };
const goal = 0.985;
const stripName = "zoetrope-demo.png";

const introduction = `Which way does the digit move?

A handwritten digit glides over a ${size}x${size} torus for ${frames} frames, in one of eight directions: what leaves on one side
enters at the other. It starts anywhere, so no single frame tells the direction, and played backwards it would have
the same average, so the average of all frames does not either. Only the order of the frames does, and only a network
with memory can use it.
`;

/** Runs the demo and reports on the screen. @throws the signal's reason when it is aborted. */
export async function runDemo(screen: Screen, seed: number, signal: AbortSignal, clips = allClips): Promise<Outcome> {
  const say = (text: string) => screen.write(`${text}\n`);
  setSeed(seed);
  const validation = { set: movingDigits({ count: clips.validation, seed: seed + 1 }), goal };
  const test = movingDigits({ count: clips.test, split: "test", seed: seed + 2 });

  const picture = resolve(stripName);
  let problem = await problemWith(picture);
  say(introduction);
  if (problem) say(`There will be no picture of the clips: ${problem.message}\n`);
  await playFilms(screen, filmsOf(test).slice(0, 4), size, signal);
  signal.throwIfAborted();

  const model = recurrentModel();
  await model.summary({ print: say });
  say(`Training on clips of 4000 digits, at most ${plural(clips.training, "clip")}, each of them new (seed ${seed}):`);
  const trained = await withProgress(screen, clips.training, "clip", (progress) =>
    train(model, { seed, clips: clips.training, validation, progress, signal }),
  );
  say(`${plural(trained.clips, "clip")} in ${trained.seconds.toFixed(1)} s.\n`);

  say(`Testing on ${plural(clips.test, "clip")} of the other 1000 digits:`);
  const films = await classify(screen, model, test, signal);
  const predicted = films.map((film) => film.predicted);
  say(`${directionTable(test.directions, predicted)}\n`);

  say(`The same network with the mean over the frames in place of the ConvLSTM, ${plural(clips.brief, "clip")}:`);
  const without = averagingModel();
  await withProgress(screen, clips.brief, "clip", (progress) =>
    train(without, { seed, clips: clips.brief, progress, signal }),
  );
  const { accuracy: accuracyWithout } = await without.evaluate(test.clips, test.labels, { signal });
  say(`without memory: ${percent(accuracyWithout)} of the test clips (chance is 12.5 %);`);
  say(`with memory: ${percent(trained.accuracyAt(clips.brief), 1)} of the training clips after as many.\n`);

  const save = () => writePicture(screen, picture, filmStrip(choose(films), size));
  problem ??= await save().then(() => undefined, (error: Error) => error); // prettier-ignore
  if (!problem) say(`Some of the clips as a picture: ${picture}`);
  const accuracy = films.filter((film) => film.predicted === film.direction).length / films.length;
  say(`test accuracy: ${percent(accuracy)}`);
  const figures = { accuracy, accuracyWithout, clips: trained.clips, seconds: trained.seconds };
  return { json: { ...figures, picture: problem ? null : picture }, problem };
}

/** What prevents that a picture is written, which does not prevent the demo. */
const problemWith = (path: string): Promise<Error | undefined> =>
  checkOutputs([{ path, what: "the picture", advice: "go to another folder", bytes: pictureBytes }]).then(
    () => undefined,
    (error: Error) => error,
  );

const filmsOf = ({ clips, directions }: MovingDigits) =>
  Array.from(directions, (direction, i) => {
    const length = frames * size * size;
    return { frames: clips.data.subarray(i * length, (i + 1) * length), direction };
  });

/** Classifies each clip. */
async function classify(screen: Screen, model: ModelLayer, set: MovingDigits, signal: AbortSignal): Promise<Film[]> {
  const [numClips] = set.clips.shape;
  const output = await withProgress(screen, numClips, "clip", (progress) =>
    model.predict(set.clips, { signal, onProgress: (share) => progress.update(Math.round(share * numClips)) }),
  );
  const probabilities = await output.data();
  output.dispose();
  const numClasses = set.labels.shape[1];
  return filmsOf(set).map((film, i) => {
    const row = probabilities.subarray(i * numClasses, (i + 1) * numClasses);
    const probability = Math.max(...row);
    return { ...film, predicted: row.indexOf(probability), probability };
  });
}

/** Chooses clips for the picture: one of each direction that was classified correctly, and up to two mistakes. */
function choose(films: readonly Film[]): Film[] {
  const correct = films.filter((film) => film.predicted === film.direction);
  const wrong = films.filter((film) => film.predicted !== film.direction);
  const each = Array.from({ length: 8 }, (_, direction) => correct.find((film) => film.direction === direction));
  return [...each.filter((film) => film !== undefined), ...wrong.slice(0, 2)];
}
