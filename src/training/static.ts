/** `import "zoetrope/training"`: the code of training is there from the start, and `fit` needs no import(). */
import * as chunk from "./chunk.js";
import { provideTraining } from "./code.js";

provideTraining(chunk);
