/** The equations of one time step of a recurrent layer, in the colours that its gates have in the rest of the report. */
import type { CellKind, ClipCell } from "../inspect/index.js";
import { unknownName } from "../errors.js";
import { gateColour, longName } from "./gateNames.js";
import { type Html, html } from "./html.js";
import type { ReportClip } from "./report.js";

/** One equation: of this gate or state, with its right side as `formulaHtml` reads it, and what its value does. */
type Equation = readonly [name: string, formula: string, does: string];

/** The parts that the options of a layer decide. */
interface Terms {
  /** W x + U h + b, with the weights of a gate. */
  sum: (gate: string) => string;
  /** A weight and what it is multiplied with. */
  product: (weight: string, value: string) => string;
  /** A bias to be added; nothing without biases. */
  plusBias: (bias: string) => string;
  /** The activation function of gates. */
  gate: (formula: string) => string;
  /** The activation function of candidates and states. */
  activation: (formula: string) => string;
  resetAfter: boolean;
}

const lstm = ({ sum, gate, activation }: Terms): Equation[] => [
  ["i", gate(sum("i")), "how much of the candidate is written: nothing at 0, all of it at 1"],
  ["f", gate(sum("f")), "how much of the cell state is kept: nothing at 0, all of it at 1"],
  ["g", activation(sum("g")), "what could be written into the cell state"],
  ["o", gate(sum("o")), "how much of the cell state is shown as hidden state"],
  ["c", "f_t ⊙ c_before + i_t ⊙ g_t", "the memory: what was kept of it, and what was written"],
  ["h", `o_t ⊙ ${activation("c_t")}`, "the output, which later layers and the next time step read"],
];

const gru = ({ sum, product, plusBias, gate, activation, resetAfter }: Terms): Equation[] => [
  ["z", gate(sum("z")), "how much of the state is kept: nothing at 0, all of it at 1"],
  ["r", gate(sum("r")), "how much of the state goes into the candidate"],
  [
    "g",
    activation(
      resetAfter
        ? `${product("W_g", "x_t")}${plusBias("b_g")} + r_t ⊙ (${product("U_g", "h_before")}${plusBias("b′_g")})`
        : `${product("W_g", "x_t")} + ${product("U_g", "(r_t ⊙ h_before)")}${plusBias("b_g")}`,
    ),
    "what could replace the state",
  ],
  ["h", "z_t ⊙ h_before + (1 − z_t) ⊙ g_t", "memory and output in one: a mix of the state before and the candidate"],
];

const simpleRnn = ({ sum, activation }: Terms): Equation[] => [
  ["h", activation(sum("")), "memory and output in one; without gates, every time step writes it anew"],
];

const equationsOf: Record<CellKind, (terms: Terms) => Equation[]> = {
  ...{ ConvLSTM: lstm, LSTM: lstm },
  ...{ GRU: gru, SimpleRNN: simpleRnn },
};

function termsOf({ kind, activation, recurrentActivation = "", useBias, resetAfter = false }: ClipCell): Terms {
  const product = (weight: string, value: string) => `${weight}${kind === "ConvLSTM" ? " ∗ " : "\u2009"}${value}`;
  const plusBias = (bias: string) => (useBias ? ` + ${bias}` : "");
  const apply = (name: string) => (formula: string) => {
    if (name === "linear") return formula;
    return `${name === "sigmoid" ? "σ" : name}(${formula})`;
  };
  const sum = (gate: string) =>
    `${product(`W_${gate}`, "x_t")} + ${product(`U_${gate}`, "h_before")}${plusBias(`b_${gate}`)}${resetAfter ? plusBias(`b′_${gate}`) : ""}`;
  return { sum, product, plusBias, gate: apply(recurrentActivation), activation: apply(activation), resetAfter };
}

/**
 * A formula as HTML. A symbol has a subscript: `t`, `before` for the time step before t, a gate, or nothing. MathML would be drawn
 * according to the fonts of a device, badly where none of them is for mathematics.
 */
function formulaHtml(formula: string, before: string): Html {
  const coloured = (name: string) => html`<i style="color: ${gateColour(name)}">${name}</i>`;
  const times: Record<string, Html> = { "": html``, t: html`<i>t</i>`, before: html`<i>t</i> ${before} 1` };
  const parts = formula.split(/(?<![\w$])([a-zA-Z]′?_(?:t|before|[ifgozr]?))(?![\w$])/).map((part, i) => {
    if (i % 2 === 0) return part;
    const [name, subscript] = part.split("_");
    return html`${coloured(name)}<sub>${times[subscript] ?? coloured(subscript)}</sub>`;
  });
  const spoken = formula.replace(/_(?![a-z])/g, "").replaceAll("_before", `_(t ${before} 1)`);
  return html`<span role="math" aria-label="${spoken}">${parts}</span>`;
}

/** The equations of the layers of the clips, each layer once; nothing where no clip says what its layer is. */
export function equations(clips: readonly ReportClip[]): Html | undefined {
  const layers = new Map<string, Html>();
  for (const { layer, cell } of clips) {
    if (cell) layers.set(JSON.stringify([layer, cell]), layerEquations(layer, cell));
  }
  if (layers.size === 0) return undefined;
  return html`<section>
    <h2>What the layer computes</h2>
    <p class="quiet">The letter of a gate or state has the same colour here, in the films and in the charts.</p>
    ${[...layers.values()]}
  </section>`;
}

function layerEquations(layer: string, cell: ClipCell): Html {
  const { kind, goBackwards } = cell;
  if (!Object.hasOwn(equationsOf, kind)) throw unknownName("report", "cell", kind, Object.keys(equationsOf));
  const rows = equationsOf[kind](termsOf(cell)).map(
    ([name, formula, does]) => html`<div>
<dt>${formulaHtml(`${name}_t = ${formula}`, goBackwards ? "+" : "−")}</dt>
<dd><strong style="color: ${gateColour(name)}">${longName(name)}</strong>: ${does}</dd>
</div>`,
  ); // prettier-ignore
  return html`<p>Layer “${layer}”, ${kind === "LSTM" ? "an" : "a"} ${kind}, computes at every time step <i>t</i>:</p>
<dl class="equations">${rows}</dl>
<p class="quiet symbols">${symbols(cell)}</p>`; // prettier-ignore
}

/** Explains the symbols that the equations of the layer have. */
function symbols({ kind, activation, recurrentActivation, useBias, goBackwards }: ClipCell): string {
  const functions = [activation, recurrentActivation];
  const sentences = [
    "x is the input of the layer.",
    goBackwards && "The layer reads the sequence from its end, so that t + 1 is computed before t.",
    kind === "ConvLSTM" && "∗ is a convolution.",
    kind !== "SimpleRNN" && "⊙ multiplies value by value.",
    functions.includes("sigmoid") && "σ, the sigmoid, gives values from 0 to 1.",
    functions.includes("tanh") && "tanh gives values from −1 to 1.",
    `${useBias ? "W, U and b" : "W and U"} are the weights that training changes.`,
  ];
  return sentences.filter(Boolean).join(" ");
}
