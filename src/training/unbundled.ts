/**
 * Loads the code of training from the start where there is no bundler, as in Node: all files of the package are loaded
 * there anyway. A bundler leaves this file out with what it imports, as package.json does not list it among those with
 * side effects.
 */
import "./static.js";
