package io.github.narthex.bundle;

import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.OperatorException;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.io.InputGuess;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bundle that is open: its model, run as its {@code narthex.yaml} says.
 *
 * <pre>{@code
 * try (Bundle bundle = Bundle.open(Path.of("bundle"))) {
 *   try (Arena call = Arena.ofConfined()) {
 *     Tensor scores = bundle.predict(call, Tensor.of(call, pixels, 1, 3, 224, 224));
 *     use(scores.toFloatArray());
 *   }
 * }
 * }</pre>
 *
 * <p>Any number of threads may call {@link #predict(Arena, Tensor...) predict}, virtual ones too,
 * with tensors of confined arenas of their own. As many calls run at the same time as there are
 * instances; others wait in the order in which they came, and where more would wait than the queue
 * takes, a call is rejected. Where {@code run.batch} is above 1, requests that come at the same
 * time are joined along dimension 0, and the model runs once for all of them.
 *
 * <p>The model lives in a shared arena of the bundle's own, until {@link #close}. Answers live in
 * the arena that is given for them, and do not need the bundle to stay open.
 *
 * <p>A model file is code: open only what you trust.
 */
public final class Bundle implements AutoCloseable {
  /** Enough for the profiling executor and oneDNN Graph, which compile in the first two. */
  private static final int WARM_UP_FORWARDS = 3;

  private final BundleSpec spec;
  private final Threads threads;
  private final Arena arena;
  private final Model model;
  private final Gate gate;
  private final Caller caller;
  private final ReentrantLock closing = new ReentrantLock();

  /** Loads the model into the arena, which the caller closes if this fails. */
  private Bundle(BundleDirectory directory, Threads threads, Arena arena, boolean isWarmedUp) {
    this.spec = directory.spec();
    this.threads = threads;
    this.arena = arena;
    this.model = directory.load(arena, threads.instances()).withThreads(threads.intra());
    Run run = spec.configuration().run();
    if (isWarmedUp && !model.isStateful()) {
      warmUp(directory);
    }
    Semaphore instances = new Semaphore(threads.instances(), true);
    Caller alone = Caller.oneByOne(model, instances);
    if (run.rows() == 1) {
      caller = alone;
    } else {
      JoinedLayout layout = JoinCheck.layout(directory, model);
      MicroBatcher batcher =
          new MicroBatcher(arena, model, layout, run.rows(), run.maxWait(), instances, alone);
      if (isWarmedUp) {
        batcher.warmUp(WARM_UP_FORWARDS);
      }
      caller = batcher;
    }
    int running = threads.instances() * run.rows();
    this.gate =
        new Gate(
            running + run.waiting(),
            "the bundle is busy: up to %d calls run, %d wait, and run.queue in its %s takes no more"
                .formatted(running, run.waiting(), BundleDirectory.YAML));
  }

  /**
   * Opens a bundle and warms it up: where it says what its inputs are, or a package in it does, the
   * model is run on some that are made up, so that what is compiled in the first forwards is there
   * before the first call. A model that changes its own state is not.
   *
   * <p>What is here is compared with what the bundle was proven on; by its policy, a difference is
   * refused, or told by {@link System.Logger}.
   *
   * @throws io.github.narthex.ModelLoadException if it is no bundle, its model can't be loaded, or
   *     is another one than was proven
   * @throws io.github.narthex.UnsupportedException if the processor or libtorch is another one, and
   *     the policy refuses that
   * @throws ConfigurationException if its {@code narthex.yaml} can't be read, contradicts itself or
   *     does not fit the model; says where
   * @throws InputException if an input's file can't be read, or the model does not run on the
   *     inputs
   * @throws io.github.narthex.DeviceMemoryException if memory is exhausted
   * @throws io.github.narthex.NativeLibraryException if libtorch can't be loaded
   */
  public static Bundle open(Path bundle) {
    return open(bundle, true);
  }

  /** The same without warming it up: it is open sooner, and the first calls take longer. */
  public static Bundle openCold(Path bundle) {
    return open(bundle, false);
  }

  private static Bundle open(Path path, boolean isWarmedUp) {
    BundleDirectory directory = BundleDirectory.read(path);
    Threads threads = directory.spec().configuration().run().plan(ThreadPlanner.ofThisProcess(0));
    Differences differences = new Differences(directory);
    differences.checkModel();
    differences.checkCpu(Machine.current());
    differences.checkGpu(BundleSpec.Proven.gpu(directory.spec().model().recipe().device()));
    differences.checkLibtorch(Version.libtorch());
    directory.requireRecipe();
    Arena arena = Arena.ofShared();
    try {
      return new Bundle(directory, threads, arena, isWarmedUp);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private void warmUp(BundleDirectory directory) {
    List<InputSpec> said =
        directory.inputs().isEmpty()
            ? model.packageSpec().map(InputGuess::ofPackage).orElse(List.of())
            : directory.inputs();
    if (said.isEmpty()) {
      return;
    }
    ModelInputs inputs = directory.inputs(model, said);
    try (Arena call = Arena.ofConfined()) {
      Map<String, Value> sample = inputs.sample(call, 0);
      for (int i = 0; i < WARM_UP_FORWARDS; i++) {
        model.call(call, "forward", List.of(), sample);
      }
    } catch (OperatorException | IllegalArgumentException e) {
      throw new InputException(
          "the model does not run on the inputs of %s: %s"
              .formatted(directory.directory().resolve(BundleDirectory.YAML), e.getMessage()),
          e instanceof OperatorException failure ? failure.detail() : "",
          e);
    }
  }

  /**
   * Calls forward with tensors, for a model that returns one; see {@link #predict(Arena,
   * Value...)}.
   *
   * @throws IllegalStateException if the model returns something else than one tensor; also as
   *     there
   */
  public Tensor predict(Arena results, Tensor... inputs) {
    List<Value> request = new ArrayList<>(inputs.length);
    for (Tensor input : inputs) {
      request.add(Value.of(input));
    }
    if (predict(results, request) instanceof Value.OfTensor(Tensor tensor)) {
      return tensor;
    }
    throw new IllegalStateException(
        "the model returns something else than one tensor: call predict(arena, Value...)");
  }

  /**
   * Calls forward. Waits where all instances are busy; an interrupt does not end that, the thread
   * is then still interrupted.
   *
   * @param results owns the tensors of the answer; where requests are joined, their memory too is
   *     this request's alone
   * @param inputs by position; those left out at the end take their defaults
   * @throws IllegalStateException if the bundle, an input or {@code results} is closed
   * @throws RejectedExecutionException if as many calls wait as {@code run.queue} allows
   * @throws IllegalArgumentException if inputs do not fit forward in count or type
   * @throws WrongThreadException if an input's arena or {@code results} is confined to another
   *     thread
   * @throws OperatorException if the model's code fails on these inputs
   * @throws io.github.narthex.DeviceMemoryException if memory is exhausted
   */
  public Value predict(Arena results, Value... inputs) {
    return predict(results, List.of(inputs));
  }

  private Value predict(Arena results, List<Value> request) {
    gate.enter();
    try {
      return caller.call(results, request);
    } finally {
      gate.leave();
    }
  }

  /**
   * The model itself, with the bundle's threads: for sessions, other methods and all that {@link
   * #predict(Arena, Tensor...) predict} does not do. It is closed with the bundle. Calls to it are
   * not counted among the instances; {@link #close} does not wait for them.
   */
  public Model model() {
    return model;
  }

  /** What its {@code narthex.yaml} says. */
  public BundleSpec spec() {
    return spec;
  }

  /** The threads inside an operator, and how many calls run at the same time. */
  public Threads threads() {
    return threads;
  }

  /**
   * Closes the bundle: calls that are running or waiting end first, later ones are refused. Closing
   * it again does nothing.
   *
   * @throws IllegalStateException if another thread is in a call of {@link #model} itself; then it
   *     can be closed later
   */
  @Override
  public void close() {
    gate.close();
    closing.lock();
    try {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    } finally {
      closing.unlock();
    }
  }
}
