/**
 * `zoetrope/training` where no bundler is: there all files of the package are loaded anyway. A bundler leaves this file out, as
 * package.json says that it has no effect, and what it imports with it.
 */
import "./static.js";
