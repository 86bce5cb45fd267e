// Who takes part in a run, and in which cases.
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nodeFlags } from "./builds.mjs";
import { openProgram } from "./contender.mjs";
import { mainCases, namedCases } from "./cases/all.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const titles = {
  zoetrope: "Zoetrope",
  base: "the other checkout",
  ort: "onnxruntime-web",
  litert: "LiteRT.js",
  tfjs: "TensorFlow.js",
  keras: "Keras",
  torch: "PyTorch",
  onnxruntime: "onnxruntime, native",
};

/** Peers in JavaScript: where they run, and whether with several threads. */
const webPeers = {
  ort: { hosts: ["node", "page"], threads: true },
  litert: { hosts: ["node", "page"], threads: true },
  tfjs: { hosts: ["node"], threads: false },
};
const nativePeers = ["keras", "torch", "onnxruntime"];

/** Cases in which TensorFlow.js takes seconds a call. */
const slow = { tfjs: ["convlstm_seed", "seed", "train_n2t2s32f16"] };

/** Cases that peers have too. */
const shared = /\+copies$|^(mobilenet_b1|convlstm_seed|seed)$/;
const sharedTraining = /^train_(n2t[28]s32f16|n4t10s64f32|mobilenet_a25s64n16|(lstm|gru)128_n32t50f64)$/;

/** The names of the cases of a run, in order. @throws Error when there is none. */
export async function caseNames({ full, peers, only }) {
  const named = namedCases.map(({ name }) => name);
  const everyKernel = async () => (await (await import("./cases/everyKernel.mjs")).kernelCases()).map(({ name }) => name);
  const isNamed = (name) => only.some((part) => name.includes(part));
  const wanted = peers
    ? named.filter((name) => shared.test(name) || (full && sharedTraining.test(name)))
    : full
      ? [...named, ...(await everyKernel())]
      : mainCases.map(({ name }) => name);
  let chosen = wanted.filter(isNamed);
  // What is asked for by name need not be asked for by --full as well.
  if (chosen.length === 0 && !full) chosen = [...named, ...(await everyKernel())].filter(isNamed);
  if (chosen.length > 0) return chosen;
  throw new Error(`--only ${only.join()}: no such case; expected part of ${wanted.join(", ")}.`);
} // prettier-ignore

const nodeMajor = Number(process.versions.node.split(".")[0]);

/** A process that runs one of the modules that inNode.mjs knows. */
const inNode = (module, settings, build = "fma") =>
  openProgram(process.execPath, [
    ...nodeFlags(build, nodeMajor),
    here("inNode.mjs"),
    module,
    JSON.stringify({ ...settings, host: "node" }),
  ]);

const textOf = ({ engine, build, host, threads }) =>
  [titles[engine], build, host === "page" ? host : "", threads === 1 ? "" : `${threads} threads`]
    .filter(Boolean)
    .join(", ");

/** `open` is called when the contender's first case comes. */
const contender = (about, takesPart, open) => ({ ...about, key: Object.values(about).join(" "), text: textOf(about), takesPart, open }); // prettier-ignore

/** The loop that measures the peak of one core. */
export const peakContender = () => inNode("./peak.mjs", {});

/**
 * The contenders of a run; ours first.
 * @param names The cases.
 * @param browser Opens pages; none where `hosts` has no page.
 */
export function contendersOf({ builds, threads, hosts, peers, base, full, python, cpu }, names, browser) {
  const every = names.some((name) => !namedCases.some((one) => one.name === name));
  const everywhere = (from, each) => hosts.filter((host) => from.includes(host)).flatMap((host) => threads.flatMap((count) => each(host, count)));
  const ours = (engine, checkout) => builds.flatMap((build) => everywhere(build === "wide" || engine === "base" ? ["node"] : ["node", "page"], (host, count) => {
    const dist = host === "page" ? "/dist" : pathToFileURL(resolve(checkout, "dist")).href;
    const settings = { dist, build, threads: count, every, host, cpu };
    const open = () => host === "page" ? browser.open("peers/zoetrope.mjs", { ...settings, every: false }) : inNode("./peers/zoetrope.mjs", settings, build);
    return contender({ engine, build, host, threads: count }, () => true, open);
  }));
  // Peers run under the flags of our build: those of `fma`, also beside `plain`, and those of `wide`.
  const flags = [...new Set(builds.map((build) => (build === "wide" ? "wide" : "fma")))];
  const web = Object.entries(webPeers).flatMap(([engine, about]) => flags.flatMap((build) => everywhere(build === "wide" ? ["node"] : about.hosts, (host, count) => {
    if (count > 1 && !about.threads) return [];
    const settings = { threads: count, host, cpu };
    const open = () => host === "page" ? browser.open(`peers/${engine}.mjs`, settings) : inNode(`./peers/${engine}.mjs`, settings, build);
    return contender({ engine, build: build === "wide" ? "wide" : "", host, threads: count }, (name) => full || !slow[engine]?.includes(name), open);
  })));
  const native = nativePeers.flatMap((engine) => threads.map((count) =>
    contender({ engine, build: "", host: "native", threads: count }, () => true, () => openProgram(python, [here("peers/native.py"), engine, String(count), ...(cpu ? ["cpu"] : [])])),
  ));
  return [
    ...ours("zoetrope", here("..")),
    ...(base === undefined ? [] : ours("base", base)),
    ...(peers ? [...web, ...native] : []),
  ];
} // prettier-ignore
