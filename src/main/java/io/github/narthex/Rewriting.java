package io.github.narthex;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.ValueReader;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Carries a {@link Rewrite} to the shim, and what became of the layers back. */
final class Rewriting {
  /** A rewrite as the shim knows it. */
  private record Request(String name, List<Value> arguments) {}

  /** The rewritten module and what was changed. */
  record Outcome(ModuleHandle module, List<Rewrite.Change> changes) {}

  private Rewriting() {}

  static Outcome apply(Arena copy, ModuleHandle module, Rewrite rewrite) {
    Request request = request(rewrite);
    try (CallFrame frame = Values.frame(request.arguments(), 1)) {
      ModuleHandle rewritten = module.rewrite(copy, request.name(), frame);
      return new Outcome(rewritten, changes(frame.result(0)));
    }
  }

  private static Request request(Rewrite rewrite) {
    return switch (rewrite) {
      case Rewrite.FoldBatchNorm() -> new Request("fold_batch_norm", List.of());
      case Rewrite.Prune(
              double amount,
              Rewrite.Scope scope,
              Rewrite.Prune.Method method,
              long seed,
              boolean keepMasks,
              List<String> keep) ->
          new Request(
              "prune",
              List.of(
                  Value.of(amount),
                  Value.of(scope == Rewrite.Scope.GLOBAL),
                  Value.of(method == Rewrite.Prune.Method.RANDOM),
                  Value.of(seed),
                  Value.of(keepMasks),
                  strings(keep)));
      case Rewrite.RemovePruning() -> new Request("remove_pruning", List.of());
      case Rewrite.PruneChannels(
              double amount,
              Rewrite.Scope scope,
              int norm,
              int multiple,
              List<String> keep) ->
          new Request(
              "prune_channels",
              List.of(
                  Value.of(amount),
                  Value.of(scope == Rewrite.Scope.GLOBAL),
                  Value.of((double) norm),
                  Value.of((long) multiple),
                  strings(keep)));
      case Rewrite.MixedPrecision(DType dtype, List<String> keep) ->
          new Request("mixed_precision", List.of(Value.of(dtype.toString()), strings(keep)));
      case Rewrite.DynamicQuantization(
              DType dtype,
              String engine,
              boolean perChannel,
              List<String> keep) ->
          new Request(
              "dynamic_quantize",
              List.of(
                  Value.of(dtype.toString()),
                  Value.of(engine),
                  Value.of(perChannel),
                  strings(keep)));
      case Rewrite.WeightQuantization(int bits, int group, List<String> keep) ->
          new Request(
              "quantize_weights",
              List.of(Value.of((long) bits), Value.of((long) group), strings(keep)));
      case Rewrite.EmbeddingQuantization(int bits, List<String> keep) ->
          new Request("quantize_embeddings", List.of(Value.of((long) bits), strings(keep)));
      case Rewrite.Observe(Rewrite.Observer observer) ->
          new Request("observe", List.of(Value.of(observer.toString())));
      case Rewrite.StaticInt8(String engine, List<String> keep) ->
          new Request("static_quantize", List.of(Value.of(engine), strings(keep)));
    };
  }

  private static Value strings(List<String> texts) {
    return new Value.OfList(texts.stream().map(Value::of).toList());
  }

  private static List<Rewrite.Change> changes(ValueReader rows) {
    List<Rewrite.Change> changes = new ArrayList<>();
    for (int i = 0; i < rows.length(); i++) {
      ValueReader row = rows.item(i);
      changes.add(
          new Rewrite.Change(
              row.item(0).string(),
              row.item(1).string(),
              row.item(2).string(),
              row.item(3).integer(),
              row.item(4).integer()));
    }
    return changes;
  }
}
