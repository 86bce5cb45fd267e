// See fixtures/README.md and more_layer_cases.py.
import { testCalls } from "../support/kerasCalls.js";

for (const file of ["moreConvolutions", "pooling", "moreLayers", "pictures"]) testCalls(file);
