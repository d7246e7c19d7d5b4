package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.Gson;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The structure that ARCHITECTURE.md describes. */
class LayersTest {
  private static final String ROOT = "io.github.narthex";
  private static final String TORCH = ROOT + ".internal.torch";
  private static final String AOTI = ROOT + ".internal.aoti";
  private static final String BINDINGS = ROOT + ".internal.bindings";

  /** From the top: each may use itself and what comes after it. */
  private static final List<String> LAYERS =
      List.of(
          ROOT + ".cli",
          ROOT + ".report",
          ROOT + ".report.html",
          ROOT + ".check",
          ROOT + ".compare",
          ROOT + ".optimize",
          ROOT + ".soak",
          ROOT + ".profile.run",
          ROOT + ".doctor",
          ROOT + ".bench",
          ROOT + ".bundle",
          ROOT + ".load",
          ROOT + ".strategy",
          ROOT + ".models",
          ROOT + ".export",
          ROOT + ".io",
          ROOT + ".junit",
          ROOT + ".profile",
          ROOT + ".gpu",
          ROOT,
          AOTI,
          TORCH,
          BINDINGS,
          ROOT + ".internal.files",
          ROOT + ".internal.text");

  /** What internal.torch and internal.aoti may know of the core, beside the exceptions. */
  private static final Set<Class<?>> PLAIN_VALUES =
      Set.of(
          DType.class,
          Shape.class,
          Device.class,
          Device.Type.class,
          GpuSwitch.class,
          GradMode.class,
          MemoryFormat.class,
          ModelPackage.class,
          ModelPackage.Agreement.class,
          ModelPackage.Compiled.class,
          ModelPackage.Dim.class,
          ModelPackage.Fixed.class,
          ModelPackage.Input.class,
          ModelPackage.Output.class,
          ModelPackage.Spec.class);

  private static final Pattern DEPENDENCY =
      Pattern.compile("^ +(" + ROOT + "\\S+) +-> +(" + ROOT + "\\S+) ", Pattern.MULTILINE);

  private record Use(String user, String used) {
    static String packageOf(String name) {
      return name.substring(0, name.lastIndexOf('.'));
    }
  }

  private static Path classes() throws URISyntaxException {
    return origin(Tensor.class);
  }

  private static Path origin(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static String originOf(Class<?> type) {
    try {
      return origin(type).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Use> uses() throws URISyntaxException {
    StringWriter out = new StringWriter();
    ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
    PrintWriter writer = new PrintWriter(out);
    int status =
        jdeps.run(
            writer,
            writer,
            "-verbose:class",
            "-filter:none",
            "--multi-release",
            "base",
            "--module-path",
            Stream.of(Gson.class, NullMarked.class, LoadSettings.class)
                .map(LayersTest::originOf)
                .collect(Collectors.joining(File.pathSeparator)),
            classes().toString());
    assertEquals(0, status, out::toString);
    List<Use> uses = new ArrayList<>();
    for (MatchResult match : DEPENDENCY.matcher(out.toString()).results().toList()) {
      uses.add(new Use(match.group(1), match.group(2)));
    }
    assertFalse(uses.size() < 100, "the test does not read jdeps any more");
    return uses;
  }

  @Test
  void usesPointDownwards() throws URISyntaxException {
    List<String> wrong = new ArrayList<>();
    for (Use use : uses()) {
      int user = LAYERS.indexOf(Use.packageOf(use.user()));
      int used = LAYERS.indexOf(Use.packageOf(use.used()));
      assertFalse(user < 0 || used < 0, () -> "a package without a layer: " + use);
      boolean isPlain =
          List.of(LAYERS.indexOf(TORCH), LAYERS.indexOf(AOTI)).contains(user)
              && isPlain(use.used());
      if (used < user && !isPlain) {
        wrong.add(use.toString());
      }
    }
    assertEquals(List.of(), wrong);
  }

  private static boolean isPlain(String name) {
    try {
      Class<?> type = Class.forName(name, false, Tensor.class.getClassLoader());
      return PLAIN_VALUES.contains(type) || NarthexException.class.isAssignableFrom(type);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void onlyOnePackageUsesTheNextLower() throws URISyntaxException {
    assertEquals(Set.of(BINDINGS, TORCH), usersOf(BINDINGS));
    assertEquals(Set.of(TORCH, ROOT, ROOT + ".profile"), usersOf(TORCH));
  }

  private static Set<String> usersOf(String name) throws URISyntaxException {
    return uses().stream()
        .filter(use -> Use.packageOf(use.used()).equals(name))
        .map(use -> Use.packageOf(use.user()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Of what leaves internal.torch, only the elements of a tensor are a segment. */
  @Test
  void addressesStayInside() throws URISyntaxException, IOException, ReflectiveOperationException {
    Set<String> segments = new TreeSet<>();
    ClassLoader loader = Tensor.class.getClassLoader();
    Path folder = classes().resolve(TORCH.replace('.', '/'));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.equals("package-info.class")) {
          continue;
        }
        Class<?> type = Class.forName(TORCH + "." + name.replace(".class", ""), false, loader);
        for (Method method : type.getDeclaredMethods()) {
          boolean isOpen =
              Modifier.isPublic(type.getModifiers())
                  && Modifier.isPublic(method.getModifiers())
                  && !method.isSynthetic();
          if (isOpen
              && method.getReturnType() == MemorySegment.class
              && !Arena.class.isAssignableFrom(type)) {
            segments.add(type.getSimpleName() + "." + method.getName());
          }
        }
      }
    }
    // What goes to another library has no owner here.
    assertEquals(
        Set.of(
            "DeviceCalls.pinned",
            "TensorHandle.elements",
            "TensorHandle.pin",
            "TensorHandle.toDlpack"),
        segments);
  }

  @Test
  void exportedPackages() throws URISyntaxException, IOException {
    try (InputStream in = Files.newInputStream(classes().resolve("module-info.class"))) {
      ModuleDescriptor module = ModuleDescriptor.read(in);
      assertEquals(ROOT, module.name());
      assertEquals(
          Set.of(
              ROOT,
              ROOT + ".bundle",
              ROOT + ".gpu",
              ROOT + ".io",
              ROOT + ".junit",
              ROOT + ".models",
              ROOT + ".profile",
              ROOT + ".strategy"),
          module.exports().stream()
              .filter(exports -> !exports.isQualified())
              .map(ModuleDescriptor.Exports::source)
              .collect(Collectors.toSet()));
      assertFalse(module.exports().stream().anyMatch(ModuleDescriptor.Exports::isQualified));
      // For JSON, which Gson makes of records.
      assertEquals(
          Set.of(
              ROOT + ".bench to [com.google.gson]",
              ROOT + ".doctor to [com.google.gson]",
              ROOT + ".load to [com.google.gson]"),
          module.opens().stream()
              .map(opens -> opens.source() + " to " + opens.targets())
              .collect(Collectors.toSet()));
    }
  }
}
