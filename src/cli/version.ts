/** The version of the package. */
import { createRequire } from "node:module";

/** Reads it; the package's own name leads to its package.json from the sources and from the build. */
export const packageVersion = (): string =>
  (createRequire(import.meta.url)("zoetrope/package.json") as { version: string }).version;
