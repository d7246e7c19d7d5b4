package io.github.narthex;

import io.github.narthex.internal.aoti.PackageCache;
import io.github.narthex.internal.aoti.Preflight;
import io.github.narthex.internal.aoti.TreeSpec;
import io.github.narthex.internal.text.Versions;
import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.ModuleHandle.Layout;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Loads AOTInductor packages: all that can be known is checked before any of it runs. */
final class PackageFile {
  /** From this version on, libtorch takes a directory with the contents of a package. */
  private static final String TAKES_DIRECTORY = "2.13";

  private PackageFile() {}

  /** A module, and how it is called. */
  record Loaded(ModuleHandle handle, PackageCode code) {}

  static Loaded load(Arena arena, Path file, Device device, ModelPackage.Options options) {
    ModelPackage.Compiled model = ModelPackage.read(file).model(options.model());
    String digest = PackageCache.digest(file);
    if (!options.allowed().isEmpty() && !options.allowed().contains(digest)) {
      throw new ModelLoadException(
          "%s is not one of the packages that may be loaded: its SHA-256 is %s"
              .formatted(file, digest));
    }
    if (!options.isForced()) {
      Preflight.ofThisMachine(Version.libtorch()).check(file.toString(), model, device);
    }
    // Runners have their state in common, and libtorch does not guard it.
    boolean isStateful = model.spec().filter(ModelPackage.Spec::isStateful).isPresent();
    int runners = isStateful ? 1 : options.runners();
    // On a device, libtorch's one runner is free when the device has done what it was given last,
    // for which the next call would wait.
    boolean takesTurns = options.isSingleThreaded() || (!device.isCpu() && runners == 1);
    Path source = source(file, digest);
    try (Arena loading = Arena.ofConfined()) {
      ModuleHandle handle =
          ModuleHandle.loadPackage(
              loading, source, file, model.name(), device, runners, takesTurns);
      PackageCode code = code(file, device, model, handle);
      handle.definePackage(code.tensorNames(), layouts(model, code.tensorNames().size()));
      return new Loaded(handle.share(arena), code);
    } catch (ModelLoadException e) {
      throw new ModelLoadException(
          "%s can't be loaded: %s".formatted(file, MissingLibrary.reason(e)), e.detail(), e);
    }
  }

  /** What libtorch is given. */
  private static Path source(Path file, String digest) {
    if (Versions.compareMinor(Version.libtorch(), TAKES_DIRECTORY) >= 0) {
      return PackageCache.ofThisUser().unpacked(file, digest);
    }
    PackageCache.check(file);
    return file;
  }

  private static PackageCode code(
      Path file, Device device, ModelPackage.Compiled model, ModuleHandle handle) {
    try (CallFrame frame = new CallFrame(0, 1)) {
      handle.packageCallSpec(frame);
      Optional<TreeSpec> in = TreeSpec.parse(frame.result(0).item(0).string());
      Optional<TreeSpec> out = TreeSpec.parse(frame.result(0).item(1).string());
      if (in.isEmpty() || out.isEmpty()) {
        throw new UnsupportedException(
            file + " does not say how many inputs it takes: export it again with a newer torch");
      }
      return new PackageCode(file.toString(), device, model.spec(), in.get(), out.get());
    }
  }

  private static List<Layout> layouts(ModelPackage.Compiled model, int count) {
    List<Layout> layouts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int index = i;
      layouts.add(
          model
              .spec()
              .filter(spec -> index < spec.inputs().size())
              .flatMap(spec -> spec.inputs().get(index).strides())
              .map(PackageFile::layout)
              .orElse(Layout.ROW_MAJOR));
    }
    return layouts;
  }

  /** Channels are next to each other in the one; others the compiled code checks. */
  private static Layout layout(List<Long> strides) {
    boolean isChannelsLast = (strides.size() == 4 || strides.size() == 5) && strides.get(1) == 1;
    return isChannelsLast ? Layout.CHANNELS_LAST : Layout.AS_GIVEN;
  }
}
