/** `import "zoetrope/training"`: the code of training is there from the start, and `fit` needs no import(). */
import { provideTraining } from "./code.js";
import * as loops from "./loops.js";

provideTraining(loops);
