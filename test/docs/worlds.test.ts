// docs/worlds.md and test/worlds agree: each world has a row, in the order of the table, and each folder of files has a world.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type World, worlds } from "../worlds/worlds.mjs";

const page = readFileSync("docs/worlds.md", "utf8");
const rows = [...page.matchAll(/^\| (?!world |-)(.*?) \|/gm)].map(([, title]) => title);
const all: World[] = Object.values(worlds);

/** Whether a title of the page is that of a world, with versions in place of `{package}`. */
const isTitle = (found: string | undefined, { title }: World) => {
  const texts = title.split(/\{.+?\}/).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${texts.join("[\\w.-]+")}$`).test(found ?? "");
};

test("docs/worlds.md has one row for each world, in the table's order", () => {
  expect(all.filter((world, i) => !isTitle(rows[i], world)).map(({ title }) => title)).toEqual([]);
  expect(rows).toHaveLength(all.length);
});

test("the page names what cannot work, and says why", () => {
  for (const { cannot } of all) if (cannot) expect(page).toContain(cannot.why);
  const failing = page
    .split("\n")
    .filter((line) => /^\|.*\| (no|not always|with packages only|without packages only) \|/.test(line));
  expect(failing).toHaveLength(all.filter(({ cannot }) => cannot).length);
});

test("each folder of files belongs to a world", () => {
  const folders = readdirSync("test/worlds", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const used = new Set(all.flatMap(({ files }) => files));
  expect(folders.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  expect([...used].filter((name) => !existsSync(`test/worlds/${name}`))).toEqual([]);
});
