package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {
  private static final String ALL =
      Arrays.stream(Strategy.values()).map(Strategy::toString).collect(Collectors.joining(", "));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eager",
        "grad",
        "no-grad",
        "freeze",
        "optimize-for-inference",
        "onednn-graph",
        "bf16",
        "channels-last",
        "onednn-graph+bf16+channels-last",
        "no-grad+freeze",
        "grad+bf16+channels-last",
        "bf16-mixed:keep=layer4.*/fc+channels-last",
      })
  void parsesWhatItPrints(String text) {
    assertEquals(text, Recipe.parse(text).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "channels-last+bf16+onednn-graph, onednn-graph+bf16+channels-last",
    "freeze+onednn-graph, onednn-graph",
    "optimize-for-inference+freeze, optimize-for-inference",
    "' bf16 + freeze ', freeze+bf16",
    "freeze+bf16-mixed, bf16-mixed",
    "tf32, gpu+tf32",
    "cudnn-benchmark+tf32, gpu+tf32+cudnn-benchmark",
    "tf32+gpu:index=1, gpu:index=1+tf32",
  })
  void normalises(String text, String canonical) {
    assertEquals(canonical, Recipe.parse(text).toString());
    assertEquals(Recipe.parse(canonical), Recipe.parse(text));
    assertEquals(Recipe.parse(canonical).hashCode(), Recipe.parse(text).hashCode());
  }

  @Test
  void isTheBaselineWithoutStrategies() {
    assertEquals(Recipe.EAGER, Recipe.of());
    assertEquals(List.of(Strategy.EAGER), Recipe.EAGER.strategies());
  }

  @Test
  void hasWhatIsImplied() {
    assertTrue(Recipe.parse("onednn-graph").has(Strategy.FREEZE));
    assertFalse(Recipe.parse("bf16").has(Strategy.FREEZE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\" | 1 | expected the name of a strategy, found nothing; known are ALL",
        "freeze+ | 8 | expected the name of a strategy, found nothing; known are ALL",
        "freeze++bf16 | 8 | expected the name of a strategy, found nothing; known are ALL",
        "bf16+frezze | 6 | there is no strategy 'frezze' (did you mean 'freeze'?); known are ALL",
        "FREEZE | 1 | there is no strategy 'FREEZE'; known are ALL",
        "tensorrt | 1 | there is no strategy 'tensorrt'; known are ALL",
        "bf16+freeze:level=3 | 13 | 'freeze' takes no key 'level'",
        "bf16: | 6 | 'bf16' takes no key ''",
        "bf16-mixed:keeep=fc | 12 | 'bf16-mixed' takes no key 'keeep', but keep, max-error",
        "bf16-mixed:keep | 12 | 'keep=': expected names of layers, separated by slashes, such as"
            + " layer4.*/fc",
        "bf16-mixed:keep=a:keep=b | 19 | 'keep' is there twice",
        "bf16+bf16-mixed | 1 | bf16 and bf16-mixed do not go together: bf16-mixed starts from a"
            + " model in float32",
        "bf16+dynamic-int8 | 1 | bf16 and dynamic-int8 do not go together: dynamic-int8 starts from"
            + " a model in float32",
        "dynamic-int8+weight-int4 | 1 | dynamic-int8 and weight-int4 do not go together: a layer's"
            + " weights are quantised in one way",
        "dynamic-int8:engine=gemmlowp | 14 | 'engine=gemmlowp': expected auto, x86, onednn, fbgemm"
            + " or qnnpack",
        "bf16+freeze+bf16 | 13 | 'bf16' is there twice",
        "grad+no-grad | 1 | grad and no-grad do not go together: one turns gradients on and the"
            + " other off",
        "freeze+eager | 1 | eager and freeze do not go together: eager is the model as loaded;"
            + " leave it out to get freeze",
        "onednn-graph+grad | 1 | grad and onednn-graph do not go together: onednn-graph turns"
            + " parameters into constants, which have no gradient",
        "prepack+tf32 | 1 | prepack and gpu do not go together: prepack is for the CPU",
        "cudagraphs+flush-denormals | 1 | flush-denormals and gpu do not go together:"
            + " flush-denormals is for the CPU",
        "onednn-graph+optimize-for-inference | 1 | optimize-for-inference and onednn-graph do not"
            + " go together: both rewrite the frozen graph, and not into what the other one"
            + " expects",
      })
  void saysWhatIsWrong(String text, int position, String reason) {
    var e = assertThrows(IllegalArgumentException.class, () -> Recipe.parse(text));
    assertEquals(
        "bad recipe '%s' at position %d: %s".formatted(text, position, reason.replace("ALL", ALL)),
        e.getMessage());
  }

  @Test
  void readsLists() {
    assertEquals(
        List.of(Recipe.EAGER, Recipe.parse("freeze+bf16")), Recipe.parseList("eager, bf16+freeze"));
    assertEquals(Recipe.curated(), Recipe.parseList("all"));
    assertEquals(Recipe.curated().size() + 1, Recipe.parseList("all,bf16").size());
    assertEquals(Recipe.curated().size(), Recipe.parseList("eager,all").size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "eager,,freeze | '' | 1 | expected the name of a strategy, found nothing",
        "eager, | '' | 1 | expected the name of a strategy, found nothing",
        "eager, bf16+frezee | bf16+frezee | 6 | there is no strategy 'frezee' (did you mean",
        "bf16+freeze,freeze+bf16 | freeze+bf16 | 1 | the recipe 'freeze+bf16' is there twice",
        "eager,grad+no-grad | grad+no-grad | 1 | grad and no-grad do not go together",
      })
  void saysWhatIsWrongInAList(String text, String recipe, int position, String reason) {
    var e = assertThrows(IllegalArgumentException.class, () -> Recipe.parseList(text));
    String message = String.valueOf(e.getMessage());
    String start = "bad recipe '%s' at position %d: %s".formatted(recipe, position, reason);
    assertTrue(message.startsWith(start), message);
  }

  @Test
  void theCuratedSetStartsWithTheBaselineAndHasNothingTwice() {
    assertEquals(Recipe.EAGER, Recipe.curated().getFirst());
    assertEquals(Recipe.curated().size(), new HashSet<>(Recipe.curated()).size());
  }

  @Test
  void everySumOfThreeStrategiesIsRefusedOrRoundTrips() {
    Strategy[] all = Strategy.values();
    int good = 0;
    for (Strategy a : all) {
      for (Strategy b : all) {
        for (Strategy c : all) {
          try {
            Recipe recipe = Recipe.parse("%s+%s+%s".formatted(a, b, c));
            assertEquals(recipe, Recipe.parse(recipe.toString()));
            good++;
          } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            assertTrue(message.matches(".*( do not go together: |is there twice).*"), message);
          }
        }
      }
    }
    assertTrue(good > 20, "accepted sums: " + good);
  }

  @Test
  void knowsWhatAMachineCannotDo() {
    Machine old = new Machine("amd64", "a processor", Set.of("avx2"));
    Machine zen4 = new Machine("amd64", "a processor", Set.of("avx2", "avx512_bf16"));
    Machine arm = new Machine("aarch64", "a processor", Set.of());
    Recipe recipe = Recipe.parse("onednn-graph+bf16");
    assertEquals(Optional.empty(), recipe.obstacle(old));
    assertEquals(
        Optional.of("this CPU has no avx512_bf16 or amx_bf16: bf16 works here, but slowly"),
        recipe.caution(old));
    assertEquals(Optional.empty(), recipe.caution(zen4));
    assertEquals(
        Optional.of("this CPU has no avx512_vnni or amx_int8: static-int8 works here, but slowly"),
        Recipe.parse("static-int8").caution(zen4));
    assertEquals(Optional.empty(), Recipe.parse("fp16").caution(arm), "nothing is known of it");
    assertEquals(
        Optional.of("libtorch has oneDNN Graph for x86-64 only, and this is aarch64"),
        recipe.obstacle(arm));
    assertEquals(Optional.empty(), Recipe.EAGER.obstacle(arm));
  }

  @Test
  void knowsThisMachine() {
    assertTrue(Machine.current().isX86());
    assertTrue(Machine.current().hasCpuFlag("sse2"));
  }

  @ParameterizedTest
  @EnumSource
  void saysOfEachStrategyWhatItIs(Strategy strategy) {
    for (String line : List.of(strategy.summary(), strategy.needs(), strategy.cost())) {
      assertFalse(line.isBlank());
      assertEquals(1, line.lines().count());
    }
  }
}
