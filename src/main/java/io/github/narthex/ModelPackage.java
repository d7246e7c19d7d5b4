package io.github.narthex;

import io.github.narthex.internal.aoti.PackageCache;
import io.github.narthex.internal.aoti.PackageReader;
import io.github.narthex.internal.aoti.Preflight;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What an AOTInductor package ({@code .pt2}) says of itself, read without running anything of it
 * and without libtorch. {@link Model#load(java.lang.foreign.Arena, Path)} runs one.
 *
 * <p><b>A package is machine code.</b> To load it is to run it, with all rights of the process:
 * load only what you trust, and see {@link Options#allow}.
 *
 * @param file where it is
 * @param models that are compiled in it; most packages have one, whose name is "model"
 */
public record ModelPackage(Path file, List<Compiled> models) {
  /** What the compiled code checks by itself, in words. */
  public static final List<String> CHECKED_BY_CODE = List.of("dtype", "sizes", "strides");

  private static final List<String> CHECKED_BY_SPEC =
      List.of("count", "structure", "dtype", "rank", "sizes and their bounds");

  /** The list is copied. */
  public ModelPackage {
    models = List.copyOf(models);
  }

  /**
   * Reads a file.
   *
   * @throws ModelLoadException if it is not there, can't be read, or is not a package
   */
  public static ModelPackage read(Path file) {
    return PackageReader.read(file);
  }

  /**
   * The SHA-256 of the file, in hexadecimal digits, for {@link Options#allow}.
   *
   * @throws ModelLoadException if it can't be read
   */
  public String sha256() {
    return PackageCache.digest(file);
  }

  /**
   * One of its models.
   *
   * @param name its name; empty for the only one
   * @throws ModelLoadException if there is no such model, or there are several and none is named
   */
  public Compiled model(Optional<String> name) {
    List<String> names = models.stream().map(Compiled::name).toList();
    if (name.isEmpty() && names.size() > 1) {
      throw new ModelLoadException(
          "%s has several models, %s: name one".formatted(file, String.join(", ", names)));
    }
    return models.stream()
        .filter(model -> name.isEmpty() || model.name().equals(name.get()))
        .findFirst()
        .orElseThrow(
            () ->
                new ModelLoadException(
                    "%s has no model '%s', it has: %s"
                        .formatted(file, name.orElse(""), String.join(", ", names))));
  }

  /**
   * A compiled model. What the package does not say is empty.
   *
   * @param name in the package
   * @param device {@code cpu} or {@code cuda}
   * @param platform such as {@code linux}
   * @param machine such as {@code x86_64}
   * @param isa the vectors that it was compiled for, as Inductor names them
   * @param capability of the GPU that it was compiled for
   * @param spec what its inputs are, in packages that {@code narthex export} has made
   */
  public record Compiled(
      String name,
      String device,
      String platform,
      String machine,
      String isa,
      String capability,
      Optional<Spec> spec) {
    /**
     * Why it can't run on this machine, on the device that it was compiled for.
     *
     * @return one line; empty if nothing speaks against it
     * @throws NativeLibraryException if libtorch can't be loaded, whose version matters
     */
    public Optional<String> obstacle() {
      try {
        Preflight.ofThisMachine(Version.libtorch()).check("it", this, target());
        return Optional.empty();
      } catch (UnsupportedException e) {
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }

    /** Where it is to be loaded: the CPU, or the first device of the kind it was compiled for. */
    public Device target() {
      return device.isEmpty() ? Device.CPU : Device.parse(device);
    }

    /** What of arguments is checked before each call, in words. */
    public List<String> checkedBeforeCalls() {
      return spec.isPresent() ? CHECKED_BY_SPEC : CHECKED_BY_SPEC.subList(0, 2);
    }
  }

  /**
   * How answers differed from those of the model that it was compiled from, when that was done.
   *
   * @param maxAbs the largest difference; infinite or NaN where answers were no numbers
   * @param maxRel the same over the largest value of the output
   * @param calls how many calls were compared
   */
  public record Agreement(double maxAbs, double maxRel, long calls) {}

  /**
   * What {@code narthex export} writes into a package; see docs/pt2.md.
   *
   * @param torch the version that compiled it
   * @param isa {@code native}, or the level such as {@code x86-64-v3}
   * @param cpuFeatures that a processor must have, by the names of {@code /proc/cpuinfo}
   * @param inputs the tensors that it takes, flattened
   * @param fixed arguments whose values are part of the code
   * @param outputs what it returns, flattened
   * @param isReplaceable whether its weights can be replaced
   * @param mutates buffers and inputs that a call changes
   * @param threads that its code runs on, whatever its caller has; empty for as many as that
   * @param source {@code module}, {@code program} or {@code torchscript}: what it was compiled from
   * @param agreement empty if answers were not compared
   */
  public record Spec(
      String torch,
      String isa,
      List<String> cpuFeatures,
      List<Input> inputs,
      List<Fixed> fixed,
      List<Output> outputs,
      boolean isReplaceable,
      List<String> mutates,
      OptionalInt threads,
      String source,
      Optional<Agreement> agreement) {
    /** The lists are copied. */
    public Spec {
      cpuFeatures = List.copyOf(cpuFeatures);
      inputs = List.copyOf(inputs);
      fixed = List.copyOf(fixed);
      outputs = List.copyOf(outputs);
      mutates = List.copyOf(mutates);
    }

    /** Whether calls change what the code keeps, so that answers depend on the calls before. */
    public boolean isStateful() {
      List<String> given = inputs.stream().map(Input::parameter).toList();
      return mutates.stream().anyMatch(name -> !given.contains(name));
    }
  }

  /**
   * A tensor that it takes.
   *
   * @param name its place in the call, such as {@code ARGS[0]}
   * @param parameter its name in the model's code
   * @param strides that the code relies on, -1 where one depends on sizes; empty for row-major
   */
  public record Input(
      String name, String parameter, DType dtype, List<Dim> shape, Optional<List<Long>> strides) {
    /** The lists are copied. */
    public Input {
      shape = List.copyOf(shape);
      strides = strides.map(List::copyOf);
    }

    /** For people: {@code float32 [batch 1..16, 3, 224, 224]}. */
    @Override
    public String toString() {
      return dtype + " " + text(shape);
    }
  }

  /**
   * An argument that is no tensor: its value is part of the code.
   *
   * @param value as JSON
   */
  public record Fixed(String name, String parameter, String value) {}

  /**
   * What it returns.
   *
   * @param name such as {@code RESULT[0]}
   * @param dtype empty for what is no tensor
   */
  public record Output(String name, Optional<DType> dtype, List<Dim> shape) {
    /** The list is copied. */
    public Output {
      shape = List.copyOf(shape);
    }

    /** For people, as of an input. */
    @Override
    public String toString() {
      return dtype.map(known -> known + " " + text(shape)).orElse("no tensor");
    }
  }

  private static String text(List<Dim> shape) {
    return "[" + String.join(", ", shape.stream().map(Dim::toString).toList()) + "]";
  }

  /**
   * The size of a dimension.
   *
   * @param min the least that it may be
   * @param max the most that it may be; empty if there is no bound
   * @param name those of one name have the same size in a call; empty for none
   */
  public record Dim(long min, OptionalLong max, String name) {
    /** One size only. */
    public static Dim fixed(long size) {
      return new Dim(size, OptionalLong.of(size), "");
    }

    /** Whether it has one size only. */
    public boolean isFixed() {
      return max.isPresent() && max.getAsLong() == min;
    }

    /** Whether it may have that size. */
    public boolean allows(long size) {
      return size >= min && (max.isEmpty() || size <= max.getAsLong());
    }

    /** For people: {@code 224}, {@code batch 1..16}. */
    @Override
    public String toString() {
      if (isFixed()) {
        return Long.toString(min);
      }
      String bounds = min + ".." + (max.isPresent() ? Long.toString(max.getAsLong()) : "");
      return name.isEmpty() ? bounds : name + " " + bounds;
    }
  }

  /**
   * How a package is loaded.
   *
   * @param model which one of the package's; empty for the only one
   * @param runners how many calls run side by side, each with memory of its own; others wait. Of
   *     code that is known to be {@linkplain Spec#isStateful stateful} it is one. On a device one
   *     is enough, since calls only enqueue, and what is to be {@linkplain Session#record recorded}
   *     has no more
   * @param isSingleThreaded without libtorch's locks: one call at a time. One runner on a device is
   *     always so
   * @param isForced even if it was compiled for what this machine is not, which may end the process
   * @param allowed SHA-256 digests of files that may be loaded; empty for all
   */
  public record Options(
      Optional<String> model,
      int runners,
      boolean isSingleThreaded,
      boolean isForced,
      Set<String> allowed) {
    /** The package's only model, one runner. */
    public static final Options DEFAULT = new Options(Optional.empty(), 1, false, false, Set.of());

    /**
     * The set is copied.
     *
     * @throws IllegalArgumentException if there is no runner
     */
    public Options {
      if (runners < 1) {
        throw new IllegalArgumentException("expected 1 runner or more, got " + runners);
      }
      allowed = Set.copyOf(allowed);
    }

    /** Another model of the package. */
    public Options withModel(String name) {
      return new Options(Optional.of(name), runners, isSingleThreaded, isForced, allowed);
    }

    /** So many runners. */
    public Options withRunners(int count) {
      return new Options(model, count, isSingleThreaded, isForced, allowed);
    }

    /** Without locks: for one thread. */
    public Options singleThreaded() {
      return new Options(model, runners, true, isForced, allowed);
    }

    /** Whatever it was compiled for: for those who know better than its metadata. */
    public Options force() {
      return new Options(model, runners, isSingleThreaded, true, allowed);
    }

    /** Only files with one of these SHA-256 digests, in hexadecimal digits. */
    public Options allow(Set<String> digests) {
      return new Options(model, runners, isSingleThreaded, isForced, digests);
    }
  }
}
