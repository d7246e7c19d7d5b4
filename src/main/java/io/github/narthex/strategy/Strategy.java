package io.github.narthex.strategy;

import io.github.narthex.Model;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One named change to how a model runs. The order of the constants is the order in which a recipe
 * names them; it is not that in which they are applied.
 */
public enum Strategy {
  /** As loaded. */
  EAGER("eager", "the model as loaded, in inference mode: the baseline", "nothing", "nothing"),

  /** Gradients recorded. */
  GRAD(
      "grad",
      "gradient mode on, as a careless caller has it",
      "parameters, which a frozen model lacks",
      "time and memory for a graph that nobody reads"),

  /** Gradients off, without inference mode. */
  NO_GRAD(
      "no-grad",
      "gradient mode off, without inference mode",
      "nothing",
      "a little time for bookkeeping that inference mode leaves out"),

  /** Parameters become constants. */
  FREEZE(
      "freeze",
      "weights become constants, batch norm is folded into convolutions",
      "a model in eval mode",
      "rounding; attributes can't be changed any more"),

  /** libtorch's own pass of that name. */
  OPTIMIZE_FOR_INFERENCE(
      "optimize-for-inference",
      "freeze, then fuse and convert to oneDNN what libtorch's own pass knows",
      "a model in eval mode",
      "rounding; the result can't be saved everywhere"),

  /** The oneDNN Graph fuser. */
  ONEDNN_GRAPH(
      "onednn-graph",
      "freeze, then let oneDNN Graph fuse convolutions and matrix products",
      "a model in eval mode, x86-64, and two warm-up runs for each shape",
      "rounding; tiny models become slower; 15 to 50 MB for each new shape"),

  /** Weights in oneDNN's layouts. */
  PREPACK(
      "prepack",
      "freeze, then run with weights in oneDNN's layouts and fused activations",
      "a model in eval mode, and a libtorch with oneDNN",
      "rounding; the memory of the weights once more"),

  /** Half the bits. */
  BF16(
      "bf16",
      "weights and inner values as bfloat16; inputs and outputs keep their dtype",
      "AVX512-BF16 or AMX to be fast",
      "accuracy: 8 bits of precision are left of 24"),

  /** The other half of the bits. */
  FP16(
      "fp16",
      "weights and inner values as float16; inputs and outputs keep their dtype",
      "AVX512-FP16, AMX-FP16 or a GPU to be fast",
      "accuracy: 11 bits of precision are left of 24, and nothing above 65,504"),

  /** Half the bits where they are enough. */
  BF16_MIXED(
      "bf16-mixed",
      "freeze; convolutions and matrix products in bfloat16, the rest in fp32",
      "a model in eval mode; AVX512-BF16 or AMX to be fast",
      "accuracy, less than bf16",
      Parameter.keep(),
      Parameter.maxError()),

  /** The other half of the bits, where they are enough. */
  FP16_MIXED(
      "fp16-mixed",
      "freeze; convolutions and matrix products in float16, the rest in fp32",
      "a model in eval mode; AVX512-FP16, AMX-FP16 or a GPU to be fast",
      "accuracy, less than fp16",
      Parameter.keep(),
      Parameter.maxError()),

  /** 8-bit linear and recurrent layers whose inputs are quantised by each call. */
  DYNAMIC_INT8(
      "dynamic-int8",
      "freeze; linear, LSTM and GRU layers in 8 bits, ranges found by each call",
      "a model in eval mode with such layers, and a quantised engine; AVX512-VNNI or AMX to be"
          + " fast",
      "accuracy: 8 bits for weights and what they are multiplied by; convolutions gain nothing",
      Parameter.choice(
          "engine", "whose kernels are used", "auto", "x86", "onednn", "fbgemm", "qnnpack"),
      Parameter.choice("scheme", "what of the weights shares a scale", "channel", "tensor"),
      Parameter.keep(),
      Parameter.maxError()),

  /** Linear and recurrent layers with half the bytes. */
  DYNAMIC_FP16(
      "dynamic-fp16",
      "freeze; linear, LSTM and GRU layers with float16 weights, run in fp32",
      "a model in eval mode with such layers, and fbgemm in libtorch",
      "little: 11 bits of precision are left of weights; the file is not smaller, memory is",
      Parameter.keep()),

  /** 8-bit weights. */
  WEIGHT_INT8(
      "weight-int8",
      "freeze; linear layers with 8-bit weights, computed in bfloat16",
      "a model in eval mode with linear layers; AVX512 to be fast",
      "accuracy; fast for a few rows at a time, slow for many: for models that make one token a"
          + " call",
      Parameter.keep()),

  /** 4-bit weights. */
  WEIGHT_INT4(
      "weight-int4",
      "freeze; linear layers with 4-bit weights, computed in bfloat16",
      "a model in eval mode with linear layers of whole groups; AVX512 to be fast",
      "much accuracy; slow for many rows at a time; the file is for CPUs like this one only",
      Parameter.choice("group", "how many weights share a scale", "32", "64", "128", "256"),
      Parameter.keep()),

  /** 8-bit embeddings. */
  EMBEDDING_INT8(
      "embedding-int8",
      "freeze; rows of embeddings in 8 bits",
      "a model in eval mode with embeddings",
      "a little accuracy; smaller, not faster",
      Parameter.keep()),

  /** 4-bit embeddings. */
  EMBEDDING_INT4(
      "embedding-int4",
      "freeze; rows of embeddings in 4 bits",
      "a model in eval mode with embeddings",
      "accuracy; smaller, not faster",
      Parameter.keep()),

  /** No denormal numbers. */
  FLUSH_DENORMALS(
      "flush-denormals",
      "numbers below 1.2e-38 are taken for zero while the model runs",
      "x86-64, and numbers that small, to be of use",
      "those numbers"),

  /** Batch normalisation without freezing. */
  FOLD_BATCH_NORM(
      "fold-batch-norm",
      "batch norm goes into the convolution before it; nothing is frozen",
      "a model in eval mode whose batch norm follows convolutions",
      "rounding; freeze does it too"),

  /** Integers of 8 bits, whose ranges samples have shown. */
  STATIC_INT8(
      "static-int8",
      "freeze, then 8-bit integers in and between convolutions and linear layers",
      "a model in eval mode, samples to calibrate with, and a quantised engine of libtorch",
      "accuracy: 8 bits for each inner value; with max-error also minutes to find what to keep",
      Parameter.choice("engine", "whose kernels are used", "x86", "onednn", "fbgemm", "qnnpack"),
      Parameter.choice("observer", "how ranges are found", "histogram", "min-max"),
      Parameter.keep(),
      Parameter.maxError()),

  /** What {@code torch.compile} is for. */
  COMPILE(
      "compile",
      "freeze and compile with a backend, or the next one that can",
      "a model in eval mode; for max-autotune samples, and some seconds for each variant",
      "as the backend: rounding, and 100 to 300 ms for each new shape with onednn",
      Parameter.choice("backend", "what compiles", "onednn", "torchscript", "eager"),
      Parameter.choice(
          "mode",
          "max-autotune tries the variants on this machine, and keeps the fastest that agrees",
          "default",
          Step.AUTOTUNE,
          Step.RECORDED),
      Parameter.flag("fullgraph", "whether it fails where a part can't be compiled"),
      Parameter.flag("dynamic", "whether one code is to do for inputs of all shapes"),
      Parameter.fraction(
          "max-error",
          "what max-autotune allows an answer to be off, as a fraction of the largest; from"
              + " 0.002 on it tries 16 bits too",
          0.001),
      Parameter.choice("cache", "whether max-autotune remembers what it chose", "on", "off")),

  /** AOTInductor, by the user's Python. */
  INDUCTOR(
      "inductor",
      "native code that Inductor compiles once; if that fails on the CPU, compile",
      "a model in eval mode, and once for each model a Python with libtorch's torch and a C++"
          + " compiler; with gpu a torch that sees it",
      "rounding, and one to five minutes that once; the result is a .pt2 for this machine",
      Parameter.choice(
          "mode",
          "max-autotune tries several kernels; reduce-overhead is cudagraphs, on a GPU",
          "default",
          Step.AUTOTUNE,
          Step.RECORDED),
      Parameter.flag("fullgraph", "whether it fails where Inductor does, instead of falling back"),
      Parameter.flag("dynamic", "whether one code is to do for batches of all sizes")),

  /** Single weights become zero. */
  PRUNE(
      "prune",
      "single weights of convolutions and linear layers become zero",
      "a model in eval mode",
      "accuracy; brings no speed: kernels multiply by zeros as by other numbers",
      Parameter.fraction("amount", "the fraction of weights that will be zero", 0.5),
      Parameter.scope("weights"),
      Parameter.choice("method", "which weights: the smallest, or any", "l1", "random"),
      Parameter.count("seed", "draws the weights of method=random", 0, 0, Integer.MAX_VALUE),
      Parameter.choice("masks", "whether masks stay beside the weights", "remove", "keep"),
      Parameter.layers("keep", "layers that stay as they are")),

  /** Channels are removed. */
  PRUNE_CHANNELS(
      "prune-channels",
      "freeze; channels with the smallest weights are removed, tensors shrink",
      "a model in eval mode with layers whose channels nothing else needs as they are",
      "accuracy, much of it unless the model is trained further: faster by what is gone",
      Parameter.fraction("amount", "the fraction of channels that goes, at most", 0.2),
      Parameter.scope("channels"),
      Parameter.choice("norm", "how filters are compared: by their L1 or L2 norm", "1", "2"),
      Parameter.count("multiple", "what remains is rounded up to a multiple of it", 8, 1, 1024),
      Parameter.layers("keep", "layers whose own channels stay")),

  /** Two of four weights are zero. */
  SPARSE_2TO4(
      "sparse-2to4",
      "two of each four weights become zero, and sparse tensor cores skip them",
      "a GPU with sparse tensor cores: CUDA, compute capability 8.0 or above",
      "accuracy; nothing on CPUs, which have no kernels for it"),

  /** NHWC in memory. */
  CHANNELS_LAST(
      "channels-last",
      "images and weights of convolutions lie in memory as N x H x W x C",
      "convolutions, to be of use",
      "rounding, and a copy of each input that lies otherwise"),

  /** On a device. */
  GPU(
      "gpu",
      "on a GPU; inputs are copied there and outputs back with each call",
      "a libtorch with CUDA, or with what serves the kind, and such a device",
      "the copies; the device's memory; rounding, as kernels differ",
      Parameter.choice("kind", "of device", "cuda", "xpu", "mps", "privateuseone"),
      Parameter.count("index", "which device of that kind", 0, 0, 127)),

  /** Work recorded and replayed. */
  CUDAGRAPHS(
      "cudagraphs",
      "a session records its first run on the GPU, and replays it from then on",
      "gpu, a libtorch that records on it, and a model that reads no values on the host",
      "shapes and branches are those of the first run; memory for the recording"),

  /** Fewer bits in products. */
  TF32(
      "tf32",
      "float32 is multiplied as TF32 by the GPU's Tensor Cores",
      "gpu of NVIDIA's, compute capability 8.0 or above; it holds for the whole process",
      "accuracy: 10 bits of precision are left of 23 in each factor"),

  /** Convolutions tried out. */
  CUDNN_BENCHMARK(
      "cudnn-benchmark",
      "cuDNN tries its convolutions on each new shape, and takes the fastest",
      "gpu of NVIDIA's and convolutions, not of a traced model; it holds for the whole process",
      "the first call with each shape; rounding, which may differ from one process to the next"),

  /** How many threads work. */
  THREADS(
      "threads",
      "threads inside an operator, and calls side by side",
      "nothing",
      "for throughput, that a single call takes longer",
      Parameter.count("intra", "threads inside an operator", 1, Model.MAX_THREADS),
      Parameter.count(
          "instances",
          "callers side by side, each with a session; with more than one, intra is 1",
          1,
          Model.MAX_THREADS),
      Parameter.choice(
          "goal",
          "where neither is set: all cores for one call, or a call on each",
          "latency",
          "throughput"),
      Parameter.count(
          "reserve",
          "cores that are left to others, such as what loads data",
          0,
          0,
          Model.MAX_THREADS));

  private final String text;
  private final String summary;
  private final String needs;
  private final String cost;

  @SuppressWarnings("ImmutableEnumChecker") // it is of List.of
  private final List<Parameter> parameters;

  Strategy(String text, String summary, String needs, String cost, Parameter... parameters) {
    this.text = text;
    this.summary = summary;
    this.needs = needs;
    this.cost = cost;
    this.parameters = List.of(parameters);
  }

  /** What it does, in one line. */
  public String summary() {
    return summary;
  }

  /** What it needs, in one line. */
  public String needs() {
    return needs;
  }

  /** What it may cost, in one line. */
  public String cost() {
    return cost;
  }

  /** What can be set about it. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** Whether the model's parameters become constants. */
  boolean freezes() {
    return switch (this) {
      case FREEZE,
          OPTIMIZE_FOR_INFERENCE,
          ONEDNN_GRAPH,
          PREPACK,
          COMPILE,
          INDUCTOR,
          PRUNE_CHANNELS ->
          true;
      default -> rewrites();
    };
  }

  /**
   * The instruction sets, as Linux names them, of which it needs one to be fast; of none, if any.
   */
  List<String> fastWith() {
    return switch (this) {
      case BF16, BF16_MIXED -> List.of("avx512_bf16", "amx_bf16");
      case FP16, FP16_MIXED -> List.of("avx512_fp16", "amx_fp16");
      case STATIC_INT8, DYNAMIC_INT8 -> List.of("avx512_vnni", "amx_int8");
      default -> List.of();
    };
  }

  /** Whether a model that is saved has it for good. */
  boolean isInFile() {
    return this != GPU && this != CUDAGRAPHS;
  }

  /** Whether it is for GPUs only. */
  boolean impliesGpu() {
    return this == CUDAGRAPHS || this == TF32 || this == CUDNN_BENCHMARK;
  }

  /** Whether all weights and inner values get another dtype. */
  boolean converts() {
    return this == BF16 || this == FP16;
  }

  /** Whether the frozen code is changed by it. */
  boolean rewrites() {
    return isMixed() || quantizesLinear() || quantizesEmbeddings();
  }

  /** Whether some layers compute in 16 bits. */
  boolean isMixed() {
    return this == BF16_MIXED || this == FP16_MIXED;
  }

  /** Whether weights of linear layers get fewer bits. */
  boolean quantizesLinear() {
    return switch (this) {
      case STATIC_INT8, DYNAMIC_INT8, DYNAMIC_FP16, WEIGHT_INT8, WEIGHT_INT4 -> true;
      default -> false;
    };
  }

  /** Whether rows of embeddings get fewer bits. */
  boolean quantizesEmbeddings() {
    return this == EMBEDDING_INT8 || this == EMBEDDING_INT4;
  }

  /** Whether some of a model computes in fewer bits. */
  boolean changesDtypes() {
    return converts() || rewrites();
  }

  static Optional<Strategy> named(String text) {
    return Arrays.stream(values()).filter(strategy -> strategy.text.equals(text)).findFirst();
  }

  /** The name that recipes use, for example {@code channels-last}. */
  @Override
  public String toString() {
    return text;
  }
}
