/** Reports to test with. */
import type { Report, ReportClip } from "../../src/report/index.js";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A different value for every element of every gate, in the range of an LSTM; filter k varies k + 1 times as much as filter 0. */
export function gatesOf(shape: readonly number[]): ReportClip["gates"] {
  const filters = shape.at(-1)!;
  const size = shape.reduce((product, n) => product * n, 1);
  const make = (salt: number, range: (x: number) => number) => ({
    data: Float32Array.from({ length: size }, (_, i) => range(((i % filters) + 1) * Math.sin(salt + i * 1.37))),
    shape,
  });
  return {
    h: make(6, (x) => Math.tanh(x) * 0.9),
    c: make(5, (x) => 1.5 * x),
    i: make(1, sigmoid),
    f: make(2, sigmoid),
    o: make(3, sigmoid),
    g: make(4, Math.tanh),
  };
}

/** A clip whose frames have different colours. */
export function clipOf(name: string, shape: readonly number[], size = 8): ReportClip {
  const [steps] = shape;
  const frames = Uint8Array.from(
    { length: steps * size * size * 3 },
    (_, i) => (i * 7 + Math.floor(i / 60) * 31) % 256,
  );
  return {
    name,
    size,
    frames,
    times: Array.from({ length: steps }, (_, t) => t * 0.4),
    layer: "memory",
    gates: gatesOf(shape),
  };
}

/** Everything that a report can show. */
export function fullReport(): Report {
  const curve = [1, 2, 3].map((epoch) => ({ epoch, loss: 2 / epoch, accuracy: epoch / 4, valLoss: 2.2 / epoch, valAccuracy: epoch / 5 })); // prettier-ignore
  const clip: ReportClip = {
    ...clipOf("left.mp4", [6, 5, 4, 3]),
    truth: "left",
    prediction: [
      { label: "left", score: 0.75 },
      { label: "right", score: 0.25 },
    ],
    labels: Array.from({ length: 6 }, (_, step) => [
      { label: "pole", score: 0.5 + step / 20 },
      { label: "maze", score: 0.1 },
    ]),
    saturation: {
      i: { low: [0.1, 0.2, 0.3], high: [0.4, 0.5, 0.6] },
      f: { low: [0, 0, 0], high: [1, 0.9, 0.8] },
    },
    gradient: { h: [0.001, 0.002, 0, 0.01, 0.1, 0.7], c: [0.01, 0.02, 0.03, 0.1, 0.2, 0.3], of: "the score of “left”" },
  };
  return {
    title: "Left or right?",
    summary: "19 of 20 held-out windows told right.",
    facts: [
      ["Model", "ConvLSTM2D of 3 filters"],
      ["Seed", "1"],
    ],
    notes: ["The weights are untrained.", "Scores mean nothing yet."],
    curve,
    baselineCurve: curve.map((point) => ({ ...point, valAccuracy: 0.5 })),
    confusion: {
      classes: ["left", "right"],
      counts: [[9, 1], [0, 10]],
      baselineCounts: [[4, 6], [5, 5]],
    }, // prettier-ignore
    clips: [clip, clipOf("dense.mp4", [6, 7])],
    skipped: [{ path: "broken.mp4", reason: "no video stream" }],
  };
}
