package io.github.narthex.errors;

import io.github.narthex.BatchSessions;
import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.DeviceMemory;
import io.github.narthex.Devices;
import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

final class CallErrors extends ErrorCases {
  CallErrors(Arena arena, Path root) {
    super(arena, root);
    thrown("forward takes 1 argument, got 2", () -> forward("models/mlp.pt", x(), x()));
    thrown(
        "forward: argument 'b' (Tensor) is missing; expected 2, got 1",
        () -> forward("models/two-inputs.pt", x()));
    thrown(
        "forward: argument 'x': expected Tensor, got an integer",
        () -> forward("models/mlp.pt", Value.of(1)));
    thrown(
        "…mat1 and mat2 shapes cannot be multiplied (1x5 and 8x16) (called with float32 1x5)",
        () -> load("models/mlp.pt").forward(arena, zeros(1, 5)));
    thrown(
        "…mat1 and mat2 must have the same dtype, but got Double and Float …",
        () -> load("models/mlp.pt").forward(arena, zeros(1, 8).to(DType.FLOAT64)));
    said(
        "the model does not run on these inputs: …; the model's weights are float16",
        () -> {
          Path file = folder().resolve("half.pt");
          Model.script(
                  arena,
                  new Weights().parameter("w", zeros(4, 8).to(DType.FLOAT16)),
                  "def forward(self, x):\n    return torch.linear(x, self.w)\n")
              .save(file);
          return told("run", file.toString(), "--input", "1x8");
        });
    thrown(
        "expected a tensor, got a tuple of 2: call forward(arena, Value...) for it",
        () -> load("models/tuple-output.pt").forward(arena, zeros(2, 8)));
    thrown(
        "… the input 1x224x224x3 looks like an image as height x width x channels; …",
        () -> load("models/convnet.pt").forward(arena, zeros(1, 224, 224, 3)));
    thrown(
        "the model is in training mode …",
        () -> load("models/training.pt").forward(arena, zeros(1)));
    thrown("expected from 1 to 4 rows, got 5", () -> batches(1, 4).run(arena, zeros(5, 8)));
    thrown("expected float32 1x8 as input 0, got …", () -> batches(1, 4).run(arena, zeros(1, 7)));
    thrown("expected sizes of at least 1 row, got …", () -> batches(0));
    thrown(
        "only work of a device is recorded: no input of the session is on one",
        () -> session().record(1));
    thrown(
        "a session can't share memory with itself",
        () -> {
          Session session = session();
          session.record(1, session);
        });
    thrown(
        "expected a fraction above 0 and at most 1, got 1.5",
        () -> DeviceMemory.setFraction(Device.cuda(0), 1.5));
    thrown(
        "expected a platform thread to make cuda:0 its current device, got …",
        CallErrors::onVirtualThread);
    thrown("forward has no parameter 'by', it has: …", () -> named(Map.of("by", x())));
    thrown("forward: argument 'x' is given by position and by name", () -> named(Map.of("x", x())));
    thrown(
        "forward: argument 'box': no field 'size' of …",
        () -> box(Map.of("corner", x(), "label", Value.of(""), "size", Value.of(1))));
    thrown(
        "… no value for the field 'label' of …",
        () -> box(Map.of("corner", x(), "score", Value.none())));
    thrown("a result of type … can't be handed over: …", () -> forward("modules/enums.pt", x()));
    thrown(
        "the model has no method 'fit', it has: forward",
        () -> load("modules/keywords.pt").call(arena, "fit", List.of(x())));
    said(
        "the model has no method forward, it has: other",
        () -> {
          Path file = folder().resolve("other.pt");
          script("def other(self, x):\n    return x\n").save(file);
          return told("run", file.toString());
        });
    thrown(
        "…can't allocate memory: …", () -> Tensor.empty(arena, DType.FLOAT64, Shape.of(1L << 50)));
    thrown("threads must be from 1 to 256, got 0", () -> load("models/mlp.pt").withThreads(0));
  }

  private static void onVirtualThread() throws Throwable {
    FutureTask<Device> task =
        new FutureTask<>(() -> Devices.withCurrent(Device.cuda(0), () -> Device.CPU));
    Thread.ofVirtual().start(task);
    try {
      task.get();
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  private Value x() {
    return Value.of(zeros(1));
  }

  private Value forward(String fixture, Value... arguments) {
    return load(fixture).forward(arena, arguments);
  }

  private Value named(Map<String, Value> arguments) {
    return load("modules/keywords.pt").call(arena, "forward", List.of(x()), arguments);
  }

  private Value box(Map<String, Value> fields) {
    return load("modules/named-tuples.pt").forward(arena, Value.namedTuple(fields), Value.of(1));
  }

  private BatchSessions batches(int... sizes) {
    return BatchSessions.open(arena, load("models/mlp.pt"), List.of(zeros(1, 8)), sizes);
  }

  private Session session() {
    return Session.open(arena, load("models/mlp.pt"), Value.of(zeros(1, 8)));
  }
}
