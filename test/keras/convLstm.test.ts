// ConvLSTM1D, ConvLSTM2D, ConvLSTM3D and their options against real Keras. See test/fixtures/README.md and recurrent_cases.py.
import { testCalls } from "../support/kerasCalls.js";

testCalls("convLstm");
