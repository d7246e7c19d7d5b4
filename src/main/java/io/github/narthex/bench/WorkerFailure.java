package io.github.narthex.bench;

/** A worker did not do what it was asked. */
public final class WorkerFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Status status;
  private final String kind;
  private final String detail;

  WorkerFailure(Status status, String reason, String kind, String detail) {
    super(reason);
    this.status = status;
    this.kind = kind;
    this.detail = detail;
  }

  /** A failure of a kind that is not known. */
  public WorkerFailure(Status status, String reason) {
    this(status, reason, "", "");
  }

  WorkerFailure(Protocol.Failure failure) {
    this(failure.status(), failure.reason(), failure.kind(), failure.detail());
  }

  /** The status of the recipe's row. */
  public Status status() {
    return status;
  }

  /** The simple name of the worker's exception, or empty if it gave none. */
  public String kind() {
    return kind;
  }

  /** The worker's stack trace or the end of its log; may be empty. */
  public String detail() {
    return detail;
  }

  /** The reason in one line. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
