// The equations of a layer in the report: from its options, in the colours of its gates.
import { readFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import type { ClipCell } from "../../src/inspect/index.js";
import { reportHtml } from "../../src/report/index.js";
import { clipOf } from "../support/reports.js";

const pageOf = (...cells: (ClipCell | undefined)[]) => {
  const clips = cells.map((cell, i) => ({ ...clipOf(`clip ${i}`, [3, 2]), ...(cell && { cell }) }));
  return parseHTML(reportHtml({ title: "equations", facts: [], notes: [], clips })).document;
};

const lines = (document: Document) =>
  [...document.querySelectorAll(".equations dt")].map((line) => line.textContent!.replaceAll("\u2009", " ").trim());

const usual = { activation: "tanh", recurrentActivation: "sigmoid", useBias: true, goBackwards: false };

test.each<[ClipCell, string[]]>([
  [
    { kind: "ConvLSTM", ...usual },
    [
      "it = σ(Wi ∗ xt + Ui ∗ ht − 1 + bi)",
      "ft = σ(Wf ∗ xt + Uf ∗ ht − 1 + bf)",
      "gt = tanh(Wg ∗ xt + Ug ∗ ht − 1 + bg)",
      "ot = σ(Wo ∗ xt + Uo ∗ ht − 1 + bo)",
      "ct = ft ⊙ ct − 1 + it ⊙ gt",
      "ht = ot ⊙ tanh(ct)",
    ],
  ],
  [
    { kind: "LSTM", ...usual, activation: "linear", recurrentActivation: "hardSigmoid", useBias: false, goBackwards: true },
    [
      "it = hardSigmoid(Wi xt + Ui ht + 1)",
      "ft = hardSigmoid(Wf xt + Uf ht + 1)",
      "gt = Wg xt + Ug ht + 1",
      "ot = hardSigmoid(Wo xt + Uo ht + 1)",
      "ct = ft ⊙ ct + 1 + it ⊙ gt",
      "ht = ot ⊙ ct",
    ],
  ],
  [
    { kind: "GRU", ...usual, resetAfter: true },
    [
      "zt = σ(Wz xt + Uz ht − 1 + bz + b′z)",
      "rt = σ(Wr xt + Ur ht − 1 + br + b′r)",
      "gt = tanh(Wg xt + bg + rt ⊙ (Ug ht − 1 + b′g))",
      "ht = zt ⊙ ht − 1 + (1 − zt) ⊙ gt",
    ],
  ],
  [
    { kind: "GRU", ...usual, activation: "relu", resetAfter: false },
    [
      "zt = σ(Wz xt + Uz ht − 1 + bz)",
      "rt = σ(Wr xt + Ur ht − 1 + br)",
      "gt = relu(Wg xt + Ug (rt ⊙ ht − 1) + bg)",
      "ht = zt ⊙ ht − 1 + (1 − zt) ⊙ gt",
    ],
  ],
  [{ kind: "SimpleRNN", activation: "tanh", useBias: true, goBackwards: false }, ["ht = tanh(W xt + U ht − 1 + b)"]],
])("are those of the cell: %j", (cell, expected) => {
  const document = pageOf(cell);
  expect(lines(document)).toEqual(expected);
  expect(document.querySelectorAll(".equations dd").length).toBe(expected.length);
  for (const line of document.querySelectorAll(".equations dd")) expect(line.textContent).toMatch(/^[a-z ]+: \w.{20,}$/);
}); // prettier-ignore

test("are read out as formulas", () => {
  const spoken = (cell: ClipCell) =>
    [...pageOf(cell).querySelectorAll("[role=math]")].map((line) => line.getAttribute("aria-label"));
  expect(spoken({ kind: "LSTM", ...usual })[4]).toBe("c_t = f_t ⊙ c_(t − 1) + i_t ⊙ g_t");
  expect(spoken({ kind: "SimpleRNN", ...usual })).toEqual(["h_t = tanh(W\u2009x_t + U\u2009h_(t − 1) + b)"]);
});

test("each gate has one colour: in the equations, beside its map and beside its row of the strip", () => {
  const document = pageOf({ kind: "LSTM", ...usual });
  for (const gate of ["i", "f", "g", "o", "c", "h"]) {
    const colour = `color: var(--gate-${gate})`;
    const symbols = [...document.querySelectorAll(".equations i")].filter(({ textContent }) => textContent === gate);
    expect(symbols.length).toBeGreaterThan(0);
    const labels = [document.querySelector(`figure[data-gate=${gate}] .gate`)!, document.querySelector(`.track[data-gate=${gate}]`)!.previousElementSibling!.querySelector(".gate")!]; // prettier-ignore
    for (const element of [...symbols, ...labels]) expect(element.getAttribute("style")).toBe(colour);
  }
});

test("are shown once for clips of one layer, and not for a clip that does not say what its layer is", () => {
  const lstm: ClipCell = { kind: "LSTM", ...usual };
  expect(pageOf(lstm, { ...lstm }, undefined).querySelectorAll(".equations").length).toBe(1);
  expect(pageOf(lstm, { ...lstm, useBias: false }).querySelectorAll(".equations").length).toBe(2);
  expect(pageOf(undefined).body.textContent).not.toContain("What the layer computes");
});

test("names of functions and layers are escaped", () => {
  const evil = "<img src=x>";
  const document = pageOf({ kind: "LSTM", ...usual, activation: evil });
  expect(document.querySelector(".equations img")).toBe(null);
  expect(lines(document)[5]).toBe(`ht = ot ⊙ ${evil}(ct)`);
  for (const activation of ["leaky_relu", "a2b_c", "h_constructor", "$x_t"]) {
    expect(lines(pageOf({ kind: "LSTM", ...usual, activation }))[5]).toBe(`ht = ot ⊙ ${activation}(ct)`);
  }
});

// ── colours ──────────────────────────────────────────────────────────────────────────────────────────────────────────

type Three = [number, number, number];

const product = (matrix: readonly Three[], vector: Three) =>
  matrix.map((row) => row.reduce((sum, x, i) => sum + x * vector[i], 0)) as Three;
const linear = (hex: string) =>
  [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Three;
const luminance = (hex: string) => product([[0.2126, 0.7152, 0.0722]], linear(hex))[0];

function lab(rgb: Three): Three {
  const xyz = product([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], rgb); // prettier-ignore
  const [x, y, z] = xyz.map((value, i) => Math.cbrt(Math.max(0, value) / [0.9505, 1, 1.089][i]));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How people see colours (Machado, Oliveira and Fernandes, 2009): usually, without red, without green, without blue cones. */
const eyes: Record<string, Three[]> = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}; // prettier-ignore

const styleSheet = readFileSync("src/report/page/colours.css", "utf8");

/** A colour of the style sheet in the light (0) or dark (1) scheme. */
function colourOf(name: string, scheme: number): string {
  const value = new RegExp(`--${name}: (.+);`).exec(styleSheet)![1];
  const other = /^var\(--(.+)\)$/.exec(value);
  return other ? colourOf(other[1], scheme) : value.match(/#\w{6}/g)![scheme];
}

test.each([
  ["light", 0],
  ["dark", 1],
])("the colours of gates can be read, and told apart by the colour-blind (%s)", (_, scheme) => {
  const colours = ["i", "f", "g", "o", "c", "h"].map((gate) => colourOf(`gate-${gate}`, scheme));
  for (const background of [colourOf("card", scheme), colourOf("paper", scheme)]) {
    for (const colour of colours) {
      const [dark, light] = [luminance(colour), luminance(background)].sort((a, b) => a - b);
      expect((light + 0.05) / (dark + 0.05)).toBeGreaterThan(4.4);
    }
  }
  for (const matrix of Object.values(eyes)) {
    const seen = colours.map((colour) => lab(product(matrix, linear(colour))));
    seen.forEach((a, i) =>
      seen.slice(0, i).forEach((b) => expect(Math.hypot(...a.map((x, k) => x - b[k]))).toBeGreaterThan(18)),
    );
  }
});

test.each(["constructor", "Transformer"])("a cell of the unknown kind %s is an error that says so", (kind) => {
  const message = `report: unknown cell "${kind}"; known are ConvLSTM, LSTM, GRU, SimpleRNN.`;
  expect(() => pageOf({ ...usual, kind } as never)).toThrow(message);
  expect(() => pageOf({ ...usual, kind } as never)).toThrow(ArgumentError);
});
