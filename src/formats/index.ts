/** Saving and loading models and weights in files: safetensors, Keras, TensorFlow.js, ONNX. */
export { registerLayer } from "../registry.js";
export {
  type LoadedModel,
  loadModel,
  type LoadModelOptions,
  loadWeights,
  type LoadWeightsOptions,
  readMetadata,
  saveModel,
  type SaveModelOptions,
  saveWeights,
  type SaveWeightsOptions,
} from "./model.js";
export type { CheckpointStore } from "./checkpointStore.js";
export {
  BackupAndRestore,
  type BackupAndRestoreOptions,
  checkpointAt,
  type CheckpointOptions,
} from "./fitCheckpoint.js";
export { exportOnnx, type OnnxOptions } from "./onnx/export.js";
export { layerFromConfig, registerLayers } from "./registry.js";
export { halfFloats, readSafetensors } from "./numberKinds.js";
export type { SafeTensor, SafetensorsFile } from "./safetensors.js";
export type { Metadata } from "./format.js";
export type { Source } from "./source.js";
export type { ModelFiles } from "./sourceFile.js";
export type { Target } from "./target.js";
export type { DownloadProgress, TransferOptions } from "../transfer.js";
export type { CustomFunctions } from "./training.js";
