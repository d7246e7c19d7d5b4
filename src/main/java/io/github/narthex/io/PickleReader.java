package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Reads a pickle, protocols 2 to 5, as data. A pickle is a program for a small stack machine that
 * can call anything in Python; here it can't. Names of classes and functions go to {@link Globals},
 * which knows a few and refuses the rest, and an instruction that none of the known writers uses is
 * refused as well.
 *
 * <p>Results are {@link PyNone}, Long, Double, Boolean, String, {@link PyTuple}, {@code
 * ArrayList<Object>}, {@code LinkedHashMap<Object, Object>} and what the globals make.
 */
final class PickleReader {
  /** Stands for Python's None, since null stands for nothing here. */
  enum PyNone {
    NONE
  }

  /** A tuple. */
  record PyTuple(List<Object> items) {}

  /** What a pickle may refer to. */
  interface Globals {
    /**
     * The function, class or constant of that name.
     *
     * @throws BadPickleException if it is not one of the few that are known
     */
    Object find(String module, String name) throws BadPickleException;

    /** What calling the global gives. */
    Object call(Object global, PyTuple arguments) throws BadPickleException;

    /** What stands outside of the pickle under that id. */
    Object load(Object id) throws BadPickleException;

    /** What setting the state of an object gives. */
    Object setState(Object object, Object state) throws BadPickleException;
  }

  /** A pickle that can't be accepted; the caller knows the file and names it. */
  static final class BadPickleException extends Exception {
    private static final long serialVersionUID = 1L;

    BadPickleException(String message) {
      super(message);
    }

    /** The message, which unlike that of other exceptions is always there. */
    String reason() {
      return String.valueOf(getMessage());
    }
  }

  /** A tensor takes some 30: enough for a hundred thousand. */
  private static final int MAX_OBJECTS = 3_000_000;

  private enum Mark {
    MARK
  }

  private final ByteBuffer in;
  private final Globals globals;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private int objects;

  PickleReader(byte[] pickle, Globals globals) {
    this.in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
    this.globals = globals;
  }

  /** What the pickle stands for. */
  Object read() throws BadPickleException {
    try {
      if (in.get() != (byte) 0x80) {
        throw new BadPickleException("it does not begin with the mark of pickle protocol 2 to 5");
      }
      int protocol = in.get() & 0xff;
      if (protocol < 2 || protocol > 5) {
        throw new BadPickleException("expected pickle protocol 2 to 5, found " + protocol);
      }
      while (true) {
        int opcode = in.get() & 0xff;
        if (opcode == '.') {
          Object result = pop();
          if (!stack.isEmpty()) {
            throw new BadPickleException("values are left over at its end");
          }
          return result;
        }
        step(opcode);
      }
    } catch (BufferUnderflowException e) {
      throw new BadPickleException("the pickle is cut off");
    }
  }

  private void step(int opcode) throws BadPickleException {
    switch (opcode) {
      case 0x95 -> in.getLong(); // FRAME: its length, which buffered readers want
      case '(' -> push(Mark.MARK);
      case 'N' -> push(PyNone.NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'K' -> push((long) (in.get() & 0xff));
      case 'M' -> push((long) (in.getShort() & 0xffff));
      case 'J' -> push((long) in.getInt());
      case 0x8a -> push(longInteger(in.get() & 0xff));
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      case 0x8c -> push(text(in.get() & 0xff));
      case 'X' -> push(text(in.getInt() & 0xffffffffL));
      case 0x8d -> push(text(in.getLong()));
      case ')' -> push(new PyTuple(List.of()));
      case 0x85 -> push(tuple(1));
      case 0x86 -> push(tuple(2));
      case 0x87 -> push(tuple(3));
      case 't' -> push(new PyTuple(popToMark()));
      case ']' -> push(new ArrayList<>());
      case 'a' -> append(List.of(pop()));
      case 'e' -> append(popToMark());
      case '}' -> push(new LinkedHashMap<>());
      case 's' -> {
        Object value = pop();
        setItems(List.of(pop(), value));
      }
      case 'u' -> setItems(popToMark());
      case 'q' -> remember(in.get() & 0xff);
      case 'r' -> remember(in.getInt() & 0xffffffffL);
      case 0x94 -> remember(memo.size());
      case 'h' -> push(recall(in.get() & 0xff));
      case 'j' -> push(recall(in.getInt() & 0xffffffffL));
      case 'c' -> push(globals.find(line(), line()));
      case 0x93 -> {
        Object name = pop();
        Object module = pop();
        push(globals.find(string(module), string(name)));
      }
      case 'R', 0x81 -> {
        Object arguments = pop();
        Object global = pop();
        push(globals.call(global, asTuple(arguments)));
      }
      case 'b' -> {
        Object state = pop();
        push(globals.setState(pop(), state));
      }
      case 'Q' -> push(globals.load(pop()));
      default ->
          throw new BadPickleException(
              "it has the pickle instruction 0x%02x, which files of tensors don't need"
                  .formatted(opcode));
    }
  }

  private void push(Object value) throws BadPickleException {
    if (++objects > MAX_OBJECTS) {
      throw new BadPickleException("it holds more than " + MAX_OBJECTS + " values");
    }
    stack.add(value);
  }

  private Object top() throws BadPickleException {
    if (stack.isEmpty() || stack.getLast() == Mark.MARK) {
      throw new BadPickleException("an instruction of the pickle finds no value");
    }
    return stack.getLast();
  }

  private Object pop() throws BadPickleException {
    Object value = top();
    stack.removeLast();
    return value;
  }

  private List<Object> popToMark() throws BadPickleException {
    int mark = stack.lastIndexOf(Mark.MARK);
    if (mark < 0) {
      throw new BadPickleException("an instruction of the pickle finds no mark");
    }
    List<Object> items = new ArrayList<>(stack.subList(mark + 1, stack.size()));
    stack.subList(mark, stack.size()).clear();
    return items;
  }

  private PyTuple tuple(int size) throws BadPickleException {
    Object[] items = new Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = pop();
    }
    return new PyTuple(List.of(items));
  }

  private void remember(long index) throws BadPickleException {
    memo.put(index, top());
    if (memo.size() > MAX_OBJECTS) {
      throw new BadPickleException("it remembers more than " + MAX_OBJECTS + " values");
    }
  }

  private Object recall(long index) throws BadPickleException {
    Object value = memo.get(index);
    if (value == null) {
      throw new BadPickleException("the pickle refers to value " + index + ", which is not there");
    }
    return value;
  }

  @SuppressWarnings("unchecked") // A list that is not a tuple's was made by ']' here.
  private void append(List<Object> items) throws BadPickleException {
    if (!(top() instanceof ArrayList<?> list)) {
      throw new BadPickleException("the pickle appends to what is not a list");
    }
    ((ArrayList<Object>) list).addAll(items);
  }

  @SuppressWarnings("unchecked") // As above.
  private void setItems(List<Object> items) throws BadPickleException {
    if (!(top() instanceof LinkedHashMap<?, ?> map) || items.size() % 2 != 0) {
      throw new BadPickleException("the pickle sets items of what is not a dict");
    }
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      // Others may contain themselves, or take for ever to hash.
      if (!(key instanceof String
          || key instanceof Long
          || key instanceof Double
          || key instanceof Boolean)) {
        throw new BadPickleException("a dict has a key that is neither text nor a number");
      }
      ((SequencedMap<Object, Object>) map).put(key, items.get(i + 1));
    }
  }

  private long longInteger(int size) throws BadPickleException {
    if (size > Long.BYTES) {
      throw new BadPickleException("it holds an integer of more than 64 bits");
    }
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (in.get() & 0xffL) << (8 * i);
    }
    int unused = Long.SIZE - 8 * size;
    return size == 0 ? 0 : value << unused >> unused;
  }

  private String text(long size) throws BadPickleException {
    if (size < 0 || size > in.remaining()) {
      throw new BadPickleException(
          "a text claims to be %d bytes long, the pickle has %d left"
              .formatted(size, in.remaining()));
    }
    String text = new String(in.array(), in.position(), (int) size, UTF_8);
    in.position(in.position() + (int) size);
    return text;
  }

  private String line() throws BadPickleException {
    int start = in.position();
    while (in.get() != '\n') {}
    return new String(in.array(), start, in.position() - start - 1, UTF_8);
  }

  private static String string(Object value) throws BadPickleException {
    if (value instanceof String text) {
      return text;
    }
    throw new BadPickleException("the pickle names a global by what is not a text");
  }

  private static PyTuple asTuple(Object value) throws BadPickleException {
    if (value instanceof PyTuple tuple) {
      return tuple;
    }
    throw new BadPickleException("the pickle calls a global with what is not a tuple");
  }
}
