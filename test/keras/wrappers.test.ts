// See fixtures/README.md and recurrent_cases.py.
import { testCalls } from "../support/kerasCalls.js";

testCalls("wrappers");
