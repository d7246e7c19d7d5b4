package io.github.narthex.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.profile.OperatorTable.Grouping;
import io.github.narthex.profile.OperatorTable.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tables of profiles that are made up, so that each number is known. */
class OperatorTableTest {
  private final List<ProfiledEvent> events = new ArrayList<>();

  private void add(
      ProfiledEvent.Kind kind,
      String name,
      long start,
      long duration,
      long thread,
      @Nullable String shapes,
      @Nullable String module,
      long bytes,
      long correlation) {
    events.add(
        new ProfiledEvent(
            kind, name, start, duration, thread, -1, shapes, module, 0, bytes, correlation));
  }

  private void operator(String name, long start, long duration) {
    operator(name, start, duration, 1);
  }

  private void operator(String name, long start, long duration, long thread) {
    add(ProfiledEvent.Kind.OPERATOR, name, start, duration, thread, null, null, 0, 0);
  }

  private void range(String name, long start, long duration) {
    add(ProfiledEvent.Kind.RANGE, name, start, duration, 1, null, null, 0, 0);
  }

  private Row row(Grouping grouping, String name) {
    Collections.shuffle(events, new Random(7)); // they come in no order
    return new Profile(events, 1000, 0)
        .operators(grouping).rows().stream()
            .filter(row -> row.name().equals(name))
            .findFirst()
            .orElseThrow();
  }

  private Row row(String name) {
    return row(Grouping.OPERATOR, name);
  }

  @Test
  void innerOperatorsAreNotOnesOwnTime() {
    operator("conv2d", 0, 100);
    operator("convolution", 10, 80);
    operator("mkldnn", 20, 50);
    assertEquals(20, row("conv2d").selfNanos());
    assertEquals(30, row("convolution").selfNanos());
    assertEquals(80, row("convolution").totalNanos());
    assertEquals(100, new Profile(events, 100, 0).operators().selfNanos());
  }

  @Test
  void overloadThatCallsAnotherIsOneCall() {
    operator("mul", 0, 100);
    operator("mul", 10, 50);
    operator("mul", 200, 10);
    Row row = row("mul");
    assertEquals(2, row.calls());
    assertEquals(110, row.selfNanos());
    assertEquals(110, row.totalNanos());
  }

  @Test
  void operatorThatCallsItselfAmongOthersIsCounted() {
    operator("add", 0, 100);
    operator("add", 10, 20);
    operator("neg", 40, 20);
    Row row = row("add");
    assertEquals(2, row.calls());
    assertEquals(100, row.totalNanos());
    assertEquals(80, row.selfNanos());
  }

  @Test
  void threadsDoNotNest() {
    operator("relu", 0, 100, 1);
    operator("relu", 10, 50, 2);
    Row row = row("relu");
    assertEquals(2, row.calls());
    assertEquals(150, row.selfNanos());
    assertEquals(150, row.totalNanos());
  }

  @Test
  void followersThatBeginWhereOneEndsAreNotInside() {
    operator("a", 0, 50);
    operator("b", 50, 50);
    assertEquals(50, row("a").selfNanos());
    assertEquals(50, row("b").selfNanos());
  }

  @Test
  void memoryIsThatOfTheInnermostOperator() {
    operator("outer", 0, 100);
    operator("inner", 10, 20);
    add(ProfiledEvent.Kind.MEMORY, "[memory]", 15, 0, 1, null, null, 4096, 0);
    add(ProfiledEvent.Kind.MEMORY, "[memory]", 50, 0, 1, null, null, -4096, 0);
    add(ProfiledEvent.Kind.MEMORY, "[memory]", 60, 0, 2, null, null, 64, 0);
    assertEquals(4096, row("inner").takenBytes());
    assertEquals(0, row("outer").takenBytes());
    assertEquals(-4096, row("outer").changeBytes());
  }

  @Test
  void kernelsBelongToTheirOperator() {
    add(ProfiledEvent.Kind.OPERATOR, "mm", 0, 10, 1, null, null, 0, 17);
    events.add(
        new ProfiledEvent(ProfiledEvent.Kind.DEVICE, "gemm", 500, 300, 7, 0, null, null, 0, 0, 17));
    assertEquals(300, row("mm").deviceNanos());
    kernel("gemm", 900, 100);
    kernel("copy", 1000, 50);
    Row gemm = row(Grouping.KERNEL, "gemm");
    assertEquals(2, gemm.calls());
    assertEquals(400, gemm.selfNanos());
    assertEquals(400, gemm.deviceNanos());
    assertEquals(
        List.of("gemm", "copy"),
        new Profile(events, 0, 0)
            .operators(Grouping.KERNEL).rows().stream().map(Row::name).toList());
  }

  private void kernel(String name, long start, long duration) {
    events.add(
        new ProfiledEvent(
            ProfiledEvent.Kind.DEVICE, name, start, duration, 7, 0, null, null, 0, 0, 0));
  }

  @Test
  void memoryOfDevicesIsApart() {
    operator("add", 0, 100);
    add(ProfiledEvent.Kind.MEMORY, "[memory]", 5, 0, 1, null, null, 64, 0);
    for (long bytes : new long[] {4096, -512}) {
      events.add(
          new ProfiledEvent(
              ProfiledEvent.Kind.MEMORY, "[memory]", 20, 0, 1, 0, null, null, 0, bytes, 0));
    }
    Row row = row("add");
    assertEquals(64, row.takenBytes());
    assertEquals(4096, row.deviceTakenBytes());
    assertEquals(3584, row.deviceChangeBytes());
  }

  @Test
  void groups() {
    range("request", 0, 100);
    range("forward", 10, 80);
    add(ProfiledEvent.Kind.OPERATOR, "mm", 20, 30, 1, "[[2, 3]]", "fc1", 0, 0);
    add(ProfiledEvent.Kind.OPERATOR, "mm", 60, 10, 1, "[[4, 5]]", "fc2", 0, 0);
    operator("copy", 200, 5);
    assertEquals(30, row(Grouping.SHAPE, "mm [[2, 3]]").selfNanos());
    assertEquals(10, row(Grouping.MODULE, "fc2").selfNanos());
    assertEquals(5, row(Grouping.MODULE, "(none)").selfNanos());
    Row forward = row(Grouping.RANGE, "request / forward");
    assertEquals(1, forward.calls());
    assertEquals(80, forward.selfNanos());
    assertEquals(80, forward.totalNanos());
    assertEquals(20, row(Grouping.RANGE, "request").selfNanos());
    assertEquals(5, row(Grouping.RANGE, "(none)").selfNanos());
  }

  @Test
  void kernelsOfTheFuserHaveTheNamesOfTheirParts() {
    range("narthex::parts|2 linear+relu|linear", 0, 100);
    operator("LlgaPartition_5", 10, 20);
    operator("LlgaPartition_2", 40, 30);
    operator("LlgaPartition_9", 200, 10);
    assertEquals(20, row("prim::oneDNNFusionGroup[2 linear+relu]").selfNanos());
    assertEquals(30, row("prim::oneDNNFusionGroup[linear]").selfNanos());
    assertEquals(10, row("prim::oneDNNFusionGroup").selfNanos());
    assertEquals(
        60, new Profile(events, 0, 0).operators(Grouping.RANGE).selfNanos(), "no range of its own");
  }

  @Test
  void sorts() {
    operator("long", 0, 100);
    operator("often", 200, 1);
    operator("often", 210, 1);
    OperatorTable table = new Profile(events, 0, 0).operators();
    assertEquals("long", table.rows().getFirst().name());
    List<Row> byCalls = table.sorted(OperatorTable.Order.CALLS, 1).rows();
    assertEquals(1, byCalls.size());
    assertEquals("often", byCalls.getFirst().name());
    assertEquals(2, table.sorted(OperatorTable.Order.CALLS, 0).rows().size());
  }
}
