/** Every layer. */
export {
  Activation,
  ActivationLayer,
  ELU,
  ELULayer,
  LeakyReLU,
  LeakyReLULayer,
  ReLU,
  ReLULayer,
  Softmax,
  SoftmaxLayer,
} from "./activation.js";
export type { ActivationOptions, ELUOptions, LeakyReLUOptions, ReLUOptions, SoftmaxOptions } from "./activation.js";
export {
  ActivityRegularization,
  ActivityRegularizationLayer,
  type ActivityRegularizationOptions,
} from "./activityRegularization.js";
export { AlphaDropout, AlphaDropoutLayer } from "./alphaDropout.js";
export * from "./augmentation/index.js";
export {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling1DLayer,
  AdaptiveAveragePooling2D,
  AdaptiveAveragePooling2DLayer,
  AdaptiveAveragePooling3D,
  AdaptiveAveragePooling3DLayer,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling1DLayer,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling2DLayer,
  AdaptiveMaxPooling3D,
  AdaptiveMaxPooling3DLayer,
  type AdaptivePoolingOptions,
} from "./adaptivePooling.js";
export { AdditiveAttention, AdditiveAttentionLayer, Attention, AttentionLayer } from "./attention.js";
export type { AdditiveAttentionOptions, AttentionOptions } from "./attention.js";
export { BatchNormalization, BatchNormalizationLayer, type BatchNormalizationOptions } from "./batchNormalization.js";
export { Bidirectional, BidirectionalLayer, type BidirectionalOptions, type MergeMode } from "./bidirectional.js";
export { CategoryEncoding, CategoryEncodingLayer, type CategoryEncodingOptions } from "./categoryEncoding.js";
export { callableCell, Cell, type CellCall, type CellResult, type CellRun } from "./cell.js";
export { ChannelsFirst, ChannelsFirstLayer, type ChannelsFirstOptions } from "./channelsFirst.js";
export { Concatenate, ConcatenateLayer, type ConcatenateOptions } from "./concatenate.js";
export { Conv1D, Conv1DLayer, Conv2D, Conv2DLayer, Conv3D, Conv3DLayer } from "./conv.js";
export type { Conv1DOptions, Conv2DOptions, Conv3DOptions } from "./conv.js";
export {
  Conv1DTranspose,
  Conv1DTransposeLayer,
  Conv2DTranspose,
  Conv2DTransposeLayer,
  Conv3DTranspose,
  Conv3DTransposeLayer,
} from "./convTransposes.js";
export type { ConvTransposeLayerOptions } from "./convTranspose.js";
export type { Conv1DTransposeOptions, Conv2DTransposeOptions, Conv3DTransposeOptions } from "./convTransposes.js";
export {
  ConvLSTM1D,
  ConvLSTM1DLayer,
  ConvLSTM2D,
  ConvLSTM2DCell,
  ConvLSTM2DLayer,
  ConvLSTM3D,
  ConvLSTM3DLayer,
  ConvLSTMCellLayer as ConvLSTM2DCellLayer,
  type ConvLSTMCellOptions,
  type ConvLSTMOptions,
} from "./convLstm.js";
export {
  Cropping1D,
  Cropping1DLayer,
  Cropping2D,
  Cropping2DLayer,
  Cropping3D,
  Cropping3DLayer,
  type CroppingOptions,
} from "./cropping.js";
export { Dense, DenseLayer, type DenseOptions } from "./dense.js";
export {
  DepthwiseConv1D,
  DepthwiseConv1DLayer,
  type DepthwiseConv1DOptions,
  DepthwiseConv2D,
  DepthwiseConv2DLayer,
  type DepthwiseConv2DOptions,
} from "./depthwiseConv.js";
export { Discretization, DiscretizationLayer, type DiscretizationOptions } from "./discretization.js";
export { Dot, DotLayer, type DotOptions } from "./dot.js";
export { Dropout, DropoutLayer, type DropoutOptions } from "./dropout.js";
export { EinsumDense, EinsumDenseLayer, type EinsumDenseOptions } from "./einsumDense.js";
export { Embedding, EmbeddingLayer, type EmbeddingOptions } from "./embedding.js";
export {
  FeatureNormalizationLayer as NormalizationLayer,
  Normalization,
  type NormalizationLayerOptions,
  type Numbers,
} from "./featureNormalization.js";
export type { OutputMode } from "./encoding.js";
export { Flatten, FlattenLayer } from "./flatten.js";
export { GaussianDropout, GaussianDropoutLayer, type GaussianDropoutOptions } from "./gaussianDropout.js";
export { GaussianNoise, GaussianNoiseLayer, type GaussianNoiseOptions } from "./gaussianNoise.js";
export {
  GlobalAveragePooling1D,
  GlobalAveragePooling1DLayer,
  GlobalAveragePooling2D,
  GlobalAveragePooling2DLayer,
  GlobalAveragePooling3D,
  GlobalAveragePooling3DLayer,
  GlobalMaxPooling1D,
  GlobalMaxPooling1DLayer,
  GlobalMaxPooling2D,
  GlobalMaxPooling2DLayer,
  GlobalMaxPooling3D,
  GlobalMaxPooling3DLayer,
  type GlobalPoolingOptions,
} from "./globalPooling.js";
export { GroupNormalization, GroupNormalizationLayer, type GroupNormalizationOptions } from "./groupNormalization.js";
export {
  GroupQueryAttention,
  GroupQueryAttentionLayer,
  type GroupQueryAttentionOptions,
} from "./groupQueryAttention.js";
export { GRU, GRUCell, GRUCellLayer, type GRUCellOptions, GRULayer, type GRUOptions } from "./gru.js";
export { Hashing, HashingLayer, type HashingOptions } from "./hashing.js";
export { Identity, IdentityLayer } from "./identity.js";
export { Input, InputLayer, type InputOptions } from "./input.js";
export { IntegerLookup, IntegerLookupLayer, type IntegerLookupOptions } from "./integerLookup.js";
export { LayerNormalization, LayerNormalizationLayer, type LayerNormalizationOptions } from "./layerNormalization.js";
export {
  LayerScale,
  LayerScaleLayer,
  type LayerScaleOptions,
  StochasticDepth,
  StochasticDepthLayer,
  type StochasticDepthOptions,
} from "./layerScale.js";
export { LSTM, LSTMCell, LSTMCellLayer, type LSTMCellOptions, LSTMLayer, type LSTMOptions, stepGates } from "./lstm.js";
export { Masking, MaskingLayer, type MaskingOptions } from "./masking.js";
export {
  Add,
  AddLayer,
  Average,
  AverageLayer,
  Maximum,
  MaximumLayer,
  Minimum,
  MinimumLayer,
  Multiply,
  MultiplyLayer,
  Subtract,
  SubtractLayer,
} from "./merge.js";
export { MultiHeadAttention, MultiHeadAttentionLayer, type MultiHeadAttentionOptions } from "./multiHeadAttention.js";
export { Permute, PermuteLayer, type PermuteOptions } from "./permute.js";
export { Pipeline, PipelineLayer, type PipelineOptions } from "./pipeline.js";
export {
  AveragePooling1D,
  AveragePooling1DLayer,
  AveragePooling2D,
  AveragePooling2DLayer,
  AveragePooling3D,
  AveragePooling3DLayer,
  MaxPooling1D,
  MaxPooling1DLayer,
  MaxPooling2D,
  MaxPooling2DLayer,
  MaxPooling3D,
  MaxPooling3DLayer,
  type PoolingOptions,
} from "./pooling.js";
export { PReLU, PReLULayer, type PReLUOptions } from "./pReLU.js";
export { type GateWeights } from "./projections.js";
export { RecurrentLayer, type RecurrentOptions } from "./recurrent.js";
export { RepeatVector, RepeatVectorLayer, type RepeatVectorOptions } from "./repeatVector.js";
export { Rescaling, RescalingLayer, type RescalingOptions } from "./rescaling.js";
export { Reshape, ReshapeLayer, type ReshapeOptions } from "./reshape.js";
export { CenterCrop, CenterCropLayer, Resizing, ResizingLayer, UpSampling2D, UpSampling2DLayer } from "./resizing.js";
export type { CenterCropOptions, ResizingOptions, UpSampling2DOptions } from "./resizing.js";
export {
  ReversibleEmbedding,
  ReversibleEmbeddingLayer,
  type ReversibleEmbeddingOptions,
} from "./reversibleEmbedding.js";
export { RMSNormalization, RMSNormalizationLayer, type RMSNormalizationOptions } from "./rmsNormalization.js";
export { RNN, RNNLayer } from "./rnn.js";
export {
  SeparableConv1D,
  SeparableConv1DLayer,
  type SeparableConv1DOptions,
  SeparableConv2D,
  SeparableConv2DLayer,
  type SeparableConv2DOptions,
} from "./separableConv.js";
export {
  SimpleRNN,
  SimpleRNNCell,
  SimpleRNNCellLayer,
  type SimpleRNNCellOptions,
  SimpleRNNLayer,
  type SimpleRNNOptions,
} from "./simpleRnn.js";
export {
  SpatialDropout1D,
  SpatialDropout1DLayer,
  SpatialDropout2D,
  SpatialDropout2DLayer,
  SpatialDropout3D,
  SpatialDropout3DLayer,
  type SpatialDropoutOptions,
} from "./spatialDropout.js";
export {
  SpectralNormalization,
  SpectralNormalizationLayer,
  type SpectralNormalizationOptions,
} from "./spectralNormalization.js";
export { StackedRNNCells, StackedRNNCellsLayer } from "./stackedRnnCells.js";
export type { AdaptData } from "./adaptData.js";
export type { Salt } from "./hash.js";
export type { LookupMode } from "./lookup.js";
export type { StringCall, Strings } from "./stringLayer.js";
export type { TextSplit, TextStandardization } from "./text.js";
export { StringLookup, StringLookupLayer, type StringLookupOptions } from "./stringLookup.js";
export { TextVectorization, TextVectorizationLayer, type TextVectorizationOptions } from "./textVectorization.js";
export { TimeDistributed, TimeDistributedLayer, type TimeDistributedOptions } from "./timeDistributed.js";
export { UnitNormalization, UnitNormalizationLayer, type UnitNormalizationOptions } from "./unitNormalization.js";
export {
  UpSampling1D,
  UpSampling1DLayer,
  UpSampling3D,
  UpSampling3DLayer,
  type UpSamplingOptions,
} from "./upSampling.js";
export {
  ZeroPadding1D,
  ZeroPadding1DLayer,
  ZeroPadding2D,
  ZeroPadding2DLayer,
  ZeroPadding3D,
  ZeroPadding3DLayer,
  type ZeroPaddingOptions,
} from "./zeroPadding.js";
