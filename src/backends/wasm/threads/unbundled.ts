/**
 * Loads the code of threads from the start where there is no bundler, as in Node: a program that never returns to the event loop could not
 * load it later. A bundler leaves this file out with what it imports, as package.json does not list it among those with side effects.
 */
import "./static.js";
