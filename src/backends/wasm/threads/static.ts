/** Importing this file loads the code of threads from the start. */
import { provideThreads } from "./code.js";
import * as code from "./sharing.js";

provideThreads(code);
