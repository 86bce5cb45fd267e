// Convolutions and pooling in one, two and three dimensions against real Keras. See test/fixtures/README.md and more_layer_cases.py.
import { testCalls } from "../support/kerasCalls.js";

for (const file of ["moreConvolutions", "pooling"]) testCalls(file);
