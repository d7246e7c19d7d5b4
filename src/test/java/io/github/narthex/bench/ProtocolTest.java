package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.narthex.load.Arrivals;
import io.github.narthex.load.Load;
import io.github.narthex.load.Outcome;
import io.github.narthex.load.Plan;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProtocolTest {
  private final Protocol protocol = new Protocol();

  @Test
  void requestsComeThrough() {
    for (Protocol.Request request :
        List.of(
            new Protocol.Prepare(
                "m.pt",
                List.of("runners=2"),
                List.of("1x3:float32"),
                null,
                2,
                3,
                -4,
                16,
                "/tmp/d",
                true,
                List.of()),
            new Protocol.Prepare(
                "m.pt", List.of(), List.of(), "data", 2, 3, -4, 16, "/tmp/d", true, List.of()),
            new Protocol.Load(
                "m \"x\"\n.pt",
                List.of("model=x", "force"),
                List.of("a.npy"),
                List.of(new Protocol.Argument("x", "float32")),
                "freeze+bf16",
                List.of(List.of("b.npy"), List.of("c.npy")),
                2,
                3),
            new Protocol.WarmUp(2, Long.MAX_VALUE, 3_000_000_000L),
            new Protocol.Run(2, 3, 20_000, Long.MAX_VALUE),
            new Protocol.Profile(30),
            new Protocol.Outputs(List.of(List.of("a"), List.of("b", "c")), "d"),
            new Protocol.Hold(List.of(List.of("a"), List.of("b", "c"))),
            Protocol.Drive.of(new Plan.Closed(3, 4)),
            Protocol.Drive.of(new Plan.Open(2.5, Arrivals.POISSON, 5, -6)),
            Protocol.Drive.of(new Plan.Queries(8, Long.MAX_VALUE, 9)))) {
      String line = protocol.encode(request);
      assertFalse(line.contains("\n"), line);
      assertEquals(request, protocol.request(line));
    }
  }

  @Test
  void repliesComeThrough() {
    for (Protocol.Reply reply :
        List.of(
            prepared(null, List.of()),
            prepared(new Workload.Data("data", 2000, 1000, true), List.of(3, 0)),
            new Protocol.Loaded(1, 2, List.of("fc stays")),
            new Protocol.WarmedUp(9, true, 4.5e7),
            new Protocol.Profiled(List.of(new OperatorShare("aten::mm", 2, 0.25, 0.5)), 500_000.5),
            new Protocol.Written(List.of(List.of("o.npy"))),
            new Protocol.Saved(4_000_000_000L),
            new Protocol.Held(7),
            new Protocol.Driven(outcome(), Disturbance.NONE),
            new Protocol.Failure(Status.UNSUPPORTED, "UnsupportedException", "no bf16", "a\nb"))) {
      Protocol.Answer answer = new Protocol.Answer(reply, new PeakMemory(123, 45));
      assertEquals(answer, protocol.answer(protocol.encode(answer)));
    }
  }

  @Test
  void aPlanComesThrough() {
    for (Plan plan :
        List.of(
            new Plan.Closed(3, 4),
            new Plan.Open(2.5, Arrivals.CONSTANT, 5, 6),
            new Plan.Queries(8, 1, 9))) {
      Protocol.Drive drive =
          assertInstanceOf(
              Protocol.Drive.class, protocol.request(protocol.encode(Protocol.Drive.of(plan))));
      assertEquals(plan, drive.plan());
    }
  }

  private static Outcome outcome() {
    Load load = Load.startingAt(new Plan.Queries(8, 3, Long.MAX_VALUE), 1, System.nanoTime());
    load.serve(0, (server, request) -> {});
    return load.outcome();
  }

  private static Protocol.Prepared prepared(Workload.@Nullable Data data, List<Integer> labels) {
    return new Protocol.Prepared(
        "m.pt",
        new ModelInfo("m", "torchscript", 25_557_032, 102_228_128, 102_500_000, true, false, false),
        List.of("aten::conv2d"),
        List.of("1x3:float32"),
        1,
        List.of("a.npy"),
        List.of(List.of("a.npy"), List.of("b.npy")),
        List.of(new Protocol.Argument("x", "float32")),
        data,
        labels,
        "2.15.0");
  }

  @Test
  void samplesComeThrough() {
    Protocol.Ran ran = new Protocol.Ran(new long[] {1, 2, 3}, new Disturbance(1, 2, 3, 4, 5, 6, 7));
    Protocol.Answer answer =
        protocol.answer(protocol.encode(new Protocol.Answer(ran, new PeakMemory(0, 0))));
    assertNotNull(answer);
    Protocol.Ran back = (Protocol.Ran) answer.reply();
    assertArrayEquals(ran.nanos(), back.nanos());
    assertEquals(ran.disturbance(), back.disturbance());
  }

  @Test
  void notFiniteMedianComesThrough() {
    Protocol.Answer answer =
        new Protocol.Answer(new Protocol.WarmedUp(1, false, Double.NaN), PeakMemory.NONE);
    assertEquals(answer, protocol.answer(protocol.encode(answer)));
  }

  @Test
  void whatNativeCodePrintsIsNoMessage() {
    assertNull(protocol.answer(""));
    assertNull(protocol.answer("dnnl_verbose,v1,info,cpu"));
    assertNull(protocol.answer("{\"type\":\"loaded\"}"));
  }

  @Test
  void messageBehindAnUnfinishedLineIsFound() {
    Protocol.Answer answer =
        new Protocol.Answer(new Protocol.Loaded(1, 2, List.of()), new PeakMemory(3, 0));
    assertEquals(answer, protocol.answer("50 % done" + protocol.encode(answer)));
  }
}
