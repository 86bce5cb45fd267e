/**
 * The same as static.ts where no bundler is: there all files of the package are loaded anyway. A bundler leaves this file out,
 * as package.json says that it has no effect.
 */
import * as chunk from "./chunk.js";
import { provideTraining } from "./code.js";

provideTraining(chunk);
