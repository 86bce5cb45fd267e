// Layers that normalize, reshape, merge or add noise, and layers for pictures, against real Keras. See test/fixtures/README.md and
// more_layer_cases.py.
import { testCalls } from "../support/kerasCalls.js";

for (const file of ["moreLayers", "pictures"]) testCalls(file);
