// What Zoetrope does with a model that Keras has saved: predict, and train on. Errors are against what Keras noted of itself.

/** How many of a record's batches Keras trained on before it saved the model. */
const before = 2;

/** An array as keras_side.py stores it. */
export function decode({ shape, data }) {
  const bytes = Buffer.from(data, "base64");
  return { shape, data: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
}

const one = (items) => (items.length === 1 ? items[0] : items);

/** max |a - b| over all arrays. */
function distance(a, b) {
  let worst = 0;
  a.forEach(({ data, shape }, i) => {
    if (String(shape) !== String(b[i].shape)) throw new Error(`[${shape}] beside [${b[i].shape}]`);
    data.forEach((value, j) => (worst = Math.max(worst, Math.abs(value - b[i].data[j]))));
  });
  return worst;
}

/** max |a - b| / max(1, |b|) */
const relative = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.max(1, Math.abs(b[i]))));

function reset(model) {
  for (const layer of model.layers) layer.resetStates?.();
}

/** How far the model's predictions are from Keras's: twice over, as stateful layers go on. */
export async function predictionError({ tensor, scope }, model, record) {
  reset(model);
  let worst = 0;
  for (const expected of record.predictions) {
    const given = record.batches[0].x.map(decode);
    const y = scope(() => model.apply(one(given.map(({ data, shape }) => tensor(data, shape)))));
    const results = await Promise.all([y].flat().map(async (part) => ({ shape: part.shape, data: await part.data() })));
    [y].flat().forEach((part) => part.dispose());
    worst = Math.max(worst, distance(results, expected.map(decode)));
  }
  reset(model);
  return worst;
}

/** How far the losses of the next steps are from Keras's. The model is trained. */
export async function lossError(model, record) {
  const losses = [];
  for (const { x, y } of record.batches.slice(before)) {
    losses.push((await model.trainOnBatch(one(x.map(decode)), one(y.map(decode)))).loss);
  }
  return relative(losses, record.losses);
}

/** The same of what Keras says of a model that came back from us. */
export const backErrors = ({ predictions, losses }, record) => ({
  prediction: Math.max(...predictions.map((y, i) => distance(y.map(decode), record.predictions[i].map(decode)))),
  loss: relative(losses, record.losses),
});
