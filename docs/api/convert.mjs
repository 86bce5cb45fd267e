// The public part of src/ as TypeDoc reads it: every entry point that package.json exports, with the name by which it is
// imported.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application, ReflectionKind } from "typedoc";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/** [the name of an entry point, its source from the root]: ["zoetrope/node", "src/node/index.ts"]. */
export const entries = Object.entries(exports)
  .filter(([, target]) => target.types !== undefined)
  .map(([path, { types }]) => [
    path.replace(/^\./, name),
    types.replace(/^\.\/dist\//, "src/").replace(/\.d\.ts$/, ".ts"),
  ]);

/**
 * Types that signatures name and that users do not import: the API reference shows their names without a link. TypeDoc
 * warns of all others that are not exported, and of names in this list that no signature has.
 */
const namedAlone = [
  ...["AnyBackend", "Binary", "ConvLayerOptions", "ConvolveOptions"],
  ...["DepthwiseConvLayerOptions", "SeparableConvLayerOptions", "EarlyStoppingCallback"],
  ...["Draws", "FrameKind", "FromCell", "GatesOf", "HookResult", "LstmCellFunctions", "NamedInitializer", "LayerClass"],
  ...["MakeBidirectional", "MakeRNN", "MakeRecurrent", "ModelCheckpointCallback", "Named", "OneOrMore"],
  ...["Point", "Projection", "Projections", "Range", "Reduction", "Root", "Scoped", "StepHook"],
  ...["SequenceResult", "SequenceWatch", "Sides", "SidesOption", "TrainedModel", "Unary"],
  ...["Warp", "Window", "merges", "optimizer.ts:Optimizer"],
];

/**
 * @param options of TypeDoc; its `entryPoints` are those of the package by default.
 * @throws Error if TypeDoc cannot read the program; what is wrong is printed before.
 */
export async function convert(options = {}) {
  const app = await Application.bootstrap({
    entryPoints: entries.map(([, source]) => root + source),
    tsconfig: `${root}tsconfig.build.json`,
    basePath: root,
    name,
    readme: "none",
    skipErrorChecking: true, // `tsc` checks the sources, in a newer version
    intentionallyNotExported: namedAlone,
    excludeInternal: true,
    excludePrivate: true,
    logLevel: "Warn",
    ...sourceLinks(),
    ...options,
  });
  const project = await app.convert();
  if (!project) throw new Error("the API reference stopped: TypeDoc cannot read the sources, see above.");
  nameModules(project);
  return { app, project };
}

/** Sources are linked to the repository that was cloned. TypeDoc warns where there is none, but not of this revision. */
function sourceLinks() {
  const { stdout } = spawnSync("git", ["remote"], { cwd: root, encoding: "utf8" });
  return stdout?.trim() ? {} : { gitRevision: "HEAD" };
}

/** TypeDoc names modules by their files; a reader imports them by the package's subpaths. */
function nameModules(project) {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const [{ fileName }] = module.sources;
    module.name = entries.find(([, source]) => source === fileName)?.[0] ?? module.name;
  }
}
