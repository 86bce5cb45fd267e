// The command line of the benchmark.
import { describe, expect, test } from "vitest";
import { readOptions, usage } from "../../bench/options.mjs";

const read = (args: string[], nodeMajor = 20, env: Record<string, string> = {}) =>
  readOptions(args, { nodeMajor, env });

describe("readOptions", () => {
  test("without options: this engine's main cases, on one thread of Node", () => {
    expect(read([])).toEqual({
      ...{ only: [""], full: false, builds: ["fma"], peers: false, base: undefined, compare: undefined, force: false },
      ...{
        write: undefined,
        threads: [1],
        hosts: ["node"],
        cpu: false,
        rounds: 7,
        python: "python3",
        newer: undefined,
      },
    });
  });

  test("lists, numbers and names", () => {
    const args = "--only seed,gemm --build plain,fma,plain --threads 1,2 --in node,page --rounds 3 --write two-threads";
    expect(read(args.split(" "))).toMatchObject({
      ...{ only: ["seed", "gemm"], builds: ["plain", "fma"], threads: [1, 2], hosts: ["node", "page"], rounds: 3 },
      write: "two-threads",
    });
    expect(read(["--peers"])).toMatchObject({ peers: true, rounds: 5 });
    expect(read(["--base", "../other"])).toMatchObject({ base: "../other" });
    expect(read(["--compare", "old.json", "new.json"])).toMatchObject({ compare: "old.json", newer: "new.json" });
  });

  test("--full takes all builds that this Node can run", () => {
    expect(read(["--full"]).builds).toEqual(["plain", "fma"]);
    expect(read(["--full"], 24).builds).toEqual(["plain", "fma", "wide"]);
    expect(read(["--full", "--build", "wide"], 26).builds).toEqual(["wide"]);
  });

  test("Python is that of the option, else of KERAS_PYTHON", () => {
    expect(read([], 20, { KERAS_PYTHON: "a" }).python).toBe("a");
    expect(read(["--python", "b"], 20, { KERAS_PYTHON: "a" }).python).toBe("b");
  });

  test("--help documents every option", () => {
    expect(read(["--help"])).toEqual({ help: true });
    const names = [
      "only",
      "full",
      "build",
      "threads",
      "in",
      "rounds",
      "peers",
      "base",
      "python",
      "compare",
      "force",
      "cpu",
    ];
    for (const name of [...names, "write", "help"]) expect(usage).toMatch(new RegExp(`^  --${name}\\b`, "m"));
  });

  test("what is not allowed is an error of one line", () => {
    const wrong: [args: string, says: string | RegExp][] = [
      ["--fast", "Unknown option '--fast'"],
      ["--build slow", '--build slow: received "slow"; expected plain, fma, wide.'],
      ["--build wide", "--build wide: this is Node 20; expected 24 or later"],
      ["--in browser", '--in browser: received "browser"; expected node, page.'],
      ["--cpu --threads 2", "--cpu: the processor's times of pages and of several threads say little"],
      ["--rounds 0", "--rounds 0; expected a whole number from 1."],
      ["--rounds 1.5", "--rounds 1.5; expected a whole number from 1."],
      ["--threads 2,x", "--threads x; expected a whole number from 1."],
      ["--write ../a", "--write ../a; expected a name of small letters, digits and hyphens."],
      ["old.json", "received old.json; expected options only, see --help."],
      ["--compare a b c", "received c; expected options only, see --help."],
    ];
    for (const [args, says] of wrong) {
      expect(() => read(args.split(" ")), args).toThrow(says);
      expect(() => read(args.split(" ")), args).not.toThrow("\n");
    }
  });
});
