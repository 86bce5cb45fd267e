// The kernel table (src/kernelTable.ts) as text: the expressions of each kernel's row, shortened, and the names in them.
import { parseSync } from "vite";

/** Parses a source file: its text, its statements, and where they start. */
export function parse(text) {
  const { program, errors } = parseSync("source.ts", text);
  if (errors.length > 0) throw new SyntaxError(errors[0].message);
  const { body } = program;
  return { text, statements: body.map((node) => node.declaration ?? node), starts: body.map(({ start }) => start) };
}

/** The lines of the doc comment right before a node, without comment marks. */
export function commentBefore(text, start) {
  const before = text.slice(0, start).trimEnd();
  const begin = before.lastIndexOf("/**");
  if (!before.endsWith("*/") || begin < 0) return [];
  return before
    .slice(begin + 3, -2)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .filter((line) => line !== "");
}

/** The `//` comments right before a node, as one line. */
function remarkBefore(text, start) {
  const lines = text.slice(0, start).trimEnd().split("\n");
  const remarks = lines.slice(lines.findLastIndex((line) => !/^\s*\/\/ /.test(line)) + 1);
  return remarks.map((line) => line.trim().slice(3)).join(" ");
}

const inner = (node) => {
  const wrappers = ["TSSatisfiesExpression", "TSAsExpression", "ParenthesizedExpression"];
  return wrappers.includes(node.type) ? inner(node.expression) : node;
};

const children = (node) =>
  Object.values(node)
    .flat()
    .filter((value) => typeof value?.type === "string");

/** The name of the size parameter in the table's functions. */
const sizeName = "s";
const isSize = (node) => node?.type === "Identifier" && node.name === sizeName;

/**
 * An expression in short form: fields of the size without the size (`batch` for `s.batch`), and `pixels` for
 * `pixels(s)`.
 * @param locals Texts of the constants in the function around it, by name.
 * @param names A set to which the names of called functions and of constants are added.
 */
function shortened(text, expression, locals, names) {
  const root = inner(expression);
  const changes = [];
  const change = (start, end, to) => changes.push({ start, end, to });
  const visit = (node) => {
    if (node.type === "SpreadElement" && isSize(node.argument)) return change(node.start, node.end, "...size");
    if (isSize(node))
      throw new Error(
        `kernel table: "${text.slice(root.start, root.end)}" uses a size in a way that cannot be shortened`,
      );
    if (node.type === "MemberExpression" && isSize(node.object)) return change(node.start, node.property.start, "");
    if (node.type === "CallExpression" && node.callee.type === "Identifier") {
      names.add(node.callee.name);
      if (node.arguments.length === 1 && isSize(node.arguments[0])) return change(node.callee.end, node.end, "");
    }
    if (node.type === "Identifier" && node.name in locals) {
      const local = locals[node.name];
      change(node.start, node.end, node === root ? local : `(${local})`);
    } else if (node.type === "Identifier" && /^[A-Z][A-Z_]+$/.test(node.name)) names.add(node.name);
    children(node).forEach(visit);
  };
  visit(root);
  let result = text.slice(root.start, root.end);
  for (const { start, end, to } of changes.sort((a, b) => b.start - a.start)) {
    result = result.slice(0, start - root.start) + to + result.slice(end - root.start);
  }
  return result.replace(/\s+/g, " ");
}

/** The expression that a function returns, and the texts of the constants before the return. */
function resultOf(text, { body }, names) {
  if (body.type !== "BlockStatement") return { result: inner(body), locals: {} };
  const locals = {};
  for (const statement of body.body) {
    if (statement.type === "ReturnStatement") return { result: inner(statement.argument), locals };
    for (const { id, init } of statement.declarations) locals[id.name] = shortened(text, init, locals, names);
  }
  throw new Error("kernel table: a function without a return");
}

/** The elements of a list literal, with those of lists that are spread in it. */
const listed = (list) =>
  list.elements.flatMap((node) => (node.type === "SpreadElement" ? listed(inner(node.argument)) : [node]));

/**
 * The rows of the kernel table by kernel, `{ buffers, elements, rows, parts, macs, remark }` with expressions as text;
 * and a legend of the names in them, `{ name, text, comment }`.
 * @param otherSources Texts of files whose constants the table uses.
 */
export function tableText(tableSource, otherSources) {
  const table = parse(tableSource);
  const constants = new Map();
  const noteConstants = ({ text, statements, starts }) =>
    statements.forEach((statement, i) => {
      if (statement.type !== "VariableDeclaration") return;
      for (const { id, init } of statement.declarations) constants.set(id.name, { text, start: starts[i], node: init });
    });
  for (const source of otherSources) noteConstants(parse(source));
  noteConstants(table);

  const propertiesOf = (node) => {
    const value = inner(node);
    if (value.type === "Identifier") return propertiesOf(constants.get(value.name).node);
    const entries = value.properties.flatMap((property) =>
      property.type === "SpreadElement"
        ? Object.entries(propertiesOf(property.argument))
        : [[property.key.name, property]],
    );
    return Object.fromEntries(entries);
  };

  const names = new Set();
  const rowOf = (node) => {
    const properties = propertiesOf(node);
    const expression = (name) => {
      if (!properties[name]) return undefined;
      const { result, locals } = resultOf(table.text, properties[name].value, names);
      return shortened(table.text, result, locals, names);
    };
    const { result, locals } = resultOf(table.text, properties.elements.value, names);
    const buffers = Object.entries(propertiesOf(properties.buffers.value)).map(([name, { value }]) => [
      name,
      value.value,
    ]);
    const elements = listed(result).map((one) => shortened(table.text, one, locals, names));
    const [rows, parts, macs] = ["rows", "parts", "macs"].map(expression);
    const remark = properties.parts && remarkBefore(table.text, properties.parts.start);
    return { buffers, elements, rows, parts, macs, remark };
  };
  const kernels = Object.entries(propertiesOf(constants.get("kernelTable").node));
  const rows = Object.fromEntries(kernels.map(([kernel, { value }]) => [kernel, rowOf(value)]));
  return { rows, legend: legendOf(names, constants) };
}

/**
 * The legend of the names that occur, and of those in their definitions: the loop visits names that are added to the
 * set meanwhile.
 */
function legendOf(names, constants) {
  const found = new Map();
  for (const name of names) {
    const { text, start, node } = constants.get(name);
    const isFunction = node.type === "ArrowFunctionExpression";
    const parameters = isFunction ? node.params.map(({ name }) => name) : [];
    const call = parameters.every((parameter) => parameter === sizeName) ? name : `${name}(${parameters.join(", ")})`;
    const meaning = shortened(text, isFunction ? node.body : node, {}, names);
    found.set(name, { name: call, text: meaning, comment: commentBefore(text, start).join(" ") });
  }
  return [...constants.keys()].filter((name) => found.has(name)).map((name) => found.get(name));
}
