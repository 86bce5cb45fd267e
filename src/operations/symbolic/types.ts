/** The types of ops that take tensors and symbolic tensors. */
import type { SymbolicTensor } from "../../layer.js";
import type { Operand } from "../../op.js";
import type { Tensor } from "../../tensor.js";
import type { SymbolicOperand } from "../operation.js";

/** An op of one tensor and other arguments. */
export interface UnaryOperation<More extends unknown[] = []> {
  (x: Tensor, ...more: More): Tensor;
  (x: SymbolicTensor, ...more: More): SymbolicTensor;
}

/** An op of two operands. */
export interface BinaryOperation {
  (a: Operand, b: Operand): Tensor;
  (a: SymbolicTensor, b: SymbolicOperand): SymbolicTensor;
  (a: SymbolicOperand, b: SymbolicTensor): SymbolicTensor;
}

/** An op of two tensors. */
export interface ProductOperation {
  (a: Tensor, b: Tensor): Tensor;
  (a: SymbolicTensor, b: SymbolicOperand): SymbolicTensor;
  (a: SymbolicOperand, b: SymbolicTensor): SymbolicTensor;
}

/** An op of a list of tensors and other arguments. */
export interface ListOperation<More extends unknown[] = []> {
  (xs: readonly Tensor[], ...more: More): Tensor;
  (xs: readonly SymbolicTensor[], ...more: More): SymbolicTensor;
}

/** An op of one tensor and other arguments that gives a list. */
export interface PartsOperation<More extends unknown[] = []> {
  (x: Tensor, ...more: More): Tensor[];
  (x: SymbolicTensor, ...more: More): SymbolicTensor[];
}
