/** What a recurrent layer does with one clip, as the report shows it. */
import type { LabelScore, ReportClip } from "../report/index.js";
import type { ModelLayer, Tensor } from "../index.js";
import { gradientThroughTime, saturation, trace } from "../inspect/index.js";

export type Traced = Required<Pick<ReportClip, "layer" | "gates" | "gradient" | "saturation" | "prediction">>;

/**
 * Gates, states, gradients and scores.
 * @param model from what the recurrent layer reads to scores [1, classes]: what lies before it need not be computed again.
 * @param x what it reads, one clip: [1, steps, ...]. It stays the caller's.
 * @param classes of the scores; unless given, "class 1", "class 2" ...
 */
export async function traceClip(
  model: ModelLayer,
  x: Tensor,
  layer: string,
  classes?: readonly string[],
): Promise<Traced> {
  const output = await model.predict(x);
  const scores = await output.data();
  output.dispose();
  const prediction = ranked(scores, classes);
  const best = scores.indexOf(Math.max(...scores));
  return {
    layer,
    gates: await gatesOf(model, x, layer),
    saturation: await sharesOf(model, x, layer),
    gradient: { ...(await gradientOf(model, x, layer, best)), of: `the score of "${prediction[0].label}"` },
    prediction,
  };
}

/** Classes with their probabilities, the most probable first. */
export const ranked = (scores: ArrayLike<number>, classes?: readonly string[]): LabelScore[] =>
  Array.from(scores, (score, i) => ({ label: classes?.[i] ?? `class ${i + 1}`, score })).sort(
    (a, b) => b.score - a.score,
  );

/** Of the one sample: [steps, ...]. */
async function gatesOf(model: ModelLayer, x: Tensor, layer: string): Promise<Traced["gates"]> {
  const gates: Traced["gates"] = {};
  for (const [name, y] of Object.entries(trace(model, x, { layer }))) {
    const [steps, , ...rest] = y.shape;
    gates[name] = { data: await y.data(), shape: [steps, ...rest] };
    y.dispose();
  }
  return gates;
}

async function sharesOf(model: ModelLayer, x: Tensor, layer: string): Promise<Traced["saturation"]> {
  const { count, gates } = await saturation(model, x, { layer });
  const shares = (counts: number[]) => counts.map((n) => n / count);
  return Object.fromEntries(
    Object.entries(gates).map(([gate, { low, high }]) => [gate, { low: shares(low), high: shares(high) }]),
  );
}

async function gradientOf(model: ModelLayer, x: Tensor, layer: string, unit: number) {
  const { loss, h, c } = gradientThroughTime(model, x, unit, { layer });
  const tensors = [loss, h, c].flatMap((part) =>
    part && "norm" in part ? [part.norm, part.perSample] : part ? [part] : [],
  );
  try {
    return { h: [...(await h.norm.data())], ...(c && { c: [...(await c.norm.data())] }) };
  } finally {
    for (const y of tensors) y.dispose();
  }
}
