// The errors of convolutions by Winograd's filtering and by the direct sum, against double precision.
import { createReferenceBackend } from "../../dist/backends/reference/index.js";
import { convolutionRoad } from "../../dist/convolutionRoad.js";
import { conv2dSize } from "../../dist/shape.js";
import { loadCaseTables } from "../../scripts/caseTables.mjs";

const unit = 2 ** -24;
/** The same numbers in every run, uniform between -1 and 1. */
function uniform(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31;
}
const filled = (n, value) => Float32Array.from({ length: n }, value);

/** Kinds of data: inputs and kernels by a number from -1 to 1 and an index. */
const kinds = {
  "from -1 to 1": [(u) => u, (u) => u],
  "from 0 to 1": [(u) => (u + 1) / 2, (u) => (u + 1) / 2],
  "after ReLU6, half zeros": [(u) => Math.min(6, Math.max(0, 8 * u)), (u) => u / 10],
  "ill-scaled: 10^-4 to 10^4 from number to number": [(u) => Math.sign(u) * 10 ** (8 * Math.abs(u) - 4), (u) => u],
};

/** Shapes with all kinds of data: of the seed model, and of each tile with few and many channels. */
const shapes = [
  [[4, 7, 7, 1024], 1024, "valid"],
  [[1, 5, 5, 256], 1024, "same"],
  [[1, 7, 7, 32], 32, "valid"],
  [[2, 16, 16, 8], 8, "same"],
  [[1, 16, 16, 64], 64, "same"],
  [[1, 16, 16, 512], 64, "same"],
];

function result(backend, s, xs, length) {
  const buffers = xs.map((x) => {
    const buffer = backend.allocate(x.length);
    backend.write(buffer, x);
    return buffer;
  });
  const y = backend.allocate(length);
  backend.conv2d(y, buffers[0], buffers[1], undefined, s);
  return backend.read(y).finally(() => [y, ...buffers].forEach((buffer) => backend.free(buffer)));
}

/**
 * Errors in units of the last place of sums of absolute terms, sum |x kernel|: the largest, each relative to its own output's sum; and
 * the root mean square, relative to that of these sums.
 */
async function errorsOf(backends, s, x, kernel) {
  const length = s.batch * s.outHeight * s.outWidth * s.filters;
  const reference = createReferenceBackend({ precision: "float64" });
  const exact = await result(reference, s, [x, kernel], length);
  const sums = await result(reference, s, [x.map(Math.abs), kernel.map(Math.abs)], length);
  const size = Math.sqrt(sums.reduce((sum, v) => sum + v * v, 0) / length);
  const found = {};
  for (const [name, backend] of Object.entries(backends)) {
    const y = await result(backend, s, [x, kernel], length);
    const errors = Float64Array.from(y, (v, i) => Math.abs(v - exact[i]));
    found[name] = {
      largest: errors.reduce((most, e, i) => Math.max(most, e === 0 ? 0 : e / sums[i] / unit), 0),
      rms: Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / length) / size / unit,
    };
  }
  return found;
}

function show(name, { winograd, direct }) {
  const text = ({ largest, rms }) => `largest ${largest.toPrecision(3)} u, rms ${rms.toPrecision(3)} u`;
  console.log(`${name}: winograd ${text(winograd)}; direct ${text(direct)}`);
}

/** Prints and returns the errors of the shapes above, and of each case of the kernel's tests that takes one of Winograd's roads. */
export async function convolutionErrors(winograd, direct) {
  const backends = { winograd, direct };
  const rows = [];
  for (const [x, filters, padding] of shapes) {
    const s = conv2dSize("bench", x, [3, 3, x[3], filters], { padding });
    for (const [kind, [input, weight]] of Object.entries(kinds)) {
      const [next, nextWeight] = [uniform(1), uniform(2)];
      const inputs = filled(x.reduce((a, b) => a * b), () => input(next())); // prettier-ignore
      const errors = await errorsOf(
        backends,
        s,
        inputs,
        filled(9 * x[3] * filters, () => weight(nextWeight())),
      );
      const row = {
        name: `[${x}] -> ${filters} ${padding}, ${kind}`,
        road: convolutionRoad(s, { winograd: true }),
        ...errors,
      };
      show(`${row.road}, ${row.name}`, errors);
      rows.push(row);
    }
  }
  const { cases, timedCases, callOf } = await loadCaseTables();
  for (const c of [...cases.conv2d(), ...timedCases.conv2d()]) {
    const [, , , bias, s, activation = "linear"] = callOf(c);
    const road = convolutionRoad(s, { winograd: true });
    if (!road.startsWith("winograd") || bias || activation !== "linear") continue;
    const errors = await errorsOf(backends, s, ...c.inputs);
    rows.push({ name: c.name, road, bound: (9 * s.channels) / s.groups + 1, ...errors });
    show(`${road}, ${c.name}`, errors);
  }
  return rows;
}
