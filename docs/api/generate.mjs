// `npm run docs`: the API reference as a website in build/api.
import { spawnSync } from "node:child_process";
import { convert, root } from "./convert.mjs";

/** Sources are linked to the repository that was cloned. TypeDoc warns where there is none, but not of this revision. */
const { stdout: remotes } = spawnSync("git", ["remote"], { cwd: root, encoding: "utf8" });
const links = remotes?.trim() ? {} : { gitRevision: "HEAD" };

const out = `${root}build/api`;
const { app, project } = await convert({ out, ...links });
app.validate(project);
await app.generateOutputs(project);
const { logger } = app;
console.log(`${out}/index.html: ${logger.errorCount} errors, ${logger.warningCount} warnings`);
if (logger.hasErrors() || logger.hasWarnings()) process.exitCode = 1;
