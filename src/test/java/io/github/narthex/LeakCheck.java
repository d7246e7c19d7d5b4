package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Objects;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test after which more native objects are alive than before it, or fewer, which {@code
 * NoLeaks} lets pass.
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
  private record Begun(LeakWatch watch) {}

  @Override
  public void beforeEach(ExtensionContext context) {
    store(context).put("begun", new Begun(LeakWatch.begin()));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    LeakWatch watch = Objects.requireNonNull(store(context).get("begun", Begun.class)).watch();
    assertEquals(watch.before(), LiveHandles.now(), () -> watch.report().toString());
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(
        ExtensionContext.Namespace.create(LeakCheck.class, context.getUniqueId()));
  }
}
