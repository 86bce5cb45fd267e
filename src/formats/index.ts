/** Models and weights in files. */
export { registerLayer } from "../registry.js";
export {
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
export { exportOnnx, type OnnxOptions } from "./onnx/export.js";
export { layerFromConfig, registerLayers } from "./registry.js";
export { halfFloats, readSafetensors, type SafeTensor, type SafetensorsFile } from "./safetensors.js";
export type { ModelFiles } from "./tfjs/shards.js";
export type { Source, Target } from "./transfer.js";
