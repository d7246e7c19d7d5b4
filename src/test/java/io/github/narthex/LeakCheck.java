package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test after which more, or fewer, native objects are alive than before it. */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
  @Override
  public void beforeEach(ExtensionContext context) {
    store(context).put("before", LiveHandles.now());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertEquals(store(context).get("before"), LiveHandles.now(), "native objects alive");
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(
        ExtensionContext.Namespace.create(LeakCheck.class, context.getUniqueId()));
  }
}
