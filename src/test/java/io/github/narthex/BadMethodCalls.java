package io.github.narthex;

import io.github.narthex.io.InputSpec;
import io.github.narthex.io.TensorFile;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Calls of the public methods of the library's classes, found by reflection. */
final class BadMethodCalls {
  /** By how often their methods are called. */
  private static final List<Class<?>> CLASSES =
      List.of(
          Tensor.class,
          Tensor.class,
          Tensor.class,
          Tensors.class,
          Model.class,
          Model.class,
          Session.class,
          Trace.class,
          Weights.class,
          Shape.class,
          TensorFile.class,
          InputSpec.class,
          Operator.class,
          Value.class,
          DType.class,
          Device.class,
          Generator.class);

  private final List<List<Method>> methods = CLASSES.stream().map(BadMethodCalls::of).toList();
  private final BadFiles files;

  BadMethodCalls(Path fixtures) throws IOException {
    files = new BadFiles(fixtures);
  }

  /** In an order that does not change. */
  private static List<Method> of(Class<?> type) {
    return Stream.of(type.getMethods())
        .filter(method -> method.getDeclaringClass().getPackageName().startsWith("io.github"))
        .sorted(Comparator.comparing(Method::toGenericString))
        .toList();
  }

  BadCall next(BadArguments arguments) {
    int type = arguments.below(CLASSES.size());
    Method method = arguments.oneOf(methods.get(type));
    BadObjects objects = new BadObjects(arguments, files);
    @Nullable Object receiver =
        Modifier.isStatic(method.getModifiers()) ? null : objects.receiver(CLASSES.get(type));
    @Nullable Object[] values =
        Stream.of(method.getGenericParameterTypes()).map(objects::of).toArray();
    return new BadCall(
        describe(method, values), () -> call(method, receiver, values, objects.gaveNull()));
  }

  private static void call(
      Method method, @Nullable Object receiver, @Nullable Object[] values, boolean hasNull)
      throws Throwable {
    try {
      method.invoke(receiver, values);
    } catch (InvocationTargetException e) {
      Throwable thrown = e.getCause() == null ? e : e.getCause();
      if (!(hasNull && thrown instanceof NullPointerException)) {
        throw thrown;
      }
    }
  }

  private static String describe(Method method, @Nullable Object[] values) {
    StringBuilder text =
        new StringBuilder(method.getDeclaringClass().getSimpleName() + "." + method.getName());
    for (Object value : values) {
      text.append(' ');
      try {
        text.append(
            switch (value) {
              case null -> "null";
              case Tensor tensor -> tensor.info().toString();
              case long[] numbers -> Arrays.toString(numbers);
              case Number _, String _, Boolean _, Enum<?> _, Shape _ -> value.toString();
              default -> value.getClass().getSimpleName();
            });
      } catch (RuntimeException e) {
        text.append("a tensor that can't be used");
      }
    }
    return text.toString();
  }
}
