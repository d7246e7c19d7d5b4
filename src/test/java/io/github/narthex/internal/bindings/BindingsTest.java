package io.github.narthex.internal.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.narthex.internal.torch.NativeLibrary;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The generated bindings are those of the header, and the library has what they call. */
class BindingsTest {
  private static final Path HEADER = Path.of("native", "include", "narthex.h");
  private static final Pattern FUNCTION =
      Pattern.compile("NX_EXPORT ([^()]*?)(nx_\\w+)\\(([^()]*)\\) NX_NOEXCEPT;");
  private static final Pattern CONSTANT = Pattern.compile("\\b(NX_\\w+) = (\\d+)");
  private static final Pattern STRUCT =
      Pattern.compile("typedef struct (nx_\\w+) \\{([^}]*)\\} \\1;");

  /** Without comments and line breaks. */
  private static String header() throws IOException {
    return Files.readString(HEADER).replaceAll("(?s)/\\*.*?\\*/", " ").replaceAll("\\s+", " ");
  }

  private static List<MatchResult> all(Pattern pattern) throws IOException {
    return pattern.matcher(header()).results().toList();
  }

  @Test
  void madeFromThisHeader() throws IOException, NoSuchAlgorithmException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(HEADER));
    assertEquals(
        HexFormat.of().formatHex(digest),
        HeaderDigest.SHA_256,
        "native/include/narthex.h has changed: run jextract/regenerate.sh");
  }

  /** Each function with its signature, and no others. */
  @Test
  void functions() throws IOException, ReflectiveOperationException {
    Map<String, String> declared = new TreeMap<>();
    for (MatchResult function : all(FUNCTION)) {
      String parameters = function.group(3).equals("void") ? "" : function.group(3);
      List<String> types = new ArrayList<>();
      for (String parameter : parameters.isEmpty() ? new String[0] : parameters.split(",", -1)) {
        types.add(carrier(parameter));
      }
      declared.put(function.group(2), carrier(function.group(1)) + types);
    }
    assertFalse(declared.size() < 30, "the test does not read the header any more");

    Map<String, String> bound = new TreeMap<>();
    for (String name : boundFunctions()) {
      FunctionDescriptor descriptor =
          (FunctionDescriptor) Narthex.class.getMethod(name + "$descriptor").invoke(null);
      bound.put(
          name,
          descriptor.returnLayout().map(BindingsTest::carrier).orElse("void")
              + descriptor.argumentLayouts().stream().map(BindingsTest::carrier).toList());
    }
    assertEquals(declared, bound);
  }

  @Test
  void everyFunctionIsInTheLibrary() throws ReflectiveOperationException {
    NativeLibrary.require();
    for (String name : boundFunctions()) {
      MemorySegment address =
          (MemorySegment) Narthex.class.getMethod(name + "$address").invoke(null);
      assertNotEquals(0, address.address(), name);
    }
  }

  @Test
  void constants() throws IOException, ReflectiveOperationException {
    List<MatchResult> constants = all(CONSTANT);
    assertFalse(constants.size() < 30, "the test does not read the header any more");
    for (MatchResult constant : constants) {
      assertEquals(
          Integer.parseInt(constant.group(2)),
          Narthex.class.getMethod(constant.group(1)).invoke(null),
          constant.group(1));
    }
  }

  @Test
  void structures() throws IOException, ReflectiveOperationException {
    List<MatchResult> structs = all(STRUCT);
    assertEquals(4, structs.size());
    for (MatchResult struct : structs) {
      List<String> declared =
          Arrays.stream(struct.group(2).trim().split(";", -1))
              .map(String::trim)
              .filter(field -> !field.isEmpty())
              .map(field -> carrier(field) + " " + field.substring(field.lastIndexOf(' ') + 1))
              .toList();
      Class<?> type = Class.forName("io.github.narthex.internal.bindings." + struct.group(1));
      GroupLayout layout = (GroupLayout) type.getMethod("layout").invoke(null);
      assertEquals(
          declared,
          layout.memberLayouts().stream()
              .filter(member -> !(member instanceof PaddingLayout))
              .map(member -> carrier(member) + " " + member.name().orElseThrow())
              .toList());
    }
  }

  @Test
  void interfaceVersion() {
    NativeLibrary.require();
    assertEquals(Narthex.NX_ABI_VERSION(), Narthex.nx_abi_version());
  }

  private static Set<String> boundFunctions() {
    return Arrays.stream(Narthex.class.getMethods())
        .map(Method::getName)
        .filter(name -> name.startsWith("nx_") && !name.contains("$"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What carries a C declaration such as {@code const char* name}. */
  private static String carrier(String declaration) {
    if (declaration.contains("*")) {
      return "pointer";
    }
    String type = declaration.trim().split(" ", 2)[0];
    return switch (type) {
      case "int32_t" -> "int";
      case "int64_t" -> "long";
      case "double", "void" -> type;
      case "nx_stream" -> "16 bytes";
      default -> throw new AssertionError("a type that the header should not use: " + declaration);
    };
  }

  private static String carrier(MemoryLayout layout) {
    return switch (layout) {
      case AddressLayout _ -> "pointer";
      case ValueLayout value -> value.carrier().getSimpleName();
      case GroupLayout struct -> struct.byteSize() + " bytes";
      default -> throw new AssertionError(layout);
    };
  }
}
