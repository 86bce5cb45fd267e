/**
 * Provides the code of streams where there is no bundler, as in Node: all files of the package are loaded there anyway. A
 * bundler leaves this file out with what it imports, as package.json does not list it among those with side effects.
 */
import { provideStreams } from "./code.js";
import { stream } from "./stream.js";

provideStreams(stream);
