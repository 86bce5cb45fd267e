// The errors of convolutions and their gradients by Winograd's filtering and by the direct sum, against double precision.
import { createReferenceBackend } from "../../dist/backends/reference/index.js";
import { turned, winogradTile } from "../../dist/convolutionRoad.js";
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

/** What is computed: a convolution, or one of its gradients; by the kernel, with what it reads and writes. */
const kernels = {
  conv2d: { reads: ["x", "kernel"], writes: "dy", of: "output", call: (k, y, [x, w], s) => k.conv2d(y, x, w, undefined, s) },
  conv2dGradInput: { reads: ["dy", "kernel"], writes: "x", of: "input", call: (k, dx, [dy, w], s) => k.conv2dGradInput(dx, dy, w, s) },
  conv2dGradFilter: { reads: ["x", "dy"], writes: "kernel", of: "filter", call: (k, dw, [x, dy], s) => k.conv2dGradFilter(dw, x, dy, s) },
}; // prettier-ignore
const lengths = (s) => ({
  x: s.batch * s.height * s.width * s.channels,
  dy: s.batch * s.outHeight * s.outWidth * s.filters,
  kernel: (9 * s.channels * s.filters) / s.groups,
});
/** The side of the tiles, or undefined where it is computed directly. */
const tileOf = (name, s) => {
  const { of } = kernels[name];
  return winogradTile(of === "input" ? turned(s) : s, { winograd: true }, of);
};

function result(backend, name, s, xs) {
  const buffers = xs.map((x) => {
    const buffer = backend.allocate(x.length);
    backend.write(buffer, x);
    return buffer;
  });
  const y = backend.allocate(lengths(s)[kernels[name].writes]);
  kernels[name].call(backend, y, buffers, s);
  return backend.read(y).finally(() => [y, ...buffers].forEach((buffer) => backend.free(buffer)));
}

/**
 * Errors in units of the last place of sums of absolute terms, as sum |x kernel|: the largest, each relative to its own output's sum; and
 * the root mean square, relative to that of these sums.
 */
async function errorsOf(backends, name, s, xs) {
  const reference = createReferenceBackend({ precision: "float64" });
  const exact = await result(reference, name, s, xs);
  const absolutes = xs.map((x) => x.map(Math.abs));
  const sums = await result(reference, name, s, absolutes);
  const size = Math.sqrt(sums.reduce((sum, v) => sum + v * v, 0) / sums.length);
  const found = {};
  for (const [label, backend] of Object.entries(backends)) {
    const y = await result(backend, name, s, xs);
    const errors = Float64Array.from(y, (v, i) => Math.abs(v - exact[i]));
    found[label] = {
      largest: errors.reduce((most, e, i) => Math.max(most, e === 0 ? 0 : e / sums[i] / unit), 0),
      rms: Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length) / size / unit,
    };
  }
  return found;
}

function show(name, { winograd, direct }) {
  const text = ({ largest, rms }) => `largest ${largest.toPrecision(3)} u, rms ${rms.toPrecision(3)} u`;
  console.log(`${name}: winograd ${text(winograd)}; direct ${text(direct)}`);
}

/**
 * Prints and returns the errors of the shapes above, and of each case of the kernel's tests, of all three kernels, where they take one of
 * Winograd's roads.
 */
export async function convolutionErrors(winograd, direct) {
  const backends = { winograd, direct };
  const rows = [];
  const add = async (kernel, s, name, inputs, more) => {
    const side = tileOf(kernel, s);
    if (!side) return;
    const row = { name, kernel, road: `winograd ${side}x${side}`, ...more, ...(await errorsOf(backends, kernel, s, inputs)) };
    show(`${kernel}, ${row.road}, ${name}`, row);
    rows.push(row);
  }; // prettier-ignore
  for (const [x, filters, padding] of shapes) {
    const s = conv2dSize("bench", x, [3, 3, x[3], filters], { padding });
    for (const [kind, [input, weight]] of Object.entries(kinds)) {
      for (const [kernel, { reads }] of Object.entries(kernels)) {
        const inputs = reads.map((each, i) => {
          const next = uniform(i + 1);
          return filled(lengths(s)[each], () => (i === 0 ? input : weight)(next()));
        });
        await add(kernel, s, `[${x}] -> ${filters} ${padding}, ${kind}`, inputs);
      }
    }
  }
  const { cases, timedCases, callOf } = await loadCaseTables();
  for (const kernel of Object.keys(kernels)) {
    for (const c of [...cases[kernel](), ...timedCases[kernel]()]) {
      const call = callOf(c);
      const s = call.find((argument) => argument?.kernelHeight);
      if (c.inputs.length > 2 || (call[5] ?? "linear") !== "linear") continue;
      const perGroup = (n) => (9 * n) / s.groups;
      const terms = {
        output: perGroup(s.channels),
        input: perGroup(s.filters),
        filter: s.batch * s.outHeight * s.outWidth,
      };
      await add(kernel, s, c.name, c.inputs, { bound: terms[kernels[kernel].of] + 1 });
    }
  }
  return rows;
}
