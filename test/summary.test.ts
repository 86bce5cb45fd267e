// summary() without multiply-adds is Keras's text to the letter; with them, what is added.
import { beforeEach, expect, test } from "vitest";
import {
  Add,
  BatchNormalization,
  clearNames,
  Conv2D,
  Dense,
  Flatten,
  Input,
  LSTM,
  Model,
  Sequential,
  type SummaryOptions,
  tensor,
  TimeDistributed,
} from "../src/index.js";
import { buildModel, loadCases, type Node } from "./support/keras.js";

beforeEach(clearNames);

const textOf = (model: { summary(options: SummaryOptions): void }, options: SummaryOptions = {}): string => {
  let text = "";
  model.summary({ lineLength: 88, ...options, print: (all) => void (text += all) });
  return text;
};

interface SummaryCase {
  name: string;
  model: Node[];
  trained: boolean;
  text: string;
}

test.each(loadCases<SummaryCase>("summary").map((given) => [given.name, given] as const))("%s", async (_, given) => {
  const model = await buildModel(given.model);
  if (given.trained) {
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    await model.trainOnBatch(tensor(new Float32Array(64), [1, 8, 8, 1]), tensor([[0, 0, 0]]));
  }
  const named = textOf(model, { macs: false }).replace(/^Model: ".*"/, given.text.split("\n")[0]);
  expect(named).toBe(given.text);
});

// Keras 3.15.1's own text of the two models below, lineLength 100 with expandNested and showTrainable, and 76.
const pairText = `
Model: "pair"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)             ┃ Output Shape         ┃       Param # ┃ Connected to         ┃ Traina… ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ a (InputLayer)           │ (None, 8, 8, 1)      │             0 │ -                    │    -    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│ b (InputLayer)           │ (None, 8, 8, 1)      │             0 │ -                    │    -    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│ cnn (Functional)         │ (None, 6, 6, 2)      │            28 │ a[0][0], b[0][0]     │    N    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│    └ frame (InputLayer)  │ (None, 8, 8, 1)      │             0 │ -                    │    -    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│    └ conv (Conv2D)       │ (None, 6, 6, 2)      │            20 │ -                    │    N    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│    └ norm                │ (None, 6, 6, 2)      │             8 │ -                    │    N    │
│ (BatchNormalization)     │                      │               │                      │         │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│ sum (Add)                │ (None, 6, 6, 2)      │             0 │ cnn[0][0], cnn[1][0] │    -    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│ flat (Flatten)           │ (None, 72)           │             0 │ sum[0][0]            │    -    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│ head (Sequential)        │ (None, 4)            │           292 │ flat[0][0]           │    Y    │
├──────────────────────────┼──────────────────────┼───────────────┼──────────────────────┼─────────┤
│    └ inner_dense (Dense) │ (None, 4)            │           292 │ -                    │    Y    │
└──────────────────────────┴──────────────────────┴───────────────┴──────────────────────┴─────────┘
 Total params: 320 (1.25 KB)
 Trainable params: 292 (1.14 KB)
 Non-trainable params: 28 (112.00 B)
`;
const statesText = `
Model: "states"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ film (InputLayer)               │ (None, None, 6)        │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ memory (LSTM)                   │ [(None, None, 3),      │           120 │
│                                 │ (None, 3), (None, 3)]  │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ each (TimeDistributed)          │ (None, None, 2)        │             8 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 128 (512.00 B)
 Trainable params: 128 (512.00 B)
 Non-trainable params: 0 (0.00 B)
`;

function pairModel() {
  const frame = Input({ shape: [8, 8, 1], name: "frame" });
  const features = BatchNormalization({ name: "norm" })(Conv2D({ filters: 2, kernelSize: 3, name: "conv" })(frame));
  const cnn = Model({ inputs: frame, outputs: features, name: "cnn" });
  const layers = [Input({ shape: [72] }), Dense({ units: 4, name: "inner_dense" })];
  const head = Sequential({ name: "head", layers });
  cnn.trainable = false;
  const [a, b] = ["a", "b"].map((name) => Input({ shape: [8, 8, 1], name }));
  const x = Add({ name: "sum" })([cnn(a), cnn(b)]);
  return Model({ inputs: [a, b], outputs: head(Flatten({ name: "flat" })(x)), name: "pair" });
}

function statesModel() {
  const film = Input({ shape: [null, 6], name: "film" });
  const [output, h] = LSTM({ units: 3, returnSequences: true, returnState: true, name: "memory" })(film);
  const each = TimeDistributed(Dense({ units: 2 }), { name: "each" })(output);
  return Model({ inputs: film, outputs: [each, h], name: "states" });
}

test("branches, a shared and frozen model, nested layers, as Keras prints them", () => {
  const options = { macs: false, expandNested: true, showTrainable: true, lineLength: 100 };
  expect(`\n${textOf(pairModel(), options)}`).toBe(pairText);
});

test("several outputs and unknown sizes, as Keras prints them", () => {
  expect(`\n${textOf(statesModel(), { macs: false, lineLength: 76 })}`).toBe(statesText);
});

/** The cells of a column, row by row. */
const column = (text: string, title: string): string[] => {
  const lines = text.split("\n").map((line) => line.split(/[┃│]/).map((cell) => cell.trim()));
  const index = lines[2].indexOf(title);
  return lines.slice(3).filter((line) => line.length > 1 && line[3] !== "").map((line) => line[index]); // prettier-ignore
};

test("multiply-adds have a column and a line", () => {
  const text = textOf(pairModel(), { expandNested: true, lineLength: 120 });
  const convolution = 6 * 6 * 9 * 2;
  const of = (count: number) => String(count).replace(/^(\d)(\d{3})$/, "$1,$2");
  const expected = [0, 0, 2 * convolution, 0, convolution, 0, 0, 0, 288, 288];
  const short: Record<number, string> = { [2 * convolution]: "1.30 K" };
  expect(column(text, "MACs")).toEqual(expected.map((count) => short[count] ?? String(count)));
  expect(text).toContain(`\n Multiply-adds for one sample: ${of(2 * convolution + 288)}\n`);
});

test("large numbers of multiply-adds are written with three digits", () => {
  const wide = (units: number) => {
    const x = Input({ shape: [units] });
    return column(textOf(Model({ inputs: x, outputs: Dense({ units, kernelInitializer: "zeros" })(x) })), "MACs")[1];
  };
  expect([31, 32, 1000, 2048].map(wide)).toEqual(["961", "1.02 K", "1.00 M", "4.19 M"]);
  const x = Input({ shape: [2499] });
  const rounded = Model({ inputs: x, outputs: Dense({ units: 400, kernelInitializer: "zeros" })(x) });
  expect(column(textOf(rounded), "MACs")[1]).toBe("1.00 M"); // 999,600
});

test("multiply-adds that depend on an unknown size are a question mark", () => {
  const text = textOf(statesModel());
  expect(column(text, "MACs")).toEqual(["0", "?", "?"]);
  expect(text).toContain("\n Multiply-adds for one sample: ?\n");
});

test("numbers are never cut: in a narrow terminal, and one without columns, their columns grow", () => {
  const { columns: before } = process.stdout;
  const x = Input({ shape: [2048] });
  const model = Model({ inputs: x, outputs: Dense({ units: 2048, kernelInitializer: "zeros" })(x) });
  try {
    for (const columns of [0, 20, 40, 60]) {
      process.stdout.columns = columns;
      const text = textOf(model, { lineLength: undefined! });
      expect(column(text, "Param #").at(-1)).toBe("4,196,352");
      const table = text.split("\n").filter((line) => /^[┏┃┡│├└]/.test(line));
      expect(new Set(table.map((line) => line.length)).size).toBe(1);
    }
  } finally {
    process.stdout.columns = before;
  }
});

test("a line too short for its columns is refused", () => {
  expect(() => textOf(pairModel(), { lineLength: 12 })).toThrow(
    "summary: lineLength 12 and positions [0.27, 0.5, 0.64, 0.73, 1]; expected 5 columns of 4 characters.",
  );
});
