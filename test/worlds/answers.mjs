// What is wrong with an app's answer.

/** @typedef {{ step: "predicts" | "trains" | "files" | "packages", message: string }} Problem */

const closeTo = (/** @type {number[]} */ found, /** @type {number[]} */ expected, /** @type {number} */ tolerance) =>
  found.length === expected.length && found.every((value, i) => Math.abs(value - expected[i]) < tolerance);

/**
 * @param {any} answer What the app gave.
 * @param {any} expected What it gives in this repository, with all packages.
 * @param {boolean} formats Whether the app imports zoetrope/formats.
 * @param {boolean} packages Whether the optional packages are installed.
 * @returns {Problem[]}
 * @throws Error when the app did not run at all.
 */
export function problemsOf(answer, expected, formats, packages) {
  if (answer.error !== undefined) throw new Error(answer.error);
  /** @type {Problem[]} */
  const problems = [];
  function check(/** @type {Problem["step"]} */ step, /** @type {string} */ name, /** @type {() => boolean} */ holds) {
    const part = answer[name];
    if (part !== undefined && part.error === undefined && holds()) return;
    problems.push({
      step,
      message: part?.error ?? `${name} gave ${JSON.stringify(part)}, expected ${JSON.stringify(expected[name])}`,
    });
  }
  /** Without a package, the app must be told which one it lacks. */
  function checkPeer(/** @type {string} */ name, /** @type {() => boolean} */ holds) {
    const named = /needs the package \w+: npm install \w+\.$/.test(answer[name]?.error);
    if (packages) check("packages", name, holds);
    else if (!named)
      problems.push({
        step: "packages",
        message: `${name} gave ${JSON.stringify(answer[name])}, expected an error that names the package`,
      });
  }
  const { predict, stream, train, safetensors, keras, onnx } = answer;
  check(
    "predicts",
    "predict",
    () => isProbabilities(predict) && closeTo(predict.values, expected.predict.values, 1e-5),
  );
  check("predicts", "stream", () => closeTo(stream.values, expected.predict.values, 1e-5));
  check("trains", "train", () => closeTo(train.losses, expected.train.losses, 1e-3));
  if (!formats) return problems;
  check("files", "safetensors", () => safetensors.same === true);
  checkPeer("keras", () => closeTo(keras.values, expected.keras.values, 1e-5));
  checkPeer("onnx", () => onnx.bytes === expected.onnx.bytes);
  return problems;
}

function isProbabilities(/** @type {{ shape: number[], values: number[] }} */ { shape, values }) {
  const sums = [0, 3].map((begin) => values.slice(begin, begin + 3).reduce((sum, value) => sum + value, 0));
  const inRange = values.length === 6 && values.every((value) => value > 0 && value < 1); // NaN is not
  return shape.join() === "2,3" && inRange && sums.every((sum) => Math.abs(sum - 1) < 1e-5);
}
