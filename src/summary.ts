/** `model.summary()`: Keras's table, with a column of multiply-adds. */
import { ArgumentError, checkFunction, checkOptions, shown } from "./errors.js";
import type { Layer, LayerNode, SymbolicTensor } from "./layer.js";
import type { PartialShape } from "./shape.js";
import type { Variable } from "./tensor.js";

/** The part of a model that a summary reads. */
export interface Summarized extends Pick<Layer, "name" | "semantics" | "trainableWeights" | "nonTrainableWeights"> {
  readonly layers: readonly Layer[];
  readonly inputs: readonly SymbolicTensor[];
  /** The calls of the graph, and how many calls lie between each and the outputs, at most. */
  readonly depths: ReadonlyMap<LayerNode, number>;
  /** Multiply-adds for one sample of these shapes; NaN where a size is not known. */
  macs(inputs: PartialShape[]): number;
  readonly optimizer: { readonly built: boolean; countParams(): number } | undefined;
}

/** The options of `summary`. */
export interface SummaryOptions {
  /**
   * Characters in a line. By default 88 for a chain of layers and 108 for other graphs, at most what the terminal has, and
   * 56 at least.
   */
  lineLength?: number;
  /** The end of each column, as a fraction of the line; by default it depends on the columns. */
  positions?: readonly number[];
  /** Receives the whole text, with a newline at its end; by default it is printed to the console. */
  print?: (text: string) => void;
  /** Whether models inside the model show their layers, false by default. */
  expandNested?: boolean;
  /** Whether a column shows which layers are trainable, false by default. */
  showTrainable?: boolean;
  /**
   * Whether a column and a line give the multiply-adds for one sample, true by default. Without them the text is
   * Keras's.
   */
  macs?: boolean;
  /**
   * Whether lines at the end say what layers of a file do otherwise than in Keras 3, those inside others included; false
   * by default.
   */
  details?: boolean;
}

const optionNames = ["lineLength", "positions", "print", "expandNested", "showTrainable", "macs", "details"];

type Align = "left" | "right" | "center";
interface Column {
  readonly title: string;
  readonly align: Align;
  readonly cell: (layer: Layer, level: number) => string;
}

/**
 * The summary of a model as text, in Keras's layout. Columns of numbers grow where a number does not fit.
 * @throws ArgumentError for unknown options, and where the line is too short for the columns.
 */
export function summaryText(model: Summarized, options: SummaryOptions = {}): string {
  checkOptions("summary", options, optionNames);
  if (options.print !== undefined) checkFunction("summary", options.print);
  const nodes = [...model.depths.keys()];
  const isChain = isSequential(model, nodes);
  const showMacs = options.macs ?? true;
  const columns: Column[] = [
    { title: "Layer (type)", align: "left", cell: nameCell },
    { title: "Output Shape", align: "left", cell: shapeCell },
    { title: "Param #", align: "right", cell: (layer) => withCommas(layer.countParams()) },
    ...(showMacs ? [{ title: "MACs", align: "right", cell: macsCell(model) } as const] : []),
    ...(isChain ? [] : [{ title: "Connected to", align: "left", cell: connectionCell(nodes) } as const]),
    ...(options.showTrainable ? [{ title: "Trainable", align: "center", cell: trainableCell } as const] : []),
  ];
  const usual = isChain
    ? { line: 88, positions: showMacs ? [0.4, 0.7, 0.87, 1] : [0.45, 0.8, 1] }
    : { line: 108, positions: showMacs ? [0.27, 0.5, 0.64, 0.73, 1] : [0.3, 0.56, 0.74, 1] };
  const base = options.positions ?? usual.positions;
  // Columns of the terminal; 80 for a pipe, in a browser, and for a terminal that says that it has none.
  const terminal = (globalThis as { process?: { stdout?: { columns?: number } } }).process?.stdout?.columns || 80;
  const line =
    options.lineLength ?? Math.min(usual.line + (options.showTrainable ? 12 : 0), Math.max(56, terminal - 4));
  const rows = model.layers
    .flatMap((layer) => withNested(layer, options.expandNested))
    .map(([layer, level]) => columns.map((column) => column.cell(layer, level)));
  const widths = columnWidths(line, base, columns.length, options.showTrainable);
  // Numbers are never cut: their columns grow, and the line with them.
  const grown = widths.map((width, i) =>
    columns[i].align === "right" ? Math.max(width, ...rows.map((cells) => cells[i].length + 2)) : width,
  );
  const table = drawTable(columns, rows, grown);
  const details = options.details ? (model.semantics ?? model.layers.flatMap((layer) => layer.semantics ?? [])) : [];
  return [`Model: "${model.name}"`, ...table, ...totals(model, showMacs), ...details, ""].join("\n");
}

/** A chain of calls, each with one input, no layer called twice. */
function isSequential(model: Summarized, nodes: readonly LayerNode[]): boolean {
  const distinct = (list: readonly unknown[]) => new Set(list).size === list.length;
  const layers = nodes.map((node) => node.layer);
  return distinct([...model.depths.values()]) && distinct(layers) && nodes.every((node) => node.inputs.length < 2);
}

/** A layer with its depth of nesting; with `expand`, also the layers of models inside it. */
function withNested(layer: Layer, expand?: boolean, level = 0): [layer: Layer, level: number][] {
  const inside = expand && "layers" in layer ? (layer as Layer & Summarized).layers : [];
  return [[layer, level], ...inside.flatMap((inner) => withNested(inner, expand, level + 1))];
}

// ── cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const nameCell = (layer: Layer, level: number): string =>
  `${level > 0 ? `${"   ".repeat(level)}└ ` : ""}${layer.name} (${layer.className})`;

function shapeCell(layer: Layer): string {
  const node = layer.nodes.at(-1);
  if (!node) return "?";
  const shapes = node.outputs.map(({ shape }) => `(${shape.map((size) => size ?? "None").join(", ")})`);
  return shapes.length === 1 ? shapes[0] : `[${shapes.join(", ")}]`;
}

const trainableCell = (layer: Layer): string => (layer.weights.length === 0 ? "-" : layer.trainable ? "Y" : "N");

const connectionCell = (nodes: readonly LayerNode[]) => (layer: Layer) =>
  layer.nodes
    .filter((node) => nodes.includes(node))
    .flatMap((node) => node.inputs)
    .map(({ node, index }) => `${node.layer.name}[${node.layer.nodes.indexOf(node)}][${index}]`)
    .join(", ") || "-";

/** The multiply-adds of the layer's calls in the model; for a layer of a nested model, of its calls there. */
const macsCell = (model: Summarized) => (layer: Layer, level: number) => {
  const nodes = level === 0 ? layer.nodes.filter((node) => model.depths.has(node)) : layer.nodes;
  return shortText(nodes.reduce((sum, node) => sum + nodeMacs(node), 0));
};

const nodeMacs = ({ layer, inputs, outputs }: LayerNode): number => layer.macs(shapesOf(inputs), shapesOf(outputs));

const shapesOf = (list: readonly SymbolicTensor[]): PartialShape[] => list.map((x) => x.shape);

/** The whole number with commas; "?" for NaN, where a size is not known. */
const withCommas = (count: number): string =>
  Number.isNaN(count) ? "?" : String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** Formats a number with three digits and a power of a thousand: 18.2 G. */
function shortText(count: number): string {
  const [scaled, prefix] = withPrefix(count, 1000, 999.5);
  return prefix ? `${scaled.toPrecision(3)} ${prefix}` : withCommas(count);
}

/** A number in units of a power of `step`, below `limit`, and the prefix of the unit: "K" for the first power. */
function withPrefix(x: number, step: number, limit = step): [scaled: number, prefix: string] {
  let power = 0;
  for (; x >= limit && power < 4; power++) x /= step;
  return [x, ["", "K", "M", "G", "T"][power]];
}

// ── totals ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function totals(model: Summarized, showMacs: boolean): string[] {
  const count = (weights: readonly Variable[]) => weights.reduce((sum, weight) => sum + weight.size, 0);
  const line = (what: string, params: number, bytes = 4 * params) =>
    ` ${what} params: ${withCommas(params)} (${bytesText(bytes)})`;
  const [trainable, frozen] = [count(model.trainableWeights), count(model.nonTrainableWeights)];
  const optimizer = model.optimizer?.built ? model.optimizer.countParams() : 0;
  const optimizerBytes = optimizer === 0 ? 0 : 4 * optimizer + 4; // Keras counts the updates in 64 bits
  const macs = model.macs(shapesOf(model.inputs));
  return [
    line("Total", trainable + frozen + optimizer, 4 * (trainable + frozen) + optimizerBytes),
    line("Trainable", trainable),
    line("Non-trainable", frozen),
    ...(optimizer === 0 ? [] : [line("Optimizer", optimizer, optimizerBytes)]),
    ...(showMacs ? [` Multiply-adds for one sample: ${withCommas(macs)}`] : []),
  ];
}

function bytesText(bytes: number): string {
  const [scaled, prefix] = withPrefix(bytes, 1024);
  return `${scaled.toFixed(2)} ${prefix}B`;
}

// ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Characters between the bars of each column: its part of the line, less its share of the bars and blanks. A column that
 * has no position gets the last tenth.
 */
function columnWidths(line: number, base: readonly number[], numColumns: number, hasTrainable?: boolean): number[] {
  const given: readonly number[] = Array.isArray(base) && [line, ...(base as number[])].every(Number.isFinite) ? base : []; // prettier-ignore
  const positions = hasTrainable ? [...given.map((p) => p * 0.9), 1] : given;
  const ends = positions.map((position) => Math.trunc(position * line));
  const widths = ends.map((end, i) => end - (ends[i - 1] ?? 0));
  if (widths.length !== numColumns || widths.some((width) => width < 4)) {
    throw new ArgumentError(
      `summary: lineLength ${shown(line)} and positions ${shown(base)}; expected ${numColumns} columns of 4 characters.`,
    );
  }
  let rest = 3 * numColumns + 1;
  return widths.map((width, i) => {
    const share = roundHalfToEven(rest / (numColumns - i));
    rest -= share;
    return width + 2 - share;
  });
}

/** Of a positive number. */
const roundHalfToEven = (x: number): number => Math.round(x) - Number(x % 2 === 0.5);

function drawTable(columns: readonly Column[], rows: readonly string[][], widths: readonly number[]): string[] {
  const rule = (left: string, dash: string, middle: string, right: string) =>
    left + widths.map((width) => dash.repeat(width)).join(middle) + right;
  const row = (cells: readonly string[], bar: string) => {
    const lines = cells.map((cell, i) => wrapLines(cell, widths[i] - 2));
    const height = Math.max(...lines.map((cell) => cell.length));
    return Array.from({ length: height }, (_, y) => {
      const texts = lines.map((cell, i) => padTo(cell[y] ?? "", widths[i] - 2, columns[i].align));
      return `${bar} ${texts.join(` ${bar} `)} ${bar}`;
    });
  };
  const between = rule("├", "─", "┼", "┤");
  return [
    rule("┏", "━", "┳", "┓"),
    ...row(columns.map((column) => column.title), "┃"), // prettier-ignore
    rule("┡", "━", "╇", "┩"),
    ...rows.flatMap((cells) => [between, ...row(cells, "│")]).slice(1),
    rule("└", "─", "┴", "┘"),
  ];
}

/** Lines of at most `width` characters, broken at blanks; a longer word ends in an ellipsis. */
function wrapLines(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.match(/\s*\S+\s*/g) ?? []) {
    if (current !== "" && (current + word).trimEnd().length > width) {
      lines.push(current);
      current = "";
    }
    current += word;
  }
  return [...lines, current].map((line) =>
    line.trimEnd().length > width ? `${line.slice(0, width - 1)}…` : line.trimEnd(),
  );
}

function padTo(text: string, width: number, align: Align): string {
  const end = align === "left" ? 0 : align === "right" ? width : (width + text.length) >> 1;
  return text.padStart(end).padEnd(width);
}
