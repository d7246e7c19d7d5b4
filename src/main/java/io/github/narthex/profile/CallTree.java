package io.github.narthex.profile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which operators and ranges ran inside which others, and what is each one's own. */
final class CallTree {
  /** An operator or a range. */
  static final class Node {
    private final ProfiledEvent event;
    private final String name;
    private final @Nullable Node parent;
    private final List<Node> children = new ArrayList<>();
    private long takenBytes;
    private long changeBytes;
    private long deviceTakenBytes;
    private long deviceChangeBytes;

    private Node(ProfiledEvent event, String name, @Nullable Node parent) {
      this.event = event;
      this.name = name;
      this.parent = parent;
    }

    ProfiledEvent event() {
      return event;
    }

    String name() {
      return name;
    }

    @Nullable Node parent() {
      return parent;
    }

    boolean isRange() {
      return event.kind() == ProfiledEvent.Kind.RANGE;
    }

    /** The time in it without that in operators and ranges inside of it. */
    long selfNanos() {
      long inner = children.stream().mapToLong(child -> child.event.durationNanos()).sum();
      return Math.max(0, event.durationNanos() - inner);
    }

    /** Of its own: an operator that is counted is counted with all that it calls. */
    long flops() {
      for (Node outer = parent; outer != null; outer = outer.parent) {
        if (outer.event.flops() != 0) {
          return 0;
        }
      }
      return event.flops();
    }

    /** Memory of the host that it took itself. */
    long takenBytes() {
      return takenBytes;
    }

    /** Memory of the host that it took itself without what it gave back. */
    long changeBytes() {
      return changeBytes;
    }

    /** Memory of devices that it took itself. */
    long deviceTakenBytes() {
      return deviceTakenBytes;
    }

    /** Memory of devices that it took itself without what it gave back. */
    long deviceChangeBytes() {
      return deviceChangeBytes;
    }

    private void takes(ProfiledEvent memory) {
      long taken = Math.max(0, memory.bytes());
      if (memory.deviceIndex() < 0) {
        takenBytes += taken;
        changeBytes += memory.bytes();
      } else {
        deviceTakenBytes += taken;
        deviceChangeBytes += memory.bytes();
      }
    }

    /** An overload that does nothing but call another one of its operator: they are one call. */
    boolean isCalledByItsOverload() {
      return parent != null && parent.children.size() == 1 && parent.name.equals(name);
    }
  }

  /** Before the memory that is taken at the same moment; the outer one of two first. */
  private static final Comparator<ProfiledEvent> ORDER =
      Comparator.comparingLong(ProfiledEvent::startNanos)
          .thenComparing(event -> event.kind() == ProfiledEvent.Kind.MEMORY)
          .thenComparing(Comparator.comparingLong(ProfiledEvent::durationNanos).reversed());

  private final List<Node> nodes = new ArrayList<>();

  private CallTree() {}

  static CallTree of(List<ProfiledEvent> events) {
    Map<Long, List<ProfiledEvent>> threads = new TreeMap<>();
    for (ProfiledEvent event : events) {
      switch (event.kind()) {
        case OPERATOR, RANGE, MEMORY ->
            threads.computeIfAbsent(event.thread(), _ -> new ArrayList<>()).add(event);
        case DEVICE, OTHER -> {}
      }
    }
    CallTree tree = new CallTree();
    for (List<ProfiledEvent> ofThread : threads.values()) {
      ofThread.sort(ORDER);
      tree.add(ofThread);
    }
    return tree;
  }

  /** All operators and ranges: of each thread from the first on, each before what is inside. */
  List<Node> nodes() {
    return nodes;
  }

  private void add(List<ProfiledEvent> events) {
    FusedNames names = new FusedNames(events);
    Deque<Node> open = new ArrayDeque<>();
    for (ProfiledEvent event : events) {
      if (FusedNames.isParts(event)) {
        continue;
      }
      while (!open.isEmpty() && open.getLast().event.endNanos() <= event.startNanos()) {
        open.removeLast();
      }
      Node parent = open.peekLast();
      if (event.kind() == ProfiledEvent.Kind.MEMORY) {
        if (parent != null) {
          parent.takes(event);
        }
        continue;
      }
      Node node = new Node(event, names.nameOf(event), parent);
      if (parent != null) {
        parent.children.add(node);
      }
      nodes.add(node);
      open.addLast(node);
    }
  }
}
