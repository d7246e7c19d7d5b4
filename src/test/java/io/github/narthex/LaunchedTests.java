package io.github.narthex;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs a class of tests in a JVM that was started for it; the exit code is the failures. */
final class LaunchedTests {
  private LaunchedTests() {}

  public static void main(String[] arguments) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(arguments[0])).build(),
            listener);
    listener
        .getSummary()
        .getFailures()
        .forEach(failure -> System.out.println(failure.getException()));
    System.out.println(listener.getSummary().getTestsSucceededCount() + " passed");
    System.exit((int) Math.min(100, listener.getSummary().getTotalFailureCount()));
  }
}
