package io.github.narthex.optimize;

import static io.github.narthex.optimize.ProfiledTrials.AMX;
import static io.github.narthex.optimize.ProfiledTrials.PLAIN;
import static io.github.narthex.optimize.ProfiledTrials.SAMPLES;
import static io.github.narthex.optimize.ProfiledTrials.environment;
import static io.github.narthex.optimize.ProfiledTrials.task;
import static io.github.narthex.optimize.ProfiledTrials.trial;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each rule speaks where there is evidence for it, and is silent where there is none. */
class AdviceTest {
  private static final OptimizeTask LATENCY = task(Goal.LATENCY, "data");

  /** Nothing is wrong with this one. */
  private static final Trial FINE =
      trial("onednn-graph", 10, "prim::oneDNNFusionGroup[_convolution+relu]", 0.95);

  private static List<String> advice(Trial chosen, Trial... others) {
    return advice(LATENCY, PLAIN, chosen, others);
  }

  private static List<String> advice(
      OptimizeTask task, Machine machine, Trial chosen, Trial... others) {
    List<Trial> trials = new ArrayList<>(List.of(others));
    trials.add(chosen);
    return Advice.of(task, environment(2), machine, trials, chosen);
  }

  private static Trial disturbed(Disturbance disturbance) {
    return trial(
        new Candidate("onednn-graph", Threads.of(1), 1),
        10,
        disturbance,
        "prim::oneDNNFusionGroup[_convolution+relu]",
        1.0);
  }

  @Test
  void nothingToSay() {
    assertEquals(List.of(), advice(FINE));
  }

  @Test
  void throttled() {
    double timedMs = 10 * SAMPLES;
    assertEquals(
        List.of(
            "the CPU quota held forwards back for 20 % of the time: measure with a higher quota, or"
                + " with fewer threads than it allows"),
        advice(disturbed(new Disturbance(0, 0.2 * timedMs, 0, 0))));
    assertEquals(List.of(), advice(disturbed(new Disturbance(0, 0.01 * timedMs, 0, 0))));
  }

  /** Four processors: a fifth of their time is eight tenths of one's. */
  @Test
  void othersWork() {
    double timedMs = 10 * SAMPLES;
    assertEquals(
        List.of(
            "other processes, or other virtual machines, took 20 % of the processors' time: measure"
                + " again on a quiet machine"),
        advice(disturbed(new Disturbance(0, 0, 0.3 * timedMs, 0.5 * timedMs))));
    assertEquals(List.of(), advice(disturbed(new Disturbance(0, 0, 0, 0.1 * timedMs))));
  }

  @Test
  void hyperThreads() {
    Trial crowded =
        trial(
            new Candidate("onednn-graph", Threads.of(4), 1),
            10,
            Disturbance.NONE,
            "prim::oneDNNFusionGroup[_convolution+relu]",
            1.0);
    assertEquals(
        List.of(
            "4 threads share 2 cores: products gain nothing by a second thread on a core, so try"
                + " --threads 2"),
        advice(crowded));
  }

  @Test
  void tinyForward() {
    assertEquals(
        List.of(
            "a forward takes 0.03 ms: what is around it (reading, copying in and out, the network)"
                + " decides how fast the program is"),
        advice(trial("eager", 0.03, "aten::addmm", 0.9)));
  }

  @Test
  void callsCostMuch() {
    Trial small = trial("eager", 2, "aten::addmm", 0.6, "aten::t", 0.1);
    String found = "40 % of a forward is not computing but calls, views and the interpreter: ";
    assertEquals(
        List.of(
            found
                + "strategies that fuse operators (onednn-graph, prepack) save calls, larger"
                + " batches share them out"),
        advice(small));
    assertEquals(
        List.of(found + "larger batches share that out"),
        advice(task(Goal.THROUGHPUT, "data"), PLAIN, small));
    assertEquals(
        List.of(
            found + "only fewer and larger operators in the model, or larger batches, save that"),
        advice(trial("prepack", 2, "mkldnn::_linear_pointwise", 0.6)));
    Trial batch =
        trial(new Candidate("eager", Threads.of(1), 8), 2, Disturbance.NONE, "aten::addmm", 0.6);
    assertEquals(List.of(), advice(batch));
  }

  @Test
  void conversions() {
    Trial copying = trial("freeze", 10, "aten::mkldnn_convolution", 0.7, "aten::copy_", 0.2);
    String found = "20 % of a forward brings tensors into other dtypes and layouts: ";
    assertEquals(
        List.of(found + "try channels-last, with which convolutions need fewer of them"),
        advice(copying));
    Trial laidOut = trial("freeze+channels-last", 10, "aten::mkldnn_convolution", 0.95);
    assertEquals(
        List.of(found + "try prepack, which keeps weights in the layout of the kernels"),
        advice(copying, laidOut));
    assertEquals(
        List.of(
            found + "look in the model for transposes, permutes and casts that undo each other"),
        advice(copying, laidOut, trial("prepack", 10, "aten::mkldnn_convolution", 0.95)));
    assertEquals(
        List.of(),
        advice(trial("freeze", 10, "aten::mkldnn_convolution", 0.8, "aten::copy_", 0.1)));
  }

  @Test
  void elementwise() {
    Trial pointwise = trial("freeze", 10, "aten::addmm", 0.6, "aten::gelu", 0.3);
    String found = "30 % of a forward goes into element-wise operators, which wait for memory: ";
    assertEquals(
        List.of(found + "onednn-graph computes many of them along with products"),
        advice(pointwise));
    Trial fused = trial("onednn-graph", 12, "aten::addmm", 0.95);
    assertEquals(
        List.of(
            found
                + "bf16 halves the bytes; libtorch computes it on any machine, so what it costs is"
                + " accuracy"),
        advice(pointwise, fused));
    assertEquals(List.of(), advice(pointwise, fused, trial("bf16", 12, "aten::addmm", 0.95)));
  }

  @Test
  void batchNormalisation() {
    assertEquals(
        List.of(
            "3 % of a forward is batch normalisation: freeze or fold-batch-norm makes it part of"
                + " the convolutions before it"),
        advice(
            trial("eager", 10, "aten::mkldnn_convolution", 0.9, "aten::native_batch_norm", 0.03)));
    assertEquals(
        List.of(
            "10 % of a forward is batch normalisation: it is folded only where it directly follows"
                + " a convolution, so change that in the model before training"),
        advice(
            trial("freeze", 10, "aten::mkldnn_convolution", 0.85, "aten::native_batch_norm", 0.1)));
  }

  @Test
  void plainConvolutions() {
    Trial plain =
        trial("freeze", 10, "aten::_slow_conv2d_forward", 0.5, "aten::mkldnn_convolution", 0.45);
    String found = "50 % of a forward is in libtorch's own convolutions: ";
    assertEquals(
        List.of(
            found
                + "it takes those for one picture on one thread; onednn-graph and prepack take"
                + " oneDNN's"),
        advice(plain));
    assertEquals(List.of(), advice(plain, FINE));
    assertEquals(
        List.of(found + "oneDNN has none for their kind, which another shape may change"),
        advice(trial("prepack", 10, "aten::_slow_conv2d_forward", 0.5, "aten::addmm", 0.45)));
  }

  @Test
  void padding() {
    Trial padded =
        trial("freeze", 10, "aten::mkldnn_convolution", 0.85, "aten::constant_pad_nd", 0.1);
    assertEquals(
        List.of(
            "10 % of a forward pads tensors in a step of its own: zeros on both sides alike cost"
                + " nothing as the padding of the convolution itself"),
        advice(padded));
    assertEquals(
        List.of(), advice(trial("freeze", 10, "aten::addmm", 0.85, "aten::constant_pad_nd", 0.1)));
  }

  @Test
  void resizing() {
    assertEquals(
        List.of(
            "20 % of a forward resizes pictures: nearest is cheaper than bilinear, that than"
                + " bicubic, and resizing before the model may be done once for several calls"),
        advice(
            trial(
                "freeze", 10, "aten::mkldnn_convolution", 0.75, "aten::upsample_bicubic2d", 0.2)));
  }

  @Test
  void integersNeedSamples() {
    OptimizeTask without = task(Goal.LATENCY, null);
    assertEquals(
        List.of(
            "95 % of a forward is products, which this CPU computes fastest with 8-bit integers:"
                + " static-int8 was not tried, since it needs samples (--data DIR)"),
        advice(without, AMX, FINE));
    assertEquals(List.of(), advice(without, PLAIN, FINE));
    assertEquals(List.of(), advice(LATENCY, AMX, FINE));
    assertEquals(
        List.of(), advice(without, AMX, FINE, trial("static-int8", 5, "quantized::conv2d", 0.95)));
  }

  @Test
  void recurrent() {
    Trial lstm = trial("freeze", 10, "aten::mkldnn_rnn_layer", 0.95);
    String found = "95 % of a forward is in recurrent layers, whose steps wait for each other: ";
    assertEquals(
        List.of(
            found + "try dynamic-int8, which reads a quarter of the bytes of weights at each step"),
        advice(lstm));
    assertEquals(
        List.of(found + "more sequences in a batch cost little, shorter ones save in proportion"),
        advice(lstm, trial("dynamic-int8", 12, "aten::quantized_lstm", 0.95)));
  }

  @Test
  void lookups() {
    Trial words = trial("onednn-graph", 10, "aten::embedding", 0.05, "aten::addmm", 0.9);
    assertEquals(
        List.of(
            "the model looks up embeddings: embedding-int8 makes a quarter of their bytes of them"),
        advice(task(Goal.SIZE, "data"), PLAIN, words));
    assertEquals(List.of(), advice(words));
    assertEquals(
        List.of(),
        advice(
            task(Goal.SIZE, "data"),
            PLAIN,
            words,
            trial("embedding-int8", 10, "aten::addmm", 1.0)));
  }
}
