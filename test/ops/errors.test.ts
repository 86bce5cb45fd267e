// Shapes that an op cannot take are typed errors, thrown before memory is allocated.
import { expect, test } from "vitest";
import { getBackend } from "../../src/backend.js";
import { ArgumentError, ShapeError } from "../../src/errors.js";
import * as ops from "../../src/ops/index.js";
import { scope } from "../../src/scope.js";
import { tensor, type Tensor, zeros } from "../../src/tensor.js";
import { forEachBuild, withReference64 } from "../support/builds.js";

type Call = (...xs: Tensor[]) => unknown;
type ErrorClass = typeof ShapeError | typeof ArgumentError;

const rows: [name: string, shapes: number[][], call: Call, error: ErrorClass, says: string][] = [
  ["add", [[2, 3], [2]], ops.add, ShapeError, "[2, 3] and [2] do not broadcast"],
  ["matMul", [[2, 3], [4, 5]], ops.matMul, ShapeError, "received [2, 3] and [4, 5]"],
  ["matMul of batches", [[2, 3, 4], [3, 4, 5]], ops.matMul, ShapeError, "received [2, 3, 4] and [3, 4, 5]"],
  ["dense", [[2, 3], [3, 4], [5]], (x, w, b) => ops.dense(x, w, b), ShapeError, "expected a bias [4], received [5]"],
  ["conv2d of 3 dimensions", [[4, 4, 1], [3, 3, 1, 2]], (x, w) => ops.conv2d(x, w), ShapeError, "received [4, 4, 1]"],
  ["conv2d channels", [[1, 4, 4, 2], [3, 3, 1, 2]], (x, w) => ops.conv2d(x, w), ShapeError, "received [1, 4, 4, 2]"],
  ["conv2d too small", [[1, 2, 4, 1], [3, 3, 1, 2]], (x, w) => ops.conv2d(x, w), ShapeError, 'use padding "same"'],
  ["conv2d bias", [[1, 4, 4, 1], [3, 3, 1, 2], [3]], (x, w, bias) => ops.conv2d(x, w, { bias }), ShapeError, "bias [2]"],
  ["conv2d strides", [[1, 4, 4, 1], [3, 3, 1, 2]], (x, w) => ops.conv2d(x, w, { strides: 0 }), ArgumentError, "strides 0; expected a whole number from 1"],
  ["conv2d padding", [[1, 4, 4, 1], [3, 3, 1, 2]], (x, w) => ops.conv2d(x, w, { padding: "full" as "same" }), ArgumentError, '"full"'],
  ["depthwiseConv2d", [[1, 4, 4, 3], [3, 3, 2, 1]], (x, w) => ops.depthwiseConv2d(x, w), ShapeError, "takes 2 channels"],
  ["depthwiseConv2d bias", [[1, 4, 4, 2], [3, 3, 2, 2], [2]], (x, w, bias) => ops.depthwiseConv2d(x, w, { bias }), ShapeError, "bias [4]"],
  ["conv1d", [[4, 1], [3, 1, 2]], (x, w) => ops.conv1d(x, w), ShapeError, "[batch, time, channels]"],
  ["conv3d", [[1, 4, 4, 1], [3, 3, 1, 2]], (x, w) => ops.conv3d(x, w), ShapeError, "received [1, 4, 4, 1]"],
  ["conv3d depth", [[1, 2, 4, 4, 1], [3, 3, 3, 1, 2]], (x, w) => ops.conv3d(x, w), ShapeError, "does not fit"],
  ["conv3d strides", [[1, 4, 4, 4, 1], [3, 3, 3, 1, 2]], (x, w) => ops.conv3d(x, w, { strides: [1, 2] }), ArgumentError, "or 3 of them"],
  ["conv2dTranspose", [[1, 2, 2, 1], [3, 3, 2, 1]], (x, w) => ops.conv2dTranspose(x, w, [6, 6]), ShapeError, "gives [1, 4, 4, 1], received [1, 2, 2, 1]"],
  ["averagePool2d", [[4, 4, 1]], (x) => ops.averagePool2d(x, [2, 2]), ShapeError, "received [4, 4, 1]"],
  ["resize2d", [[1, 0, 4, 1]], (x) => ops.resize2d(x, [2, 2]), ShapeError, "[1, 0, 4, 1] has no pixels"],
  ["resize2d", [[4, 4, 1]], (x) => ops.resize2d(x, [2, 2]), ShapeError, "received [4, 4, 1]"],
  ["maxPool2d", [[4, 4, 1]], (x) => ops.maxPool2d(x, [2, 2]), ShapeError, "received [4, 4, 1]"],
  ["batchNorm", [[2, 3], [3], [3], [2, 1, 4]], (x, g, b, m) => ops.batchNorm(x, g, b, m, 1e-3), ShapeError, "moments [2, 1, 3]"],
  ["batchNorm beta", [[2, 3], [3], [2]], (x, g, b) => ops.batchNormTraining(x, g, b, { epsilon: 1 }), ShapeError, "received [2]"],
  ["batchNorm steps", [[5, 3], [3], [3]], (x, g, b) => ops.batchNormTraining(x, g, b, { epsilon: 1, steps: 2 }), ShapeError, "multiple of 2"],
  ["lstm", [[2, 3], [3, 8], [2, 8]], (x, w, r) => ops.lstm(x, w, r, undefined, true), ShapeError, "received [2, 3]"],
  ["lstm recurrent kernel", [[2, 1, 3], [3, 8], [3, 12]], (x, w, r) => ops.lstm(x, w, r, undefined, true), ShapeError, "[3, 12]"],
  ["lstm state", [[2, 1, 3], [3, 8], [2, 8], [2, 3]], (x, w, r, h) => ops.lstm(x, w, r, undefined, true, { h, c: h }), ShapeError, "expected an initial state [2, 2], received [2, 3]"],
  ["lstm without steps", [[2, 0, 3], [3, 8], [2, 8]], (x, w, r) => ops.lstm(x, w, r, undefined, true), ShapeError, "at least one step"],
  ["convLstm2d", [[2, 4, 4, 1], [3, 3, 1, 8], [3, 3, 2, 8]], (x, w, r) => ops.convLstm2d(x, w, r, undefined, { sequences: true }), ShapeError, "[batch, time, height, width, channels]"],
  ["lstm state that is none", [[2, 1, 3], [3, 8], [2, 8]], (x, w, r) => ops.lstm(x, w, r, undefined, true, 0 as never), ArgumentError, "lstm: expected a tensor, received undefined"],
  ["convLstm2d state", [[1, 1, 4, 4, 1], [3, 3, 1, 8], [3, 3, 2, 8], [1, 4, 4, 2]], (x, w, r, h) => ops.convLstm2d(x, w, r, undefined, { sequences: true, initial: { h, c: h } }), ShapeError, "[1, 2, 2, 2]"],
  ["reshape", [[2, 3]], (x) => ops.reshape(x, [4, -1]), ShapeError, "[2, 3] does not fit [4, -1]"],
  ["transpose", [[2, 3]], (x) => ops.transpose(x, [0, 0]), ArgumentError, "each axis once"],
  ["slice", [[2, 3]], (x) => ops.slice(x, [1, 0], [2]), ShapeError, "do not lie inside [2, 3]"],
  ["pad", [[2, 3]], (x) => ops.pad(x, [1], [0, 0]), ArgumentError, "before [1]; expected a whole number from 0, or 2 of them"],
  ["concat", [[2, 3], [3, 3]], (a, b) => ops.concat([a, b]), ShapeError, "[2, 3] and [3, 3]"],
  ["concat of nothing", [], () => ops.concat([]), ArgumentError, "received no tensors"],
  ["stack", [[2, 3], [2, 2]], (a, b) => ops.stack([a, b]), ShapeError, "differ"],
  ["sum", [[2, 3]], (x) => ops.sum(x, 2), ArgumentError, "axis 2 does not exist in 2 dimensions"],
  ["gather", [[], [1]], (table, indices) => ops.gather(table, indices), ShapeError, "received []"],
  ["tensor of ragged rows", [], () => tensor([[1, 2], [3]]), ShapeError, "equal length"],
  ["tensor of a wrong shape", [], () => tensor([1, 2, 3], [2, 2]), ShapeError, "3 values do not fill [2, 2]"],
  ["zeros of no shape", [], () => zeros([2, -1]), ShapeError, "[2, -1]"],
]; // prettier-ignore

function suite(): void {
  test.each(rows)("%s", (_, shapes, call, error, says) => {
    const held = getBackend().memory().buffers;
    const attempt = () => scope(() => call(...shapes.map((shape) => zeros(shape))));
    expect(attempt).toThrow(error);
    expect(attempt).toThrow(says);
    expect(getBackend().memory().buffers).toBe(held);
  });

  test("no elements: empty results, zero sums, gradients of the right shape", async () => {
    const [x, w, b, ones3] = [zeros([0, 4, 4, 3]), zeros([3, 3, 3, 2]), zeros([2]), zeros([3])];
    const results = [
      ops.conv2d(x, w, { bias: b, padding: "same" }),
      ops.maxPool2d(x, [2, 2]),
      ops.batchNorm(x, ones3, ones3, zeros([2, 1, 3]), 1),
      ops.dense(x, zeros([3, 5])),
      ops.relu(x),
      ops.softmax(x),
      ops.add(x, x),
      ops.transpose(x),
      ops.concat([x, x], 0),
    ];
    for (const y of results) expect([...(await y.data())]).toEqual([]);
    const total = ops.sum(x, 0);
    expect((await total.data()).every((value) => value === 0)).toBe(true);
    expect(total.shape).toEqual([4, 4, 3]);
    [x, w, b, ones3, total, ...results].forEach((t) => t.dispose());
  });
}

withReference64(suite);
forEachBuild(suite);
