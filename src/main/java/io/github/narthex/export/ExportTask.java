package io.github.narthex.export;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be compiled, and how. Texts are as the script takes them, which checks them.
 * Immutable.
 *
 * @param source {@code FILE.py:NAME}, a file of {@code torch.export.save}, or TorchScript
 * @param output the package to write, {@code .pt2}
 * @param inputs descriptions, as {@code --input} has them
 * @param dynamic dimensions that may vary, such as {@code x.0=1..16}
 * @param dtype what to compute in; null for as the model is
 * @param freeze whether weights become constants
 * @param maxAutotune whether to try several kernels
 * @param isa the processors to compile for: {@code native}, {@code x86-64-v2} and so on
 * @param threads how many the code runs on; 0 for any number
 * @param device {@code cpu}, {@code cuda}, or {@code cuda:1} and so on
 * @param name of the model in the package
 * @param add whether models that are in the output already stay there
 * @param maxError the largest error of its answers, as a fraction of the largest value
 * @param seed of random weights and made-up inputs
 * @param inductor further options of Inductor, such as {@code cpp.threads=2}
 */
public record ExportTask(
    String source,
    Path output,
    List<String> inputs,
    List<String> dynamic,
    @Nullable String dtype,
    boolean freeze,
    boolean maxAutotune,
    String isa,
    int threads,
    String device,
    String name,
    boolean add,
    double maxError,
    long seed,
    List<String> inductor) {
  /** The lists are copied. */
  public ExportTask {
    inputs = List.copyOf(inputs);
    dynamic = List.copyOf(dynamic);
    inductor = List.copyOf(inductor);
  }

  /** With the defaults of everything that need not be said. */
  public static ExportTask of(String source, Path output, List<String> inputs) {
    return new ExportTask(
        source, output, inputs, List.of(), null, true, false, "native", 0, "cpu", "model", false,
        0.02, 0, List.of());
  }

  /** The same of another source, with other inputs. */
  public ExportTask withSource(String otherSource, List<String> otherInputs) {
    return new ExportTask(
        otherSource,
        output,
        otherInputs,
        dynamic,
        dtype,
        freeze,
        maxAutotune,
        isa,
        threads,
        device,
        name,
        add,
        maxError,
        seed,
        inductor);
  }

  /** The same with other choices of how it is compiled. */
  public ExportTask with(
      List<String> dims, @Nullable String inner, boolean tryKernels, double largestError) {
    return new ExportTask(
        source,
        output,
        inputs,
        dims,
        inner,
        freeze,
        tryKernels,
        isa,
        threads,
        device,
        name,
        add,
        largestError,
        seed,
        inductor);
  }

  /** The same for another device. */
  public ExportTask on(String otherDevice) {
    return new ExportTask(
        source,
        output,
        inputs,
        dynamic,
        dtype,
        freeze,
        maxAutotune,
        isa,
        threads,
        otherDevice,
        name,
        add,
        maxError,
        seed,
        inductor);
  }

  /** The arguments of the script. */
  List<String> words() {
    List<String> words = new ArrayList<>(List.of("--output=" + output));
    inputs.forEach(input -> words.add("--input=" + input));
    dynamic.forEach(dims -> words.add("--dynamic=" + dims));
    inductor.forEach(option -> words.add("--inductor=" + option));
    if (dtype != null) {
      words.add("--dtype=" + dtype);
    }
    words.add(freeze ? "--freeze" : "--no-freeze");
    if (maxAutotune) {
      words.add("--max-autotune");
    }
    if (threads > 0) {
      words.add("--threads=" + threads);
    }
    if (add) {
      words.add("--add");
    }
    words.addAll(
        List.of(
            "--isa=" + isa,
            "--device=" + device,
            "--name=" + name,
            "--max-error=" + maxError,
            "--seed=" + seed,
            "--",
            source));
    return words;
  }
}
