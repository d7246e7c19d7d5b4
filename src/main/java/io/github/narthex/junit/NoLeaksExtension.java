package io.github.narthex.junit;

import io.github.narthex.LeakReport;
import io.github.narthex.LeakWatch;
import java.util.Objects;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What {@link NoLeaks} does, for registering it in another way: with {@code @ExtendWith}, or for
 * all tests by JUnit's automatic registration. Tests that run side by side then need a lock of
 * their own.
 */
@SuppressWarnings("exports") // whoever uses this has JUnit
public final class NoLeaksExtension implements BeforeEachCallback, AfterEachCallback {
  private static final String WATCH = "watch";

  /** Made by JUnit. */
  public NoLeaksExtension() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    store(context).put(WATCH, new Begun(LeakWatch.begin()));
  }

  /**
   * Compares.
   *
   * @throws AssertionError if something remains
   */
  @Override
  public void afterEach(ExtensionContext context) {
    Begun begun = Objects.requireNonNull(store(context).remove(WATCH, Begun.class));
    LeakReport report = begun.watch().report();
    if (!report.isEmpty()) {
      throw new AssertionError("%s: %s".formatted(context.getDisplayName(), report));
    }
  }

  /** Around the watch, as JUnit closes what it stores if that can be closed. */
  private record Begun(LeakWatch watch) {}

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(
        ExtensionContext.Namespace.create(NoLeaksExtension.class, context.getUniqueId()));
  }
}
