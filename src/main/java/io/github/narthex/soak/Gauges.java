package io.github.narthex.soak;

import io.github.narthex.LiveHandles;
import io.github.narthex.NativeMemory;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.ProcessFacts;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/** What is read of the process while no call runs. */
public interface Gauges {
  /** What this moment is like. May collect garbage, so that what is read is in use. */
  Reading read();

  /** What has disturbed the process since it began, to be subtracted. */
  Disturbance disturbance();

  /**
   * What was read.
   *
   * @param rssBytes memory of the process that is in RAM; 0 if that can't be known
   * @param heapBytes of the Java heap, after a garbage collection
   * @param nativeHeapBytes in use, of the C library's heap; -1 if that can't be known
   * @param handles live native objects
   */
  record Reading(long rssBytes, long heapBytes, long nativeHeapBytes, long handles) {}

  /** Those of this process. */
  static Gauges ofThisProcess() {
    ProcessFacts facts = ProcessFacts.ofThisProcess();
    MemoryMXBean heap = ManagementFactory.getMemoryMXBean();
    return new Gauges() {
      @Override
      public Reading read() {
        heap.gc();
        long used = heap.getHeapMemoryUsage().getUsed();
        return new Reading(
            facts.rssBytes(), used, NativeMemory.heap().inUseBytes(), LiveHandles.now().total());
      }

      @Override
      public Disturbance disturbance() {
        return facts.disturbance();
      }
    };
  }
}
