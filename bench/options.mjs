// The options of `npm run bench` and `npm run bench:peers`.
import { parseArgs } from "node:util";
import { buildNames, buildsOf } from "./builds.mjs";

export const usage = `\
usage: npm run bench -- [options]               this engine
       npm run bench:peers -- [options]         and others: LiteRT.js, onnxruntime-web, TensorFlow.js, and, where
                                                Python has them, Keras, PyTorch and onnxruntime
       npm run bench:compare -- CHECKOUT        and the engine of another checkout of this project, built there
       npm run bench -- --compare OLD.json [NEW.json]

Each figure is the median of several rounds, in which all take turns, with its 95 % interval. "limit" is the time of a
case's multiplications and additions at the peak of one core, measured in the same rounds (bench/README.md).

  --only NAME,NAME       the cases whose names contain one of these
  --full                 all cases: every kernel, training steps too, and with --peers also those that take minutes
  --build NAME,NAME      plain, fma (relaxed SIMD) or wide (merged vectors, Node 24 or later); fma by default, with
                         --full all that this Node can run
  --threads N,N          numbers of threads, 1 by default; each is compared with its own
  --in node,page         where: in Node, the default, or in a page of headless Chromium
  --cpu                  times of the processor in place of the clock's, on one thread of Node: for ratios while other
                         programs run
  --rounds N             rounds, 7 by default, 5 with peers
  --peers                what bench:peers adds
  --base CHECKOUT        what bench:compare adds
  --python PROGRAM       the Python of the native peers; KERAS_PYTHON or python3 by default
  --compare OLD.json     ratios to the results in a file of the same machine, Node and builds; with a second file there
                         is no run
  --force                compares even where machine, Node or builds differ
  --write NAME           writes bench/results/DATE-NAME.json and .svg; without it build/bench/last.json and .svg
  --help                 this text`;

const text = { type: "string" };
const flag = { type: "boolean" };
const known = {
  ...{ only: text, full: flag, build: text, threads: text, in: text, rounds: text, peers: flag, base: text, cpu: flag },
  ...{ python: text, compare: text, force: flag, write: text, help: flag },
};

const whole = (name, value) => {
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new Error(`--${name} ${value}; expected a whole number from 1.`);
};

/** The parts of a list, each one of `allowed`. */
function listOf(name, value, allowed) {
  const parts = value.split(",");
  const wrong = parts.find((part) => !allowed.includes(part));
  if (wrong === undefined) return [...new Set(parts)];
  throw new Error(`--${name} ${value}: received ${JSON.stringify(wrong)}; expected ${allowed.join(", ")}.`);
}

/**
 * Reads the command line.
 * @returns {Record<string, any>}
 * @throws Error of one line when an option is unknown or not allowed.
 */
export function readOptions(args, { nodeMajor, env = {} }) {
  const { values, positionals } = parseArgs({ args, options: known, allowPositionals: true });
  if (values.help) return { help: true };
  const { full = false, peers = false, force = false, base, compare, write } = values;
  if (positionals.length > (compare === undefined ? 0 : 1)) {
    throw new Error(`received ${positionals.at(-1)}; expected options only, see --help.`);
  }
  if (write !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(write)) {
    throw new Error(`--write ${write}; expected a name of small letters, digits and hyphens.`);
  }
  const builds = listOf("build", values.build ?? (full ? buildsOf(nodeMajor).join() : "fma"), buildNames);
  if (builds.includes("wide") && nodeMajor < 24) {
    throw new Error(`--build wide: this is Node ${nodeMajor}; expected 24 or later, as by npx node@24 bench/run.mjs.`);
  }
  const threads = (values.threads ?? "1").split(",").map((value) => whole("threads", value));
  const hosts = listOf("in", values.in ?? "node", ["node", "page"]);
  if (values.cpu && (threads.some((count) => count > 1) || hosts.includes("page"))) {
    throw new Error(
      "--cpu: the processor's times of pages and of several threads say little; leave out --in and --threads.",
    );
  }
  return {
    only: values.only?.split(",") ?? [""],
    ...{ full, builds, peers, base, compare, force, write },
    ...{ threads, hosts, cpu: values.cpu ?? false },
    rounds: whole("rounds", values.rounds ?? (peers ? "5" : "7")),
    python: values.python ?? env.KERAS_PYTHON ?? "python3",
    newer: positionals[0],
  };
}
