/**
 * Gives the backend these kernels from the start where there is no bundler, as in Node. A bundler leaves this file out with what it imports,
 * as package.json does not list it among those with side effects.
 */
import { provideGradients } from "./provide.js";

provideGradients();
