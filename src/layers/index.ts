/** Every layer. */
export { Activation, ActivationLayer, type ActivationOptions } from "./activation.js";
export { Add, AddLayer } from "./add.js";
export { BatchNormalization, BatchNormalizationLayer, type BatchNormalizationOptions } from "./batchNormalization.js";
export { Conv2D, Conv2DLayer, type Conv2DOptions } from "./conv2d.js";
export { ConvLSTM2D, ConvLSTM2DLayer, type ConvLSTM2DOptions } from "./convLstm2d.js";
export { Dense, DenseLayer, type DenseOptions } from "./dense.js";
export { DepthwiseConv2D, DepthwiseConv2DLayer, type DepthwiseConv2DOptions } from "./depthwiseConv2d.js";
export { Dropout, DropoutLayer, type DropoutOptions } from "./dropout.js";
export { Embedding, EmbeddingLayer, type EmbeddingOptions } from "./embedding.js";
export { Flatten, FlattenLayer } from "./flatten.js";
export {
  GlobalAveragePooling2D,
  GlobalAveragePooling2DLayer,
  GlobalMaxPooling2D,
  GlobalMaxPooling2DLayer,
  type GlobalPooling2DOptions,
} from "./globalPooling2D.js";
export { Input, InputLayer, type InputOptions } from "./input.js";
export { LSTM, LSTMLayer, type LSTMOptions } from "./lstm.js";
export { MaxPooling2D, MaxPooling2DLayer, type MaxPooling2DOptions } from "./maxPooling2D.js";
export { ReLU, ReLULayer, type ReLUOptions } from "./reLU.js";
export { Reshape, ReshapeLayer, type ReshapeOptions } from "./reshape.js";
export { Softmax, SoftmaxLayer, type SoftmaxOptions } from "./softmax.js";
export { TimeDistributed, TimeDistributedLayer, type TimeDistributedOptions } from "./timeDistributed.js";
export { ZeroPadding2D, ZeroPadding2DLayer, type ZeroPadding2DOptions } from "./zeroPadding2D.js";
