// What readers follow of masks before there are layers is what the layers then do with them.
import { expect, test } from "vitest";
import { endsMask } from "../../src/formats/endsMask.js";
import { putIntoEffect } from "../../src/formats/semantics/forWriter.js";
import { takeInnerMask } from "../../src/formats/semantics/masks.js";
import { writerOf } from "../../src/formats/semantics/writers.js";
import * as zoetrope from "../../src/index.js";
import { ones, RandomBrightness, registerLayer, TimeDistributed } from "../../src/index.js";
import { layerOf, type LayerRow, layerRows } from "../support/cases/layers.js";

/** Rows of one input with an axis of time, of layers that pass masks on or end them. */
const rows = Object.entries(layerRows).flatMap(([name, [row]]) => {
  const isOne = typeof row.input[0] === "number" && row.input.length > 2;
  const isOther = ["Embedding", "ReversibleEmbedding", "Masking", "ChannelsFirst", "Bidirectional", "Functional", "Sequential"].includes(name); // prettier-ignore
  return isOne && !isOther ? [[name, row] as const] : [];
});

test.each(rows)("%s", (name, row: LayerRow) => {
  const layer = layerOf(name, row);
  const x = ones(row.input as number[]);
  x.mask = ones(row.input.slice(0, 2) as number[]);
  const training = !row.predictOnly; // an augmentation gives x itself otherwise
  const [y] = layer.compute([x], { training });
  if (y === x) return;
  expect(endsMask(layer.className, layer.getConfig())).toBe(y.mask === undefined);
});

test("recurrent layers pass masks on where they return sequences, and do not by default", () => {
  for (const name of ["LSTM", "ConvLSTM2D", "RNN"]) {
    expect([{}, { returnSequences: false }, { returnSequences: true }].map((config) => endsMask(name, config))).toEqual([true, true, false]); // prettier-ignore
  }
});

test("of layers of a user the class says it", () => {
  class PassingLayer extends zoetrope.Layer {
    static override className = "ConvPassing";
    override get supportsMasking(): boolean {
      return true;
    }
    override call(xs: zoetrope.Tensor[]): zoetrope.Tensor[] {
      return xs;
    }
    override computeOutputShape(shapes: zoetrope.PartialShape[]): zoetrope.PartialShape[] {
      return shapes;
    }
  }
  registerLayer(PassingLayer);
  expect(endsMask("ConvPassing", {})).toBe(false);
});

test("an operation ends the masks of a file of Keras 2, so that what comes behind means what it does in Keras 3", () => {
  const named = (className: string, name: string, config: object = {}) => ({ className, config: { name, ...config } });
  const layers = [
    named("Masking", "masking"),
    named("Operation", "multiply", { operation: "multiply", args: [{ tensor: 0 }, 2] }),
    named("Add", "add"),
  ];
  const calls = [{ layer: "masking", inputs: [0] }, { layer: "multiply", inputs: [[0, 0]] }, { layer: "add", inputs: [[1, 0], [1, 0]] }]; // prettier-ignore
  const model = named("Functional", "model", { layers, calls, inputs: [{ name: "x" }], outputs: [[2, 0]] });
  putIntoEffect(writerOf("2.15.0", false), model);
  expect(layers[2].config).toEqual({ name: "add" });
});

test("under TimeDistributed with the mask of the layer inside, frames of a clip are changed alike", async () => {
  const frames = TimeDistributed(RandomBrightness({ factor: 0.5, seed: 3 }));
  takeInnerMask(frames);
  const y = await (frames(ones([2, 3, 1, 1, 1]), { training: true }) as zoetrope.Tensor).data();
  expect(new Set(y.slice(0, 3)).size).toBe(1);
  expect(new Set(y).size).toBe(2);
});
