/**
 * Operations of TensorFlow among the layers of Keras 2: TFOpLambda and SlicingOpLambda, whose calls have the arguments of
 * the function, and TensorFlowOpLayer of TensorFlow 1 to 2.3, which holds one node of TensorFlow's graph.
 */
import { FileError } from "../../../../errors.js";
import type { JsonObject } from "../../../json.js";
import type { OperationCall } from "./nodes.js";

const classes = ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"];

/** Whether a class of Keras 2 is one for operations. */
export const isKeras2Operation = (className: unknown): boolean => classes.includes(className as string);

export function readKeras2Operation(label: string, _described: JsonObject, _node: unknown): OperationCall {
  throw new FileError(`${label}: later.`);
}
