package dev.tsuku.llm.llama;

import dev.tsuku.llm.llama.abi.CString;
import dev.tsuku.llm.llama.abi.RuntimeFunctions;
import dev.tsuku.llm.llama.abi.Upcalls;
import java.lang.System.Logger;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where llama.cpp's log goes: to a logger of ours, never to the standard error. Lines come on any
 * thread, also on threads of llama.cpp's own.
 *
 * <p>llama.cpp says why something failed in its log only. A {@link Listener} on the thread that
 * makes the call hears those lines.
 */
final class NativeLog {

  private static final Logger LOGGER = System.getLogger("dev.tsuku.llm.llama");
  private static final int WARN = 3;
  private static final int ERROR = 4;
  private static final int MAX_HEARD = 8;
  private static final int MAX_LENGTH = 400;

  private static final ThreadLocal<@Nullable Listener> LISTENER = new ThreadLocal<>();

  /** Gets the reason when llama.cpp ends the process. */
  private static volatile Consumer<String> abortListener = NativeLog::print;

  /** Several threads may fail at once; the first ends the process. */
  private static final AtomicBoolean ENDING = new AtomicBoolean();

  private NativeLog() {}

  /** Sends everything that llama.cpp and ggml log here, for the life of the process. */
  static void redirect() {
    MemorySegment callback = Upcalls.log(NativeLog::receive, Arena.global());
    RuntimeFunctions.ggml_log_set(callback, MemorySegment.NULL);
    RuntimeFunctions.llama_log_set(callback, MemorySegment.NULL);
    RuntimeFunctions.ggml_set_abort_callback(Upcalls.lastWords(NativeLog::end, Arena.global()));
  }

  /** Sets what gets the reason; without it, the reason is printed. */
  static void onAbort(Consumer<String> listener) {
    abortListener = listener;
  }

  private static void print(String cause) {
    System.err.println("llama.cpp ends this process: " + cause);
  }

  /** What was logged as an error before says more than the place in the source. */
  private static void end(MemorySegment text) {
    if (!ENDING.compareAndSet(false, true)) {
      return;
    }
    String cause = "";
    try {
      String place = CString.at(text).orElse("").strip().replaceFirst("^\\S*/", "");
      Listener listener = LISTENER.get();
      List<String> errors = listener == null ? List.of() : listener.errors;
      cause =
          errors.reversed().stream()
              .filter(line -> line.contains("error: "))
              .findFirst()
              .map(line -> line + " (" + place + ")")
              .orElse(place)
              .replaceAll("\\s+", " ");
      abortListener.accept(cause);
    } catch (Throwable lost) {
      // The process ends in any case.
      print(cause);
    }
  }

  /** Hears the failures that are logged on this thread until it is closed. */
  static Listener listen() {
    Listener listener = new Listener(LISTENER.get());
    LISTENER.set(listener);
    return listener;
  }

  /** A line of the log, as C gives it. */
  static void receive(int level, MemorySegment text, MemorySegment userData) {
    try {
      String line = CString.at(text).orElse("").strip();
      if (line.isEmpty()) {
        return;
      }
      Listener listener = LISTENER.get();
      if (listener != null && level >= WARN && level <= ERROR) {
        listener.hear(level, line);
      }
      LOGGER.log(Logger.Level.DEBUG, line);
    } catch (Throwable lost) {
      // An exception may not leave a callback, and a log line is not worth the process.
    }
  }

  /** The failures logged on one thread for a while. Owned by that thread. */
  static final class Listener implements AutoCloseable {

    private final @Nullable Listener outer;
    private final List<String> errors = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private Listener(@Nullable Listener outer) {
      this.outer = outer;
    }

    private void hear(int level, String line) {
      List<String> lines = level == ERROR ? errors : warnings;
      if (lines.size() < MAX_HEARD) {
        lines.add(line);
      }
    }

    /**
     * Why the call failed, to follow a colon and to end a sentence; the first error says more than
     * those that the callers of the failed function log after it.
     */
    String cause() {
      List<String> lines = errors.isEmpty() ? warnings : errors;
      if (lines.isEmpty()) {
        return "llama.cpp does not say why.";
      }
      String line = lines.getFirst().replaceFirst("^[A-Za-z_0-9:]+: ", "").replace('\n', ' ');
      String cause = line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "…" : line;
      return cause.endsWith(".") ? cause : cause + ".";
    }

    @Override
    public void close() {
      if (outer == null) {
        LISTENER.remove();
      } else {
        LISTENER.set(outer);
      }
    }
  }
}
