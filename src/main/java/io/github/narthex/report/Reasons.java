package io.github.narthex.report;

import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.Status;
import io.github.narthex.report.Finding.Verdict;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a measurement differs from what was promised. Each sentence follows from what was measured,
 * or from what this machine has; where nothing of that explains it, none is made up.
 */
@FunctionalInterface
interface Reasons {
  /** Where nothing that is known explains it. */
  String ELSEWHERE = "the promise is of other machines and models";

  /** Where the CPU has the instructions. */
  String PRODUCTS =
      "16 bits make products faster; the rest of the time stays, or grows by conversions";

  /** From which ratio on one amount of memory is larger than another. */
  double NOTABLY = 1.05;

  /** The sentence, without a full stop. */
  String of(Here here, Verdict verdict);

  /** Always the same sentence. */
  static Reasons always(String sentence) {
    return (here, verdict) -> sentence;
  }

  /** Of what compiles. */
  static String ofCompilers(Here here, Verdict verdict) {
    String speeds =
        here.timed(Claim.COMPILERS).stream()
            .map(row -> row.recipe() + " " + times(row))
            .collect(Collectors.joining(", "));
    return verdict == Verdict.LESS
        ? speeds
            + ": they save calls and passes over memory, and the products themselves take as long"
            + " as before"
        : ELSEWHERE;
  }

  /** Of a time in milliseconds. */
  static String ofOriginal(Here here, Verdict verdict) {
    return "a time on a machine that is not named, so the rows below are ratios to it"
        + here.baselineMs()
            .map(ms -> "; eager, which is TorchScript, takes " + Figures.ms(ms) + " ms here")
            .orElse("");
  }

  /** Of a graph that is captured, and not changed. */
  static String ofCapture(Here here, Verdict verdict) {
    return verdict == Verdict.LESS
        ? "what a captured graph saves is Python's calls, and there are none here"
        : ofTable(here, verdict);
  }

  /** Of ratios within a table of one machine. */
  static String ofTable(Here here, Verdict verdict) {
    return "the table is of one machine, which is not named, and of another compiler";
  }

  /** Of channels last. */
  static String ofLayout(Here here, Verdict verdict) {
    if (!here.hasConvolutions()) {
      return "the model has no convolutions";
    }
    return verdict == Verdict.LESS
        ? "it saves bringing images into oneDNN's blocks and back at each convolution; weights are"
            + " brought there at each call in either layout"
        : ELSEWHERE;
  }

  /** Of float16. */
  static String ofFloat16(Here here, Verdict verdict) {
    if (verdict != Verdict.LESS || here.machine().cpuFlags().isEmpty()) {
      return ELSEWHERE;
    }
    if (here.hasAny("avx512_fp16", "amx_fp16")) {
      return PRODUCTS;
    }
    return "this CPU has neither AVX512-FP16 nor AMX-FP16: oneDNN is not used, and libtorch"
        + " converts to float32 for each product"
        + (here.hasAny("avx512_bf16", "amx_bf16") ? "; its format of 16 bits is bf16" : "");
  }

  /** Of bfloat16. */
  static String ofBfloat16(Here here, Verdict verdict) {
    if (verdict != Verdict.LESS || here.machine().cpuFlags().isEmpty()) {
      return ELSEWHERE;
    }
    return Recipe.of(Strategy.BF16).caution(here.machine()).orElse(PRODUCTS);
  }

  /** Of the speed of 8-bit integers. */
  static String ofInt8(Here here, Verdict verdict) {
    if (verdict == Verdict.MORE) {
      boolean isStatic =
          here.timed(Claim.INT8).stream()
              .limit(1)
              .anyMatch(row -> row.recipe().startsWith(Strategy.STATIC_INT8.toString()));
      return isStatic
          ? "it also fuses convolutions with what follows them, which eager does not"
          : ELSEWHERE;
    }
    if (here.machine().cpuFlags().isEmpty()) {
      return ELSEWHERE;
    }
    return here.hasAny("avx512_vnni", "avx_vnni", "amx_int8")
        ? "the promise is of products alone, and not all of the time goes into them"
        : "this CPU has neither VNNI nor AMX: products of 8 bits take several instructions";
  }

  /** Of the size of weights. */
  static String ofSize(Here here, Verdict verdict) {
    Here.Sizes sizes = here.sizes();
    return sizes == null
        ? ELSEWHERE
        : "a file of %s became one of %s".formatted(bytes(sizes.before()), bytes(sizes.after()));
  }

  private static String bytes(ModelSize size) {
    Long file = size.fileBytes();
    String weights =
        size.weightBytes().entrySet().stream()
            .map(entry -> Figures.bytes(entry.getValue()) + " " + entry.getKey())
            .collect(Collectors.joining(", "));
    return "%s (weights: %s)".formatted(file == null ? Figures.NONE : Figures.bytes(file), weights);
  }

  /** Of other runtimes. */
  static String ofRuntimes(Here here, Verdict verdict) {
    Optional<Measurement> fastest = here.fastest();
    if (fastest.isEmpty()) {
      return ELSEWHERE;
    }
    if (verdict == Verdict.MORE) {
      return hasFewerBits(fastest.get().recipe())
          ? "it computes with fewer bits, and holds the limit of the error"
          : ELSEWHERE;
    }
    List<String> names = here.result().results().stream().map(Measurement::recipe).toList();
    Measurement first = here.timed(names).getFirst();
    if (first.status() == Status.INACCURATE) {
      return "%s is at %s, but %s".formatted(first.recipe(), times(first), first.reason());
    }
    return Recipe.of(Strategy.BF16).caution(here.machine()).orElse(ELSEWHERE);
  }

  private static boolean hasFewerBits(String recipe) {
    return Stream.of("bf16", "fp16", "int8").anyMatch(recipe::contains);
  }

  /** Of gradients that nobody wants. */
  static String ofGradients(Here here, Verdict verdict) {
    if (verdict == Verdict.LESS) {
      return "what it saves is bookkeeping, microseconds for each operator, and a forward takes "
          + here.baselineMs().map(ms -> Figures.ms(ms) + " ms").orElse("some time");
    }
    Long kept = peak(here, "grad");
    Long freed = peak(here, BenchTask.BASELINE);
    return kept == null || freed == null || kept <= NOTABLY * freed
        ? "bookkeeping for each operator weighs the more the less an operator has to do"
        : "gradient mode also keeps inner values until a forward ends: %s MB at the peak, not %s"
            .formatted(Figures.megabytes(kept), Figures.megabytes(freed));
  }

  private static @Nullable Long peak(Here here, String recipe) {
    return here.row(recipe).map(Measurement::peakRssBytes).orElse(null);
  }

  private static String times(Measurement row) {
    return String.format(Locale.ROOT, "%.2fx", Here.speed(row));
  }
}
