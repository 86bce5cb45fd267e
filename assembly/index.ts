/**
 * What the host sees. An export that begins with `begin, end` computes that range of its rows, whose unit its comment says, with
 * the same bits however they are split; where `scratch` follows, it needs memory of its own for each caller that runs at the same
 * time. Nothing here keeps state between calls: memory and sizes come as addresses and numbers. Constants that the host
 * needs too are exported, so that they are stated once.
 */
export * from "./batchNorm";
export * from "./binary";
export * from "./conv2d";
export * from "./depthwiseConv2d";
export * from "./elementwise";
export * from "./gemm";
export { CONV_SCRATCH_BYTES, GEMM_SCRATCH_BYTES, IS_RELAXED, ROWS } from "./gemmBlock";
export * from "./lstmGates";
export * from "./move";
export * from "./optimize";
export { CHUNK } from "./split";
export * from "./pool";
export * from "./reduce";
export { WINDOW_BYTES, writeWindow } from "./window";
