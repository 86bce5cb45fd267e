// Attention and products over named axes against real Keras. See test/fixtures/README.md and attention_cases.py.
import { testCalls } from "../support/kerasCalls.js";

testCalls("attention");
