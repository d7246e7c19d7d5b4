package io.github.narthex;

/**
 * A switch of libtorch's for NVIDIA's GPUs that trades precision or memory for speed. libtorch has
 * each of them once for the whole process: calls of a {@linkplain RunSettings#withGpuSwitches model
 * with switches} set it when they begin, and it is as it was before when the last such call has
 * ended. What else runs on a GPU at that time, on any thread, runs with it too.
 */
public enum GpuSwitch {
  /**
   * Tensor Cores multiply float32 as TF32, with 10 bits of precision instead of 23, in products of
   * matrices, convolutions and recurrent layers. libtorch has it on for the latter two, unless it
   * was told otherwise.
   */
  TF32,
  /**
   * cuDNN tries its algorithms for convolutions on inputs of a new shape, and takes the fastest
   * from then on: the first call with each shape is slow, and which algorithm is chosen may differ
   * from one process to the next, and with it the rounding.
   */
  CUDNN_BENCHMARK,
  /**
   * Products of matrices of float16 and bfloat16 are added up in float32 throughout, which is
   * slower and more accurate than libtorch's default.
   */
  FLOAT32_SUMS
}
