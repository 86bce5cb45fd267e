// Writes docs/kernels.md: signatures and meanings from src/kernels.ts, costs from src/kernelTable.ts, examples from the timed cases.
//   npm run docs:kernels
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { commentBefore, parse, tableText } from "./tableText.mjs";

const fileOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const sourceOf = (path) => readFileSync(fileOf(path), "utf8");

export const docFile = "docs/kernels.md";

const introduction = `\
# Kernels

The engine computes everything by calls of kernels: a convolution, a sum, an update of Adam. A backend is a function for each kernel,
and the memory that they work on. [src/kernels.ts](../src/kernels.ts) is the contract between the two: what a kernel takes, and what
it computes. [src/kernelTable.ts](../src/kernelTable.ts) is the same contract as a value, for code that handles kernels in general:
what each kernel does with its buffers, how its work can be split, and what it costs.

A program that times kernels, or tries them, imports them from \`zoetrope/kernels\`, with a memory of their own:

\`\`\`js
import { costOf, gemmSize, openKernels } from "zoetrope/kernels";

const { name, tile, kernels, unchecked, allocate, read } = openKernels(); // or openKernels({ relaxed: false })
const size = gemmSize(2, 3, 2); // [2, 3] times [3, 2]
const a = allocate([1, 2, 3, 4, 5, 6]);
const b = allocate([1, 0, 0, 1, 1, 1], "weight"); // packed for the matrix kernel once, until it is written
const c = allocate(4);
kernels.gemm(c, a, b, undefined, size);
console.log(name, tile, await read(c)); // ..., 4, 5, 10, 11
console.log(costOf("gemm", c, a, b, undefined, size)); // { multiplyAdds: 12, bytes: 64, rows: 2, parts: 1 }
\`\`\`

\`kernels\` compares the lengths of the buffers with what the sizes need; \`unchecked\`, for timing, does not.
\`node examples/kernelSpeed.mjs\` times some of them. \`tile\` is the part of a matrix product that the kernel holds in registers.

This page is generated from these two files by \`npm run docs:kernels\`; a test checks that it is up to date.`;

const examples = `\
The example of a kernel is its first case in the table that the tests check and that \`npm run bench -- --full\` times.`;

const expressions = `\
Costs are the expressions of the table in short form: a field of the size that a kernel takes is written without the size (\`batch\`
is \`size.batch\`; [src/shape.ts](../src/shape.ts) documents the fields), and other arguments have their names. Further names:`;

/** What a kernel does with a buffer, in words. */
const uses = {
  out: "written, all of it",
  part: "written in part, the rest is kept",
  changed: "changed in place",
  "changed?": "changed in place, or absent",
  in: "read",
  "in?": "read, or absent",
  "in or out": "read; may be the output",
};

// ── reading the sources ────────────────────────────────────────────────────────────────────────────────────────────

const named = ({ statements }, name) => statements.find(({ id }) => id?.name === name);
const bulletsOf = (lines) =>
  lines
    .join("\n")
    .split(/^(?=- )/m)
    .filter((text) => text.startsWith("- "))
    .map((text) => text.trim().replaceAll("\n", "\n  "));

/** The kernels by family, in the order of the contract: `{ heading, kernels: [{ name, signature, meaning }] }`. */
function familiesOf(contract) {
  const families = [];
  const { text } = contract;
  const { body } = named(contract, "Kernels");
  let end = body.start;
  for (const member of body.body) {
    const heading = /\/\/ ── (.+?) ─+\n/.exec(text.slice(end, member.start));
    if (heading) families.push({ heading: heading[1], kernels: [] });
    const { name } = member.key;
    const meaning = commentBefore(text, member.start).join("\n");
    families.at(-1).kernels.push({ name, signature: `${name}(${parametersOf(contract, member).join(", ")})`, meaning });
    end = member.end;
  }
  return families;
}

/** The parameters' names, with their types unless they are buffers. A member may have a type that several share. */
function parametersOf(contract, member) {
  const list =
    member.params ?? named(contract, member.typeAnnotation.typeAnnotation.typeName.name).typeAnnotation.params;
  return list.map((parameter) => {
    const text = contract.text.slice(parameter.start, parameter.end);
    return text.replace(/: B( \| undefined)?$/, "");
  });
}

// ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const code = (text) => `\`${text}\``;
const tableOf = (head, rows) =>
  [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
const number = (n) => n.toLocaleString("en-US");
const count = (n, one) => `${number(n)} ${one}${n === 1 ? "" : "s"}`;

function kernelSection({ name, signature, meaning }, row, example) {
  const buffers = row.buffers.map(([buffer, use], i) => {
    if (!uses[use]) throw new Error(`kernelDocs: no text for the use "${use}"`);
    return [code(buffer), uses[use], code(row.elements[i])];
  });
  const costs = [
    `Rows: ${code(row.rows)}.`,
    row.parts && `Parts: ${code(row.parts)}.${row.remark ? ` ${row.remark}` : ""}`,
    row.macs && `Multiply-adds: ${code(row.macs)}.`,
    example.flushes && "Stores 0 in place of denormal results.",
  ];
  const { rows, parts, macs, bytes } = example;
  const numbers = [count(rows, "row"), row.parts && count(parts, "part"), row.macs && count(macs, "multiply-add")];
  return [
    `### ${name}`,
    code(signature),
    meaning,
    tableOf(["buffer", "use", "elements"], buffers),
    costs.filter(Boolean).join(" "),
    `Example: ${example.name}: ${[...numbers, count(bytes, "byte")].filter(Boolean).join(", ")}.`,
  ].join("\n\n");
}

/**
 * A heading such as "one operand: y, x: [n]; y may be x" consists of a title and what holds for all kernels of the
 * family.
 */
function familySection({ heading, kernels }, rows, exampleOf) {
  const [, title, rest] = /^([^:;]+)(?:[:;] (.+))?$/.exec(heading);
  return [
    `## ${title[0].toUpperCase()}${title.slice(1)}`,
    ...(rest ? [`In common: ${rest}.`] : []),
    ...kernels.map((kernel) => kernelSection(kernel, rows[kernel.name], exampleOf(kernel.name))),
  ].join("\n\n");
}

/**
 * The text of docs/kernels.md, from the kernel table (`rowOf`, `bytesOf`) and the case tables (`timedCases`, `callOf`).
 */
export function kernelDocs({ rowOf, bytesOf, timedCases, callOf }) {
  const contract = parse(sourceOf("src/kernels.ts"));
  const table = parse(sourceOf("src/kernelTable.ts"));
  const { rows, legend } = tableText(table.text, [sourceOf("src/shape.ts"), sourceOf("src/sumParts.ts"), sourceOf("src/macs.ts")]);

  const exampleOf = (kernel) => {
    const [first] = timedCases[kernel]();
    const call = callOf(first);
    const row = rowOf(kernel);
    return {
      name: first.name,
      rows: row.rows(...call),
      parts: row.parts?.(...call) ?? 1,
      macs: row.macs?.(...call) ?? 0,
      bytes: bytesOf(kernel, call),
      flushes: row.flushes,
    };
  };
  const before = (name) => {
    const i = table.statements.findIndex(({ id }) => id?.name === name);
    return commentBefore(table.text, table.starts[i]);
  };
  const fields = named(table, "KernelRow")
    .body.body.filter(({ key }) => key.name !== "buffers")
    .map(({ key, start }) => [key.name, commentBefore(table.text, start)]);
  fields.push(["bytesOf", before("bytesOf")]);
  const conventions = bulletsOf(commentBefore(contract.text, contract.starts[0]));
  return [
    introduction,
    "## Conventions",
    conventions.join("\n"),
    "## What the table states",
    before("Use")[0].replace(/\.$/, ":"),
    bulletsOf(before("Use")).join("\n"),
    "What it states about a call:",
    fields.map(([name, lines]) => `- ${code(name)}: ${lines.join("\n  ")}`).join("\n"),
    examples,
    expressions,
    tableOf(
      ["name", "stands for", ""],
      legend.map(({ name, text, comment }) => [code(name), code(text), comment]),
    ),
    ...familiesOf(contract).map((family) => familySection(family, rows, exampleOf)),
  ].join("\n\n") + "\n";
} // prettier-ignore

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { loadCaseTables } = await import("./caseTables.mjs");
  const table = await import("../dist/kernelTable.js");
  writeFileSync(fileOf(docFile), kernelDocs({ ...table, ...(await loadCaseTables()) }));
}
