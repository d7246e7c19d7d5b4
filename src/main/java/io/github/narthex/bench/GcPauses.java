package io.github.narthex.bench;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * The longest garbage collection: the JVM itself counts collections and their time in all, and
 * tells of each one by a notification a moment after its end.
 */
final class GcPauses {
  /**
   * Of com.sun.management, whose classes a run-time image may lack; the data is readable without.
   */
  private static final String COLLECTION = "com.sun.management.gc.notification";

  private final AtomicLong longestMs = new AtomicLong();

  private GcPauses() {}

  /** Knows of no collection. */
  static GcPauses unwatched() {
    return new GcPauses();
  }

  /** Those of this JVM from now on. */
  static GcPauses watch() {
    GcPauses pauses = new GcPauses();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(
            (notification, handback) -> pauses.take(notification), null, null);
      }
    }
    return pauses;
  }

  /** The longest since this was last asked, in milliseconds; 0 if there was none. */
  long takeLongestMs() {
    return longestMs.getAndSet(0);
  }

  private void take(Notification notification) {
    if (notification.getType().equals(COLLECTION)
        && notification.getUserData() instanceof CompositeData data
        && data.get("gcInfo") instanceof CompositeData collection
        && collection.get("duration") instanceof Long duration) {
      longestMs.accumulateAndGet(duration, Math::max);
    }
  }
}
