package io.github.narthex.report;

import io.github.narthex.bench.BenchTask;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A figure that PyTorch's guides promise, and what here could show it.
 *
 * @param name of the technique
 * @param standIn what is measured in its place, where the technique itself is not in Narthex
 * @param model whether it is a figure of any model, or of ResNet-50 alone
 * @param reasons why a measurement differs
 */
public record Claim(
    String name,
    Promise promise,
    Evidence evidence,
    @Nullable String standIn,
    Scope model,
    Reasons reasons) {
  /** What it is a figure of. */
  public enum Scope {
    /** Any model. */
    ANY,
    /** That model. */
    RESNET50
  }

  /**
   * How many times as fast, or as small.
   *
   * @param text as it is shown
   */
  public record Promise(double low, double high, String text) {
    private static final double ORIGINAL_MS = 25.5;
    private static final double HALF_OF_LAST_DIGIT = 0.005;

    /** A figure of one digit; what rounds to it meets it. */
    static Promise times(int times) {
      return new Promise(times - 0.5, times + 0.5, times + "x");
    }

    /** A range. */
    static Promise between(double low, double high) {
      return new Promise(low, high, figure(low) + "x to " + figure(high) + "x");
    }

    /** A row of the guides' table of ResNet-50, as a ratio to its first row; so is its rounding. */
    static Promise ms(double ms) {
      double ratio = ORIGINAL_MS / ms;
      return new Promise(
          ratio - HALF_OF_LAST_DIGIT,
          ratio + HALF_OF_LAST_DIGIT,
          String.format(Locale.ROOT, "%.2fx", ratio));
    }

    /** 2 and not 2.0. */
    private static String figure(double value) {
      String text = Double.toString(value);
      return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
  }

  /** What shows it. */
  public sealed interface Evidence {
    /** The recipes that have to be measured for it. */
    default Set<String> needed() {
      return Set.of();
    }
  }

  /**
   * How many times as fast the fastest of some recipes is.
   *
   * @param than the recipe that they are compared with
   */
  public record Speed(List<String> recipes, String than) implements Evidence {
    /** The list is copied. */
    public Speed {
      recipes = List.copyOf(recipes);
    }

    static Speed of(String... recipes) {
      return of(List.of(recipes));
    }

    static Speed of(List<String> recipes) {
      return new Speed(recipes, BenchTask.BASELINE);
    }

    @Override
    public Set<String> needed() {
      Set<String> needed = new LinkedHashSet<>(recipes);
      needed.add(than);
      return needed;
    }
  }

  /** How many times as fast the fastest recipe of all is whose answers hold. */
  public record Fastest() implements Evidence {}

  /** How many times as small the weights are. */
  public record Size() implements Evidence {}

  /** Nothing does. */
  public record Nothing() implements Evidence {}

  /** What libtorch has to rewrite graphs, in float32. */
  static final List<String> COMPILERS =
      List.of("compile", "prepack", "optimize-for-inference", "freeze");

  /** What computes with 8-bit integers. */
  public static final List<String> INT8 = List.of("static-int8", "dynamic-int8");

  private static final String RUNTIME = "not in Narthex, whose fastest recipe stands in";

  /** All of them. */
  public static final List<Claim> ALL =
      List.of(
          new Claim(
              "torch.compile",
              Promise.between(1.5, 3),
              Speed.of(COMPILERS),
              "Python's alone: what compiles model files stands in, in float32",
              Scope.ANY,
              Reasons::ofCompilers),
          new Claim(
              "ResNet-50 original, 25.5 ms",
              new Promise(1, 1, "1x"),
              new Nothing(),
              null,
              Scope.RESNET50,
              Reasons::ofOriginal),
          new Claim(
              "compile eager, 24.2 ms",
              Promise.ms(24.2),
              Speed.of("compile:backend=eager"),
              "Python's graph with the same kernels: TorchScript's stands in",
              Scope.RESNET50,
              Reasons::ofCapture),
          new Claim(
              "compile inductor, 18.3 ms",
              Promise.ms(18.3),
              new Nothing(),
              null,
              Scope.RESNET50,
              Reasons.always(
                  "it takes a Python with torch, and minutes: narthex bench --recipe inductor"
                      + " measures it")),
          new Claim(
              "TorchScript, 22.1 ms",
              Promise.ms(22.1),
              new Nothing(),
              null,
              Scope.RESNET50,
              Reasons.always(
                  "eager is TorchScript already, and there is no Python to compare it with: all"
                      + " ratios here are to TorchScript")),
          new Claim(
              "TorchScript + compile, 16.8 ms",
              Promise.ms(16.8),
              Speed.of("compile", "prepack", "optimize-for-inference"),
              "what compiles TorchScript here stands in",
              Scope.RESNET50,
              Reasons::ofTable),
          new Claim(
              "channels last",
              Promise.between(1.5, 2),
              Speed.of("channels-last"),
              null,
              Scope.ANY,
              Reasons::ofLayout),
          new Claim(
              "channels last, in bf16",
              Promise.between(1.5, 2),
              new Speed(List.of("bf16+channels-last"), "bf16"),
              null,
              Scope.ANY,
              Reasons::ofLayout),
          new Claim(
              "fp16", Promise.times(2), Speed.of("fp16"), null, Scope.ANY, Reasons::ofFloat16),
          new Claim(
              "bf16 for fp16",
              Promise.times(2),
              Speed.of("bf16"),
              "the other format of 16 bits",
              Scope.ANY,
              Reasons::ofBfloat16),
          new Claim(
              "int8, speed",
              Promise.between(2, 4),
              Speed.of(INT8),
              null,
              Scope.ANY,
              Reasons::ofInt8),
          new Claim("int8, size", Promise.times(4), new Size(), null, Scope.ANY, Reasons::ofSize),
          new Claim(
              "ONNX Runtime",
              Promise.between(2, 3),
              new Fastest(),
              RUNTIME,
              Scope.ANY,
              Reasons::ofRuntimes),
          new Claim(
              "OpenVINO",
              Promise.between(3, 4),
              new Fastest(),
              RUNTIME,
              Scope.ANY,
              Reasons::ofRuntimes),
          new Claim(
              "no_grad, of gradient mode",
              Promise.between(1.05, 1.1),
              new Speed(List.of("no-grad"), "grad"),
              null,
              Scope.ANY,
              Reasons::ofGradients),
          new Claim(
              "inference mode, of gradients",
              Promise.between(1.05, 1.1),
              new Speed(List.of(BenchTask.BASELINE), "grad"),
              null,
              Scope.ANY,
              Reasons::ofGradients),
          new Claim(
              "CUDA graphs",
              Promise.between(1.2, 1.3),
              new Nothing(),
              null,
              Scope.ANY,
              Reasons.always("they are for NVIDIA's GPUs, and claims are checked on the CPU")));

  /** Recipes for the speed of runtimes that no other claim needs. */
  private static final List<String> CONTENDERS =
      List.of("onednn-graph+bf16+channels-last", "onednn-graph+bf16-mixed");

  /** All recipes that have to be measured. */
  public static List<String> recipes() {
    Set<String> recipes = new LinkedHashSet<>();
    ALL.forEach(claim -> recipes.addAll(claim.evidence().needed()));
    recipes.addAll(CONTENDERS);
    return List.copyOf(recipes);
  }
}
