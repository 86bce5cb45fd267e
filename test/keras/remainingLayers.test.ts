// Layers that are composed of others (transposed and separable convolutions, pooling to a size, normalization) against real
// Keras. See test/fixtures/README.md and attention_cases.py.
import { testCalls } from "../support/kerasCalls.js";

testCalls("remainingLayers");
