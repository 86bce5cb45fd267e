// The builds that are measured, each in processes with the flags that it needs.

/**
 * - plain: multiplies and adds. - fma: relaxed SIMD, with fused multiply-add.
 * - wide: the same, where V8 merges neighbouring vectors to 256 bits by an experimental flag.
 */
export const buildNames = ["plain", "fma", "wide"];

/** The options of `init` for a build. */
export const initOptions = { plain: { relaxed: false }, fma: { relaxed: true }, wide: { relaxed: true, wide: true } };

/** The builds that a version of Node can run: merging vectors needs 24. */
export const buildsOf = (nodeMajor) => buildNames.filter((name) => name !== "wide" || nodeMajor >= 24);

/** Flags of a Node process in which a build runs, and peers in its place. */
export const nodeFlags = (build, nodeMajor) => [
  ...(nodeMajor < 22 ? ["--experimental-wasm-relaxed-simd"] : []),
  ...(build === "wide" ? ["--experimental-wasm-revectorize"] : []),
];
