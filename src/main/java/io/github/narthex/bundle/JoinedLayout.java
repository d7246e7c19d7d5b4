package io.github.narthex.bundle;

import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What requests that can be joined look like, and their answers.
 *
 * @param inputs by position
 * @param outputs the tensors of the answer, depth first
 * @param answer an answer, for how these tensors are put together
 */
record JoinedLayout(List<RowLayout> inputs, List<RowLayout> outputs, Value answer) {
  JoinedLayout {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** How many rows a request has that can be joined with others; 0 if it can't be. */
  long rowsOf(List<Value> request) {
    if (request.size() != inputs.size()) {
      return 0;
    }
    long rows = 0;
    for (int i = 0; i < inputs.size(); i++) {
      if (!(request.get(i) instanceof Value.OfTensor(Tensor tensor))) {
        return 0;
      }
      long found = inputs.get(i).rowsIn(tensor);
      if (i > 0 && found != rows) {
        return 0;
      }
      rows = found;
    }
    return rows;
  }

  /** An answer of other tensors. */
  Value answer(List<Tensor> tensors) {
    return rebuilt(answer, tensors.iterator());
  }

  private static Value rebuilt(Value value, Iterator<Tensor> tensors) {
    return switch (value) {
      case Value.OfTensor _ -> Value.of(tensors.next());
      case Value.OfList(List<Value> items) -> new Value.OfList(rebuilt(items, tensors));
      case Value.OfTuple(List<Value> items) -> new Value.OfTuple(rebuilt(items, tensors));
      case Value.OfNamedTuple(Map<String, Value> fields) ->
          new Value.OfNamedTuple(rebuilt(fields, tensors));
      case Value.OfDict(Map<Value, Value> entries) -> new Value.OfDict(rebuilt(entries, tensors));
      default -> value;
    };
  }

  private static List<Value> rebuilt(List<Value> items, Iterator<Tensor> tensors) {
    List<Value> others = new ArrayList<>();
    items.forEach(item -> others.add(rebuilt(item, tensors)));
    return others;
  }

  private static <K> Map<K, Value> rebuilt(Map<K, Value> entries, Iterator<Tensor> tensors) {
    Map<K, Value> others = new LinkedHashMap<>();
    entries.forEach((key, item) -> others.put(key, rebuilt(item, tensors)));
    return others;
  }
}
