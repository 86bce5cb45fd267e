// Command lines: mostly of the right form, with one argument or several that nobody would type.

/** @typedef {import("../support/chance.mjs").Chance} Chance */

const material = ["model.safetensors", "model.keras", "photo.png", "film.mov", "clips", "odd-clips", "empty", "broken.safetensors", "text.txt"].map((name) => `../material/${name}`); // prettier-ignore
const onDesk = ["old.safetensors", "hard.safetensors", "folder", "link-model.safetensors", "link-photo.png", "link-film.mov", "link-clips", "link-circle", "link-dangling"]; // prettier-ignore
const odd = [
  ...["", " ", ".", "..", "/", "-", "--", "---", "-x", "--unknown", "nowhere", "nowhere/x.safetensors", "x".repeat(300)],
  ...["x".repeat(100_000), "\u001b[31mred\u001b[0m", "a\nb", "\u202etxt.exe", "naïve 文件 🎞", "%s%n", "*", "$(id)", "~", "file:///none"],
  ...["http://127.0.0.1:9/model.safetensors", "http://", "data:,x", "con", "a\\b", "x.safetensors/", "x.html", "x.onnx", "x.h5", "x.JSON"],
  ...["dev-null/x", "old.safetensors/x", "x.keras", "x.tar.gz", ".safetensors"],
]; // prettier-ignore
const outputs = ["new.safetensors", "new.keras", "new.onnx", "dev-null", "dev-full", "pipe", "folder/new.safetensors", "link-dangling", "link-model.safetensors", "../material/model.safetensors", "../material/photo.png", "../material/clips/left/clip0/0.png"]; // prettier-ignore
const numbers = ["0", "-1", "1.5", "NaN", "Infinity", "1e3", "1e309", "0x10", "", " 3", "9007199254740993", "4294967296", "two", "1,5", "--2"]; // prettier-ignore
const common = ["--seed", "--build", "--wide", "--json", "--report", "--help", "--version"];

/**
 * An argument; `role` says whether it names what is read or what may be written.
 * @typedef {{ text: string, role?: "in" | "out" }} Argument
 */

const words = (/** @type {readonly string[]} */ texts) => texts.map((text) => ({ text }));
const read = (/** @type {string} */ text) => /** @type {Argument} */ ({ text, role: "in" });
const written = (/** @type {string} */ text) => /** @type {Argument} */ ({ text, role: "out" });

const somePath = (/** @type {Chance} */ chance) => read(chance.of([...material, ...material, ...onDesk, ...odd]));
const someOutput = (/** @type {Chance} */ chance) => written(chance.of([...outputs, ...outputs, ...onDesk, ...odd]));
const someModel = (/** @type {Chance} */ chance) =>
  chance.below(4) === 0 ? somePath(chance) : read(chance.of([material[0], material[0], material[1]]));

/** Each command in its right form, short enough to be run often. @type {Record<string, (chance: Chance) => Argument[]>} */
const forms = {
  open: (chance) => [somePath(chance)],
  train: (chance) => [...words(["train"]), chance.below(3) === 0 ? somePath(chance) : read(chance.of([material[4], material[5]])), ...trainOptions(chance)],
  predict: (chance) => [...words(["predict"]), ...several(chance, somePath), ...option(chance, "-m", () => someModel(chance))],
  inspect: (chance) => [
    ...[{ text: "inspect" }, somePath(chance), ...option(chance, "--from", oneOf(chance, numbers))],
    ...[...option(chance, "--layer", oneOf(chance, odd)), ...option(chance, "-m", () => someModel(chance))],
    ...option(chance, "--report", () => someOutput(chance)),
  ],
  convert: (chance) => [...words(["convert"]), someModel(chance), someOutput(chance), ...option(chance, "--no-compile")],
  summary: (chance) => [...words(["summary"]), someModel(chance)],
  cache: (chance) => [...words(["cache"]), ...several(chance, () => ({ text: chance.of(["clear", "Clear", ...odd]) })).slice(0, chance.below(3))],
}; // prettier-ignore

const oneOf = (/** @type {Chance} */ chance, /** @type {readonly string[]} */ values) => () => ({
  text: chance.of(values),
});

const trainOptions = (/** @type {Chance} */ chance) => [
  ...words(["--epochs", "1", "--frames", "2", "--filters", "2", "--window", "0.2", "-o"]),
  someOutput(chance),
  ...option(chance, "--report", () => written(chance.of([...outputs, "x.html", "folder/x.html"]))),
  ...option(chance, chance.of(["--epochs", "--frames", "--filters", "--window"]), oneOf(chance, numbers)),
  ...option(chance, "--cache", () => written(chance.of([...outputs, "", "\u001b[31mred", "link-circle"]))),
  ...option(chance, "--test", () => somePath(chance)),
];

function several(/** @type {Chance} */ chance, /** @type {(chance: Chance) => Argument} */ one) {
  return Array.from({ length: chance.of([1, 1, 2, 5]) }, () => one(chance));
}

/** An option at times, with a value if it takes one. @returns {Argument[]} */
function option(/** @type {Chance} */ chance, /** @type {string} */ name, /** @type {(() => Argument) | undefined} */ value) {
  if (chance.below(3) > 0) return [];
  return value ? [{ text: name }, value()] : [{ text: name }];
} // prettier-ignore

/** The demo trains for half a minute: no path, or none but options, would start it. */
const startsDemo = (/** @type {readonly Argument[]} */ args) => args.every(({ text }) => text.startsWith("-")) || args.some(({ text }) => text === "demo"); // prettier-ignore

/** The arguments of one run. @returns {Argument[]} */
export function argumentsOf(/** @type {Chance} */ chance) {
  const name = chance.of(["open", "train", "predict", "inspect", "convert", "convert", "convert", "summary", "summary", "cache"]);
  const args = forms[name](chance);
  const insert = (/** @type {string[]} */ ...texts) => args.splice(chance.below(args.length + 1), 0, ...words(texts));
  if (chance.below(3) === 0) insert(chance.of([...common, ...odd]));
  if (chance.below(6) === 0) insert("--seed", chance.of(numbers));
  if (chance.below(12) === 0) args.splice(chance.below(args.length), 1);
  if (chance.below(4) === 0) args.push({ text: "--json" });
  return startsDemo(args) ? [{ text: "summary" }, ...args] : args;
} // prettier-ignore
