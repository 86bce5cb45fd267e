// The text of the compiled kernels: the innermost loops of the hot kernels hold vector arithmetic and no calls.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** The kernels that hold nearly all the time of a model, and what their innermost loops must multiply or add with. */
const hot: Record<string, RegExp> = {
  "gemmTiles/gemm1x32": /f32x4\.(relaxed_madd|mul)/,
  "gemmTiles/gemm4x8": /f32x4\.mul/,
  "gemmTiles/gemm4x8T": /f32x4\.mul/,
  "gemmTiles/gemm6x8": /f32x4\.relaxed_madd/,
  "gemmTiles/gemm6x8T": /f32x4\.relaxed_madd/,
  "gemmTilesWide/gemm6x16": /f32x4\.relaxed_madd/,
  "gemmTilesWide/gemm6x16T": /f32x4\.relaxed_madd/,
  "gemm/gemmFewRows": /f32x4\.(relaxed_madd|mul)/,
  "depthwiseTiles/four1": /f32x4\.(relaxed_madd|mul)/,
  "depthwiseTiles/four2": /f32x4\.(relaxed_madd|mul)/,
  "depthwiseTilesWide/four1Wide": /f32x4\.(relaxed_madd|mul)/,
  "depthwiseTilesWide/four2Wide": /f32x4\.(relaxed_madd|mul)/,
  "depthwiseConv2d/tapLine": /f32x4\.(relaxed_madd|mul)/,
  "elementwise/sigmoid": /f32x4\.div/,
  "elementwise/tanh": /f32x4\.div/,
  "batchNorm/normSums": /f32x4\.add/,
  "batchNorm/normSquares": /f32x4\.(relaxed_madd|mul)/,
  "batchNorm/batchNorm": /f32x4\.(relaxed_madd|mul)/,
  "batchNorm/batchNormGrad": /f32x4\.(relaxed_madd|mul)/,
  "optimize/adam": /f32x4\.sqrt/,
};
/** The tiles that each build has. */
const builds: Record<string, RegExp> = {
  release: /gemm4x8|four\d$/,
  relaxed: /gemm6x8|four\d$/,
  wide: /gemm6x16|four\dWide/,
};
const tileOfBuild = (build: string, name: string) => !/gemm[46]x|four/.test(name) || builds[build].test(name);

/** name -> text of every function of a module in the text format. */
function functions(wat: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of wat.split(/^ \(func \$/m).slice(1)) found.set(text.slice(0, text.search(/[ )\n]/)), text);
  return found;
}

/** The bodies of the loops that hold no other loop. */
function innermostLoops(text: string): string[] {
  const inner: string[] = [];
  const stack: { isLoop: boolean; hasLoop: boolean; start: number }[] = [];
  const tokens = /^ *(block|loop|if|end)\b/gm;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if (token[1] !== "end") {
      const isLoop = token[1] === "loop";
      if (isLoop) for (const outer of stack) outer.hasLoop = true;
      stack.push({ isLoop, hasLoop: false, start: token.index });
    } else {
      const closed = stack.pop();
      if (closed?.isLoop && !closed.hasLoop) inner.push(text.slice(closed.start, token.index));
    }
  }
  return inner;
}

describe.each(Object.keys(builds))("%s build", (build) => {
  const all = functions(readFileSync(`build/${build}.wat`, "utf8"));
  const names = Object.keys(hot).filter((name) => tileOfBuild(build, name));

  test.each(names)("%s", (name) => {
    const text = [...all].find(([key]) => key === `assembly/${name}`)?.[1];
    expect(text, "the function stands in the module under its own name").toBeDefined();
    const loops = innermostLoops(text!);
    expect(loops.some((loop) => hot[name].test(loop))).toBe(true);
    for (const loop of loops.filter((body) => /v128/.test(body))) expect(loop).not.toMatch(/\bcall\b/);
  });

  test("holds only the tiles and vector opcodes of its build", () => {
    const text = [...all.values()].join("");
    expect(/relaxed/.test(text)).toBe(build !== "release");
    const others = Object.keys(hot).filter((name) => !tileOfBuild(build, name));
    expect(others.filter((name) => all.has(`assembly/${name}`))).toEqual([]);
  });
});
