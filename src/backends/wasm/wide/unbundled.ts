/**
 * Loads the wide build from the start where there is no bundler, as in Node, so that also what is synchronous can start it. A bundler
 * leaves this file out with what it imports, as package.json does not list it among those with side effects.
 */
import * as build from "./build.js";
import { provideWide } from "./code.js";

provideWide(build);
