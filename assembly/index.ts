/**
 * The exports. A function whose first parameters are `begin, end` computes that range of its rows, whose unit its
 * comment states; results are the same to the bit however rows are split. If `scratch` follows, it needs scratch
 * memory, a separate one for each concurrent call. No function keeps state between calls. Constants that the host needs
 * too are exported, so that they are stated once.
 */
export * from "./batchNorm";
export * from "./binary";
export * from "./conv2d";
export * from "./depthwiseConv2d";
export * from "./elementwise";
export * from "./gemm";
export { CONV_SCRATCH_BYTES, GEMM_SCRATCH_BYTES, IS_RELAXED, PANEL, ROWS, TILE_ROWS } from "./gemmBlock";
export * from "./gruGates";
export * from "./lstmGates";
export * from "./move";
export * from "./optimize";
export { CHUNK } from "./split";
export * from "./pool";
export * from "./reduce";
export { WINDOW_BYTES, writeWindow } from "./window";
export { winograd, WINOGRAD_CHANNELS, winogradGradFilter, winogradKernel, WINOGRAD_SCRATCH_BYTES } from "./winograd";
