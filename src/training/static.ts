/** `import "zoetrope/training"`: loads the code of training from the start, so that `fit` needs no import(). */
import * as chunk from "./chunk.js";
import { provideTraining } from "./code.js";

provideTraining(chunk);
