/** Models and weights in files. */
export { registerLayer } from "../config.js";
export {
  loadModel,
  type LoadModelOptions,
  loadWeights,
  type LoadWeightsOptions,
  readMetadata,
  saveModel,
  type SaveModelOptions,
  saveWeights,
} from "./model.js";
export { layerFromConfig, registerLayers } from "./registry.js";
export { readSafetensors, type SafeTensor, type SafetensorsFile } from "./safetensors.js";
export type { Source, Target } from "./transfer.js";
