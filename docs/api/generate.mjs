// `npm run docs`: the API reference as a website in build/api.
import { convert, root } from "./convert.mjs";

const out = `${root}build/api`;
const { app, project } = await convert({ out });
app.validate(project);
await app.generateOutputs(project);
const { logger } = app;
console.log(`${out}/index.html: ${logger.errorCount} errors, ${logger.warningCount} warnings`);
if (logger.hasErrors() || logger.hasWarnings()) process.exitCode = 1;
