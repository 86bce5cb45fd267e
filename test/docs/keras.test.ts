// docs/keras.md agrees with what is exported.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operationTable } from "../../src/formats/keras/config/operationTable.js";
import { asOptions, notKeras } from "../../src/formats/keras/config/layerTable.js";
import * as zoetrope from "../../src/index.js";

const text = readFileSync(new URL("../../docs/keras.md", import.meta.url), "utf8");
const rows = text.split("\n").filter((line) => line.startsWith("| "));
const exported = zoetrope as Record<string, unknown>;

/** Names in the first cell of the rows whose second cell is `mark`. */
const layersMarked = (mark: string): string[] =>
  rows
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, , here]) => here === mark)
    .flatMap(([, names]) => names.split(", "));

test('every layer that the table marks "yes" is exported, and none that it marks "no"', () => {
  const ours = layersMarked("yes");
  expect(ours.length).toBeGreaterThan(60);
  expect(ours.filter((name) => typeof exported[name] !== "function")).toEqual([]);
  expect(layersMarked("no").filter((name) => name in exported)).toEqual([]);
});

test("every layer that is exported is in the table", () => {
  const listed = new Set(layersMarked("yes"));
  const layers = Object.keys(exported).filter((name) => `${name}Layer` in exported && name !== "Model");
  expect(layers.filter((name) => !listed.has(name)).sort()).toEqual(Object.keys({ ...notKeras, ...asOptions }).sort());
});

/** What the second cell of a row names. */
const named = (row: string): string[] =>
  rows
    .find((line) => line.startsWith(`| ${row} |`))!
    .split("|")[2]
    .replace(/[()]/g, ",")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

test("initializers, activations, regularizers and constraints of the table are known", () => {
  for (const name of named("initializers")) expect(() => zoetrope.getInitializer("test", name)).not.toThrow();
  for (const name of named("activations")) expect(() => zoetrope.getActivation("test", name)).not.toThrow();
  const small = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
  expect([...named("regularizers").map(small), "l1l2"].sort()).toEqual(Object.keys(zoetrope.regularizers).sort());
  expect(named("constraints").map(small).sort()).toEqual(Object.keys(zoetrope.constraints).sort());
});

test("losses, optimizers and callbacks of the table are exported", () => {
  const small = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
  const missing = named("losses").filter((name) => !(name in exported) && !(small(name) in exported) && !(name.replace("KL", "kl") in exported)); // prettier-ignore
  expect(missing).toEqual([]);
  const callbacks = named("callbacks").filter((name) => /^[A-Z]\w+$/.test(name));
  expect(callbacks.filter((name) => !(name in exported))).toEqual([]);
});

test("the operations of the table are those that files may name", () => {
  const from = text.indexOf("## Operations");
  const lines = text.slice(from, text.indexOf("\n## ", from + 1)).split("\n").filter((line) => /^\| [a-z]/.test(line)).slice(1); // prettier-ignore
  const listed = lines.flatMap((line) => line.split("|")[2].replace(/\([^)]*\)/g, "").split(",").map((name) => name.trim())); // prettier-ignore
  expect(listed.sort()).toEqual(Object.keys(operationTable).sort());
});
