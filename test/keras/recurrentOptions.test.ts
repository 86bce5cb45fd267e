// The options of recurrent layers (masks, initial states, statefulness, ...) against real Keras. See test/fixtures/README.md and
// recurrent_cases.py.
import { testCalls } from "../support/kerasCalls.js";

testCalls("recurrentOptions");
