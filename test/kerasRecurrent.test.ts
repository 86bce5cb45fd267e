// See fixtures/README.md and recurrent_cases.py.
import { testCalls } from "./kerasCalls.js";

testCalls("recurrentOptions");
