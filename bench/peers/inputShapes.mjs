// The input of each case that other engines have: a matrix, or [frames, height, width, channels], where the frames are
// a batch, or the time steps of one clip.
export const inputShapes = {
  "gemm512+copies": [512, 512],
  "conv3x3_56x56x64+copies": [1, 56, 56, 64],
  "depthwise3x3_112x112x64+copies": [1, 112, 112, 64],
  "pointwise_14x14x512+copies": [1, 14, 14, 512],
  mobilenet_b1: [1, 224, 224, 3],
  convlstm_seed: [32, 7, 7, 1024],
  seed: [32, 224, 224, 3],
};
