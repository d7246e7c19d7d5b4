package io.github.narthex.bench;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.NarthexException;
import io.github.narthex.OperatorTimes;
import io.github.narthex.UnsupportedException;
import io.github.narthex.load.Load;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The worker's side of the protocol: answers requests by way of an engine, and keeps the time. */
final class WorkerLoop {
  /** Where the next line comes from; null at the end. Blocks without spinning. */
  interface Lines {
    @Nullable String next();
  }

  /** Forwards of each instance before those of a load or a profile, which take the caches back. */
  private static final int SETTLE = 3;

  /** Until then, the threads of all servers have awoken. */
  private static final long LOAD_STARTS_IN_NANOS = 2_000_000;

  private static final long REST_NANOS = 100_000;

  private final Engine engine;
  private final LongSupplier nanoTime;
  private final ProcessFacts facts;
  private final Protocol protocol = new Protocol();
  private Callers callers = Callers.of(1);

  WorkerLoop(Engine engine, LongSupplier nanoTime, ProcessFacts facts) {
    this.engine = engine;
    this.nanoTime = nanoTime;
    this.facts = facts;
  }

  /** Answers until there are no more lines. */
  void run(Lines requests, PrintStream replies) {
    for (String line = requests.next(); line != null; line = requests.next()) {
      Protocol.Request request = protocol.request(line);
      if (request != null) {
        Protocol.Reply reply = reply(request);
        PeakMemory peak = new PeakMemory(facts.peakRssBytes(), engine.peakDeviceBytes());
        Protocol.Answer answer = new Protocol.Answer(reply, peak);
        // The line end in front closes whatever native code has left unfinished.
        replies.print('\n' + protocol.encode(answer) + '\n');
        replies.flush();
      }
    }
  }

  private Protocol.Reply reply(Protocol.Request request) {
    try {
      return switch (request) {
        case Protocol.Prepare prepare -> engine.prepare(prepare);
        case Protocol.Load load -> load(load);
        case Protocol.WarmUp warmUp -> warmUp(warmUp);
        case Protocol.Run run -> run(run);
        case Protocol.Save save -> new Protocol.Saved(engine.save(Path.of(save.file())));
        case Protocol.Profile profile -> profile(profile);
        case Protocol.Outputs outputs -> new Protocol.Written(engine.outputs(outputs));
        case Protocol.Hold hold -> new Protocol.Held(engine.hold(hold.samples()));
        case Protocol.Drive drive -> drive(drive);
      };
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      return failure(e);
    }
  }

  private Protocol.Loaded load(Protocol.Load request) {
    callers.close();
    callers = Callers.of(request.instances());
    long start = nanoTime.getAsLong();
    List<String> notes = engine.load(request);
    long loaded = nanoTime.getAsLong();
    engine.forward(0);
    return new Protocol.Loaded(loaded - start, nanoTime.getAsLong() - loaded, notes);
  }

  private Protocol.WarmedUp warmUp(Protocol.WarmUp request) {
    long iterations = Long.MAX_VALUE;
    boolean steady = true;
    double medianNanos = 0;
    for (Protocol.WarmedUp one : callers.sideBySide(engine::forward, i -> warmUp(i, request))) {
      iterations = Math.min(iterations, one.iterations());
      steady &= one.steady();
      medianNanos = Math.max(medianNanos, one.medianNanos());
    }
    return new Protocol.WarmedUp(iterations, steady, medianNanos);
  }

  private Protocol.WarmedUp warmUp(int instance, Protocol.WarmUp request) {
    Steadiness steadiness = new Steadiness();
    long start = nanoTime.getAsLong();
    long now = start;
    boolean steady = false;
    long iterations = 0;
    while (iterations < request.atLeast()
        || (!steady && iterations < request.atMost() && now - start < request.limitNanos())) {
      engine.forward(instance);
      long end = nanoTime.getAsLong();
      steady = steadiness.add(end - now) || steady;
      now = end;
      iterations++;
    }
    return new Protocol.WarmedUp(iterations, steady, steadiness.medianNanos());
  }

  private Protocol.Ran run(Protocol.Run request) {
    List<Integer> _ = callers.sideBySide(engine::forward, i -> settle(i, request.settle()));
    Disturbance before = facts.disturbance();
    List<long[]> nanos = callers.sideBySide(engine::forward, i -> timed(i, request));
    return new Protocol.Ran(
        nanos.stream().flatMapToLong(Arrays::stream).toArray(), facts.disturbance().since(before));
  }

  private Protocol.Profiled profile(Protocol.Profile request) {
    List<Integer> _ = callers.sideBySide(engine::forward, i -> settle(i, SETTLE));
    List<Long> nanos = new ArrayList<>();
    // Whoever is done first runs no more: such a forward would be recorded, and not timed.
    OperatorTimes times =
        engine.profile(
            () ->
                nanos.addAll(
                    callers.sideBySide(_ -> Thread.onSpinWait(), i -> recorded(i, request))));
    long sum = nanos.stream().mapToLong(Long::longValue).sum();
    long forwards = request.iterations() * nanos.size();
    return new Protocol.Profiled(OperatorShare.of(times, forwards, sum), (double) sum / forwards);
  }

  private long recorded(int instance, Protocol.Profile request) {
    long start = nanoTime.getAsLong();
    for (long i = 0; i < request.iterations(); i++) {
      engine.forward(instance);
    }
    return nanoTime.getAsLong() - start;
  }

  private Protocol.Driven drive(Protocol.Drive request) {
    List<Integer> servers = callers.sideBySide(engine::forward, i -> settle(i, SETTLE));
    Disturbance before = facts.disturbance();
    Load load =
        Load.startingAt(request.plan(), servers.size(), System.nanoTime() + LOAD_STARTS_IN_NANOS);
    List<Integer> _ =
        callers.sideBySide(
            i -> LockSupport.parkNanos(REST_NANOS), // not in the way of those that still serve
            i -> {
              load.serve(i, engine::forward);
              return i;
            });
    return new Protocol.Driven(load.outcome(), facts.disturbance().since(before));
  }

  private int settle(int instance, long forwards) {
    for (long i = 0; i < forwards; i++) {
      engine.forward(instance);
    }
    return instance;
  }

  private long[] timed(int instance, Protocol.Run request) {
    long[] nanos = new long[(int) Math.min(request.atMost(), 1024)];
    int count = 0;
    long start = nanoTime.getAsLong();
    long now = start;
    while (count < request.atMost()
        && (count < request.atLeast() || now - start < request.limitNanos())) {
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
        now = nanoTime.getAsLong();
      }
      engine.forward(instance);
      long end = nanoTime.getAsLong();
      nanos[count++] = end - now;
      now = end;
    }
    return Arrays.copyOf(nanos, count);
  }

  private static Protocol.Failure failure(Throwable thrown) {
    Status status =
        switch (thrown) {
          case UnsupportedException e -> Status.UNSUPPORTED;
          case DeviceMemoryException e -> Status.OUT_OF_MEMORY;
          case OutOfMemoryError e -> Status.OUT_OF_MEMORY;
          default -> Status.FAILED;
        };
    StringWriter detail = new StringWriter();
    try (PrintWriter out = new PrintWriter(detail)) {
      if (thrown instanceof NarthexException e && !e.detail().isEmpty()) {
        out.println(e.detail());
      }
      thrown.printStackTrace(out);
    }
    String kind = thrown.getClass().getSimpleName();
    String message = thrown.getMessage();
    return new Protocol.Failure(status, kind, message == null ? kind : message, detail.toString());
  }
}
