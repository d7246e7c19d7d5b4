package io.github.narthex.profile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Names of the kernels of the oneDNN Graph fuser. libtorch numbers them; the shim runs them in a
 * range whose name says what they are, in their order.
 */
final class FusedNames {
  private static final String KERNEL = "LlgaPartition_";
  private static final String PARTS = "narthex::parts|";
  private static final String GROUP = "prim::oneDNNFusionGroup";

  private final IdentityHashMap<ProfiledEvent, String> names = new IdentityHashMap<>();

  /**
   * Finds the names.
   *
   * @param events of one thread, in the order of their starts
   */
  FusedNames(List<ProfiledEvent> events) {
    for (int i = 0; i < events.size(); i++) {
      ProfiledEvent parts = events.get(i);
      if (isParts(parts)) {
        name(parts, events.subList(i + 1, events.size()));
      }
    }
  }

  private void name(ProfiledEvent parts, List<ProfiledEvent> later) {
    List<ProfiledEvent> kernels = new ArrayList<>();
    for (ProfiledEvent event : later) {
      if (event.startNanos() >= parts.endNanos()) {
        break;
      }
      if (event.name().startsWith(KERNEL)) {
        kernels.add(event);
      }
    }
    List<String> texts = Arrays.asList(parts.name().substring(PARTS.length()).split("\\|", -1));
    if (texts.size() == kernels.size()) {
      for (int i = 0; i < texts.size(); i++) {
        names.put(kernels.get(i), GROUP + "[" + texts.get(i) + "]");
      }
    }
  }

  /** Whether it is a range of the shim's, and none that a caller has named. */
  static boolean isParts(ProfiledEvent event) {
    return event.kind() == ProfiledEvent.Kind.RANGE && event.name().startsWith(PARTS);
  }

  /** What people call the event. */
  String nameOf(ProfiledEvent event) {
    String known = names.get(event);
    if (known != null) {
      return known;
    }
    return event.name().startsWith(KERNEL) ? GROUP : event.name();
  }
}
