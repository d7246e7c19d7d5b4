package io.github.narthex.optimize;

import io.github.narthex.Device;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which recipes to try, the most promising first, by the machine, what the model's code consists
 * of, and the goal. Only an order and a choice: what is good is measured.
 *
 * @param hardware the kind of machine
 * @param operators the operators in the model's code, such as {@code aten::conv2d}
 * @param hasSamples whether typical inputs are there to calibrate with
 */
record DecisionTable(Hardware hardware, Set<String> operators, boolean hasSamples) {
  private static final String CHANNELS_LAST = "+channels-last";

  /** The set is copied. */
  DecisionTable {
    operators = Set.copyOf(operators);
  }

  static DecisionTable of(Machine machine, Set<String> operators, boolean hasSamples) {
    return new DecisionTable(Hardware.of(machine), operators, hasSamples);
  }

  /**
   * The recipes for a goal, in canonical text, each once, without the baseline. Other devices than
   * the CPU come first.
   */
  List<String> recipes(Goal goal, List<Device> devices) {
    Set<String> canonical = new LinkedHashSet<>();
    for (Device device : devices) {
      if (!device.isCpu()) {
        onGpu().forEach(text -> canonical.add(Recipe.parse(text).on(device).toString()));
      }
    }
    if (devices.contains(Device.CPU)) {
      List<String> texts =
          switch (goal) {
            case LATENCY, THROUGHPUT -> fast();
            case MEMORY, SIZE -> small();
          };
      texts.forEach(text -> canonical.add(Recipe.parse(text).toString()));
    }
    return List.copyOf(canonical);
  }

  /** 16 bits on Tensor Cores first; recordings where operators are too small to fill a GPU. */
  private List<String> onGpu() {
    String layout = hasConvolutions() ? CHANNELS_LAST : "";
    List<String> recipes = new ArrayList<>();
    for (String precision : List.of("fp16", "bf16-mixed", "bf16")) {
      recipes.add("gpu+cudagraphs+" + precision + layout);
      recipes.add("gpu+" + precision + layout);
    }
    recipes.add("gpu+cudagraphs+tf32");
    recipes.add("gpu+tf32");
    recipes.add("gpu+cudagraphs");
    if (hasConvolutions()) {
      recipes.add("gpu+cudnn-benchmark" + layout);
    }
    recipes.add("gpu+freeze");
    recipes.add("gpu");
    return recipes;
  }

  private List<String> fast() {
    List<String> recipes = new ArrayList<>();
    switch (hardware) {
      case AMX, AVX512_BF16 -> {
        bits16("onednn-graph", recipes);
        bits8(recipes);
        bits16("prepack", recipes);
        bits32(recipes);
      }
      case VNNI -> {
        bits8(recipes);
        bits32(recipes);
      }
      case AVX -> {
        bits32(recipes);
        bits8(recipes);
      }
      case ARM -> {
        recipes.add("prepack");
        bits8(recipes);
        recipes.add("freeze");
        recipes.add("bf16-mixed");
      }
      case OTHER -> {
        bits32(recipes);
        bits8(recipes);
        bits16("onednn-graph", recipes);
      }
    }
    if (isRecurrent()) {
      recipes.add("freeze+flush-denormals");
    }
    return recipes;
  }

  private List<String> small() {
    List<String> recipes = new ArrayList<>();
    boolean embeds = has("aten::embedding");
    if (hasLinear() || isRecurrent()) {
      recipes.add(embeds ? "dynamic-int8+embedding-int8" : "dynamic-int8");
      if (embeds) {
        recipes.add("dynamic-int8+embedding-int4");
        recipes.add("dynamic-int8");
      }
      recipes.add("weight-int8");
      recipes.add("weight-int4");
    }
    if (hasSamples && (hasConvolutions() || hasLinear())) {
      recipes.add("static-int8");
    }
    if (embeds) {
      recipes.add("embedding-int8");
      recipes.add("embedding-int4");
    }
    recipes.add("bf16");
    recipes.add("fp16");
    recipes.add("freeze");
    return recipes;
  }

  /** Mixed precision first: as fast as the whole model in 16 bits, and closer. */
  private void bits16(String compiler, List<String> recipes) {
    if (hasConvolutions()) {
      recipes.add(compiler + "+bf16-mixed" + CHANNELS_LAST);
      recipes.add(compiler + "+bf16" + CHANNELS_LAST);
    }
    if (!hasConvolutions() || compiler.equals("onednn-graph")) {
      recipes.add(compiler + "+bf16-mixed");
    }
    if (!hasConvolutions()) {
      recipes.add(compiler + "+bf16");
    }
  }

  private void bits8(List<String> recipes) {
    if (hasSamples && (hasConvolutions() || hasLinear())) {
      recipes.add("static-int8");
      recipes.add("static-int8:engine=onednn");
    }
    // Where convolutions do the work, 8-bit linear layers are a classifier at the end.
    if (isRecurrent() || (hasLinear() && !hasConvolutions()) || isAttention()) {
      recipes.add("dynamic-int8");
    }
  }

  private void bits32(List<String> recipes) {
    recipes.add("onednn-graph");
    recipes.add("prepack");
    if (hasConvolutions()) {
      recipes.add("onednn-graph" + CHANNELS_LAST);
    }
    recipes.add("freeze");
  }

  private boolean hasConvolutions() {
    return operators.stream().anyMatch(name -> name.contains("conv"));
  }

  private boolean hasLinear() {
    return has("aten::linear") || has("aten::addmm") || has("aten::matmul") || has("aten::mm");
  }

  private boolean isAttention() {
    return has("aten::scaled_dot_product_attention") || has("aten::softmax");
  }

  private boolean isRecurrent() {
    return has("aten::lstm") || has("aten::gru");
  }

  private boolean has(String operator) {
    return operators.contains(operator);
  }
}
