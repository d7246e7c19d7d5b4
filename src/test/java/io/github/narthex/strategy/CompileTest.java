package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.Generator;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.NarthexException;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.io.MadeSamples;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compiling with a backend, with the next one, and with whichever is the fastest. */
@ExtendWith(LeakCheck.class)
class CompileTest {
  private final Arena arena = Arena.ofConfined();

  @BeforeEach
  void onX86() {
    assumeTrue(Machine.current().isX86(), "oneDNN Graph is there for x86-64 only");
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private Model script(String source) {
    return Model.script(arena, source).eval(arena);
  }

  /** A product that oneDNN compiles, and a sum along a line that it does not. */
  private Model partly() {
    return script(
        """
        def forward(self, x: Tensor) -> Tensor:
            return torch.cumsum(torch.relu(torch.matmul(x, x)), 0)
        """);
  }

  private static Samples random(String name, long... sizes) {
    return new MadeSamples(
        2,
        name,
        (arena, index) ->
            Value.of(
                Tensors.randn(
                    arena, DType.FLOAT32, Shape.of(sizes), Generator.seeded(arena, index))));
  }

  private Model convnet() {
    return Model.load(arena, Fixtures.path("models/convnet.pt"));
  }

  private Samples images() {
    String name = convnet().methods().getFirst().arguments().getFirst().name();
    return random(name, 2, 3, 32, 32);
  }

  private Applied apply(String recipe, Model model, Samples samples) {
    return Recipe.parse(recipe).apply(arena, model, samples);
  }

  @Test
  void whatWasCompiledIsTold() {
    Model net = convnet();
    Applied applied = apply("compile", net, images());
    assertEquals(1, applied.notes().size());
    String note = applied.notes().getFirst();
    assertTrue(
        note.matches(
            "compiled for float32\\[2, 3, 32, 32] and \\d+ threads in \\d+ ms: \\d+ operators in"
                + " \\d+ kernels.*"),
        note);
    var made = applied.model().compilations();
    assertEquals(1, made.size(), "the sample's shape is compiled");
    assertTrue(made.getFirst().parts() > 0);
    assertTrue(made.getFirst().compiled() >= made.getFirst().parts());
    Tensor image = images().sample(arena, 1).firstEntry().getValue().tensor();
    assertArrayEquals(
        net.forward(arena, image).toFloatArray(),
        applied.model().forward(arena, image).toFloatArray(),
        1e-4f);
    assertEquals(1, applied.model().compilations().size(), "and not compiled again");
  }

  @Test
  void whatStaysOutsideIsTold() {
    Applied applied = apply("compile", partly(), random("x", 32, 32));
    assertEquals(
        java.util.Map.of("aten::cumsum", 1L), applied.model().compilations().getFirst().others());
    assertTrue(
        applied.notes().getFirst().endsWith("; outside of them 1: aten::cumsum"),
        applied.notes()::toString);
  }

  @Test
  void fullgraphLeavesNothingOutside() {
    var e =
        assertThrows(
            UnsupportedException.class,
            () -> apply("compile:fullgraph=true", partly(), random("x", 32, 32)));
    assertEquals(
        "fullgraph=true: 1 operators stay outside of what oneDNN Graph compiles: aten::cumsum",
        e.getMessage());
    Model product =
        script(
            """
            def forward(self, x: Tensor) -> Tensor:
                return torch.relu(torch.matmul(x, x))
            """);
    Applied applied = apply("compile:fullgraph=true", product, random("x", 32, 32));
    assertEquals(1, applied.model().compilations().getFirst().parts());
  }

  @Test
  void theNextBackendIsUsedAndTheReasonTold() {
    Model sum =
        script(
            """
            def forward(self, x: Tensor) -> Tensor:
                return torch.cumsum(x, 0)
            """);
    Applied applied = apply("compile", sum, random("x", 32, 32));
    assertEquals(
        List.of(
            "onednn is not used, but torchscript: oneDNN Graph finds nothing in it that it could"
                + " compile, such as float32 or bfloat16 convolutions and matrix products"),
        applied.notes());
    assertEquals(List.of(), applied.model().compilations());
    assertThrows(
        UnsupportedException.class,
        () -> apply("compile:fullgraph=true", sum, random("x", 32, 32)));
  }

  @Test
  void oneCodeForAllShapesIsNotOneDnnGraph() {
    Applied applied = apply("compile:dynamic=true", convnet(), images());
    assertEquals(1, applied.notes().size());
    assertTrue(applied.notes().getFirst().startsWith("onednn is not used, but torchscript: "));
    assertEquals(List.of(), applied.model().compilations());
    assertTrue(applied.model().parameters().isEmpty(), "frozen");
  }

  @Test
  void otherBackends() {
    Model net = convnet();
    assertTrue(apply("compile:backend=torchscript", net, images()).model().parameters().isEmpty());
    assertFalse(apply("compile:backend=eager", net, images()).model().parameters().isEmpty());
  }

  @Test
  void withoutSamplesItIsCompiledByItsFirstCalls() {
    Applied applied = Recipe.parse("compile").apply(arena, convnet());
    assertEquals(List.of(), applied.notes());
    Tensor image = images().sample(arena, 0).firstEntry().getValue().tensor();
    applied.model().forward(arena, image);
    applied.model().forward(arena, image);
    assertEquals(1, applied.model().compilations().size());
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Recipe.parse("compile:mode=max-autotune").applyTo(arena, convnet()));
    assertEquals("mode=max-autotune needs a sample to try variants with", e.getMessage());
  }

  @Test
  void theFastestThatAgreesIsKept() {
    Model net = convnet();
    Samples images = images();
    Applied applied = apply("compile:mode=max-autotune:max-error=0.02:cache=off", net, images);
    String last = applied.notes().getLast();
    assertTrue(last.startsWith("chosen: "), last);
    Recipe chosen = Recipe.parse(last.substring("chosen: ".length()));
    assertEquals(chosen, applied.recipe());
    assertTrue(
        applied.notes().stream().anyMatch(note -> note.matches("freeze: [\\d.]+ times as fast .*")),
        applied.notes()::toString);
    Answers answers = new Answers(arena, images, true);
    answers.expect(net, 0);
    answers.expect(net, 1);
    assertTrue(answers.error(applied.model(), 2) <= 0.02, chosen::toString);
  }

  @Test
  void sixteenBitsAreNotTriedWhereTheyCanNotAgree() {
    Applied applied = apply("compile:mode=max-autotune:cache=off", convnet(), images());
    assertTrue(applied.notes().size() > 2);
    assertTrue(applied.notes().stream().noneMatch(note -> note.contains("bf16")));
    Applied fixed =
        apply("bf16-mixed+compile:mode=max-autotune:max-error=0.5:cache=off", convnet(), images());
    assertTrue(fixed.notes().stream().noneMatch(note -> note.contains("bf16")));
    assertTrue(fixed.recipe().has(Strategy.BF16_MIXED), "what was asked for besides stays");
    assertFalse(fixed.recipe().has(Strategy.COMPILE), "what was chosen is there instead");
  }

  @Test
  void aModelThatNeverAgreesStaysAsItIs() {
    Model noise =
        script(
            """
            def forward(self, x: Tensor) -> Tensor:
                return torch.matmul(x, x) + torch.rand_like(x) * 100
            """);
    Applied applied = apply("compile:mode=max-autotune:cache=off", noise, random("x", 8, 8));
    assertEquals("chosen: eager", applied.notes().getLast());
  }

  @Test
  void badSamplesAreNotTheBackendsFault() {
    assertThrows(NarthexException.class, () -> apply("compile", convnet(), random("x", 2, 7)));
  }

  @Test
  void whatMakesNoSense() {
    assertEquals(
        "mode=reduce-overhead replays what a backend has recorded, as CUDA graphs are;"
            + " backend=onednn records nothing",
        Recipe.parse("compile:mode=reduce-overhead").obstacle(Machine.current()).orElseThrow());
    for (String wrong :
        List.of(
            "compile:max-error=0.1",
            "compile+onednn-graph",
            "compile+optimize-for-inference",
            "compile:backend=inductor",
            "threads:intra=2:instances=2")) {
      assertThrows(IllegalArgumentException.class, () -> Recipe.parse(wrong), wrong);
    }
  }

  @Test
  void threadsAreThoseOfTheRecipe() {
    Model one = Recipe.parse("freeze+threads:intra=1:instances=2").applyTo(arena, convnet());
    assertEquals(1, one.threads());
    assertEquals(new Threads(1, 2), Recipe.parse("threads:instances=2").threads().orElseThrow());
    assertEquals(new Threads(3, 1), Recipe.parse("threads:intra=3").threads().orElseThrow());
    ThreadPlanner planner = ThreadPlanner.ofThisProcess(0);
    assertEquals(
        planner.forThroughput(), Recipe.parse("threads:goal=throughput").threads().orElseThrow());
    assertTrue(Recipe.EAGER.threads().isEmpty());
  }
}
