// Augmentations whose ranges leave nothing to chance, and layers that prepare numbers, against real Keras. See
// test/fixtures/README.md and augmentation_cases.py.
import { testCalls } from "../support/kerasCalls.js";

for (const file of ["augmentation", "preparation"]) testCalls(file);
