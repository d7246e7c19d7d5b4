package io.github.narthex.bundle;

import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.util.Iterator;
import java.util.List;

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
    Iterator<Tensor> next = tensors.iterator();
    return answer.withTensors(_ -> next.next());
  }
}
