// Makes programs for tests that kill processes: a file of this folder with all that it imports, as one script for Node.
import { join } from "node:path";
import { build } from "esbuild";

/** Writes the program NAME.ts of this folder to `folder`. Returns the path of the script. */
export async function buildProcess(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  const entryPoints = [join(import.meta.dirname, `${name}.ts`)];
  await build({
    ...{ entryPoints, outfile, bundle: true, platform: "node", format: "cjs", logLevel: "error" },
    define: { "import.meta.url": "undefined" },
    ignoreAnnotations: true, // the package's list of files with side effects names those of dist/
  });
  return outfile;
}
