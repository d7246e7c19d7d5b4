package io.github.narthex.optimize;

import static io.github.narthex.optimize.ProfiledTrials.AMX;
import static io.github.narthex.optimize.ProfiledTrials.PLAIN;
import static io.github.narthex.optimize.ProfiledTrials.trial;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.strategy.Threads;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private static final Trial EAGER =
      trial(
          "eager",
          46,
          "aten::mkldnn_convolution",
          0.78,
          "aten::native_batch_norm",
          0.06,
          "aten::clamp_min_",
          0.12,
          "aten::max_pool2d_with_indices",
          0.01);

  @Test
  void whatFusedKernelsChanged() {
    Trial fused =
        trial(
            "onednn-graph+bf16",
            12,
            "prim::oneDNNFusionGroup[_convolution+relu]",
            0.85,
            "prim::oneDNNFusionGroup[_convolution+add+relu]",
            0.12);
    assertEquals(
        List.of(
            "convolutions were 78 % of eager's time (35.9 of 46 ms); they take 3.08 times less now"
                + " (11.6 ms), through oneDNN Graph's bf16 kernels with AMX-BF16",
            "element-wise operators (12 % of eager's time) are gone: done along with convolutions",
            "batch normalisation (6 % of eager's time) is gone: folded into the convolutions"),
        Explanation.of(EAGER, fused, AMX));
  }

  @Test
  void noInstructionsAreNamedThatTheMachineLacks() {
    Trial fused = trial("onednn-graph+bf16", 12, "prim::oneDNNFusionGroup[_convolution]", 1.0);
    assertEquals(
        "convolutions were 78 % of eager's time (35.9 of 46 ms); they take 2.99 times less now"
            + " (12 ms), through oneDNN Graph's bf16 kernels",
        Explanation.of(EAGER, fused, PLAIN).getFirst());
  }

  /** A frozen model's additions stay, and its convolutions are not faster. */
  @Test
  void whatStaysIsSaidToStay() {
    Trial frozen = trial("freeze", 44, "aten::mkldnn_convolution", 0.82, "aten::clamp_min_", 0.13);
    assertEquals(
        List.of(
            "batch normalisation (6 % of eager's time) is gone: folded into the convolutions",
            "convolutions were 78 % of eager's time (35.9 of 46 ms); they take as long now"
                + " (36.1 ms)",
            "element-wise operators were 12 % of eager's time (5.52 of 46 ms); they take as long"
                + " now (5.72 ms)"),
        Explanation.of(EAGER, frozen, AMX).stream().limit(3).toList());
  }

  @Test
  void whatFewerBitsCostIsSaidToo() {
    Trial eager = trial("eager", 100, "aten::addmm", 0.9, "aten::gelu", 0.1);
    Trial quantised =
        trial(
            "dynamic-int8",
            50,
            "quantized::linear_dynamic",
            0.6,
            "aten::_choose_qparams_per_tensor",
            0.1,
            "aten::gelu",
            0.3);
    assertEquals(
        List.of(
            "matrix products were 90 % of eager's time (90 of 100 ms); they take 3.00 times less"
                + " now (30 ms), through 8-bit integers with AMX-INT8",
            "conversions to and from integers take 10 % now (5 ms), none of eager's time before",
            "element-wise operators were 10 % of eager's time (10 of 100 ms); they take 1.50 times"
                + " as long now (15 ms)"),
        Explanation.of(eager, quantised, AMX));
  }

  @Test
  void recurrentLayersOfIntegers() {
    Trial eager = trial("eager", 10, "aten::mkldnn_rnn_layer", 1.0);
    Trial quantised = trial("dynamic-int8", 4, "aten::quantized_lstm", 1.0);
    assertEquals(
        List.of(
            "recurrent layers were 100 % of eager's time (10 of 10 ms); they take 2.50 times less"
                + " now (4 ms), through 8-bit integers"),
        Explanation.of(eager, quantised, PLAIN));
  }

  @Test
  void packedLayersTakeWhatFollowsAlong() {
    Trial packed =
        trial(
            "prepack",
            30,
            "mkldnn::_convolution_pointwise",
            0.9,
            "mkldnn::_convolution_pointwise_binary",
            0.05,
            "narthex::packed_layer",
            0.05);
    assertEquals(
        List.of(
            "convolutions were 78 % of eager's time (35.9 of 46 ms); they take 1.26 times less now"
                + " (28.5 ms), through oneDNN's kernels on prepacked weights",
            "element-wise operators (12 % of eager's time) are gone: done along with convolutions"
                + " and matrix products",
            "batch normalisation (6 % of eager's time) is gone: folded into the convolutions",
            "fused groups take 5 % now (1.5 ms), none of eager's time before"),
        Explanation.of(EAGER, packed, AMX));
  }

  @Test
  void productsThatBecameAttention() {
    Trial eager = trial("eager", 10, "aten::addmm", 0.8, "aten::bmm", 0.1, "aten::_softmax", 0.1);
    Trial fused =
        trial(
            "onednn-graph",
            6,
            "prim::oneDNNFusionGroup[linear]",
            0.8,
            "prim::oneDNNFusionGroup[2 matmul+softmax]",
            0.2);
    assertEquals(
        List.of(
            "matrix products were 90 % of eager's time (9 of 10 ms); they take 1.87 times less now"
                + " (4.8 ms), through oneDNN Graph's kernels",
            "softmax (10 % of eager's time) is gone: done along with attention",
            "attention takes 20 % now (1.2 ms), none of eager's time before: products and softmax"
                + " in one kernel"),
        Explanation.of(eager, fused, AMX));
  }

  /** Without knowledge of where it went, none is made up. */
  @Test
  void whatIsGoneForUnknownReasons() {
    Trial eager = trial("eager", 10, "aten::addmm", 0.5, "aten::native_layer_norm", 0.5);
    Trial other = trial("freeze", 5, "aten::addmm", 1.0);
    assertEquals(
        "layer normalisation (50 % of eager's time) is gone",
        Explanation.of(eager, other, AMX).getFirst());
  }

  @Test
  void timesAreOfOneItemWhereBatchesDiffer() {
    Trial batches =
        trial(
            new Candidate("eager", new Threads(1, 2), 4),
            92,
            Disturbance.NONE,
            "aten::mkldnn_convolution",
            1.0);
    List<String> sentences = Explanation.of(EAGER, batches, AMX);
    assertEquals("times are of one item: batches are of 4 instead of 1", sentences.get(0));
    assertEquals("it runs on 1x2 threads (threads x callers) instead of 1", sentences.get(1));
    assertEquals(
        "convolutions were 78 % of eager's time (35.9 of 46 ms); they take 1.56 times less now"
            + " (23 ms), through oneDNN's kernels",
        sentences.get(2));
  }

  @Test
  void nothingWithoutAProfile() {
    Trial bare =
        new Trial(
            new Candidate("freeze", Threads.of(1), 1),
            EAGER.measurement(),
            null,
            List.of(),
            "",
            true);
    assertEquals(List.of(), Explanation.of(EAGER, bare, AMX));
    assertEquals(List.of(), Explanation.of(bare, EAGER, AMX));
    assertEquals(List.of(), Explanation.of(EAGER, EAGER, AMX));
  }
}
