package io.github.narthex;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** Threads that wait for devices; they end when there has been nothing to wait for. */
final class DeviceWaits {
  static final Executor THREADS =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().name("narthex-device-", 0).factory());

  private DeviceWaits() {}
}
