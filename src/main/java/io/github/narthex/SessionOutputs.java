package io.github.narthex;

import io.github.narthex.internal.torch.OutputArena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a session's last run, once someone asked, in an arena that the next run closes.
 * Another thread may end the session at any moment.
 */
final class SessionOutputs {
  private @Nullable OutputArena arena;
  private @Nullable List<Tensor> tensors;
  private boolean ended;

  synchronized @Nullable List<Tensor> tensors() {
    return tensors;
  }

  synchronized void put(OutputArena arena, List<Tensor> tensors) {
    if (ended) {
      throw new IllegalStateException("the session is closed: its arena was closed");
    }
    this.arena = arena;
    this.tensors = tensors;
  }

  synchronized void close() {
    if (arena != null) {
      arena.close();
      arena = null;
      tensors = null;
    }
  }

  /** The session's arena is closed already, so this must succeed: it waits for calls to end. */
  synchronized void end() {
    ended = true;
    while (arena != null) {
      try {
        arena.closeWithSession();
        arena = null;
        tensors = null;
      } catch (IllegalStateException e) { // another thread is in a call with an output
        Thread.onSpinWait();
      }
    }
  }
}
