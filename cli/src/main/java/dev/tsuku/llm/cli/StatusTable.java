package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.DaemonStatus;
import dev.tsuku.llm.protocol.GoDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.StringJoiner;

/** A daemon's status for people: a label and a value a line, without the lines that say nothing. */
final class StatusTable {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
  private static final long KILO = 1_000;
  private static final long MEGA = 1_000_000;
  private static final double GIGA = 1e9;

  private final StringJoiner lines = new StringJoiner("\n");

  private StatusTable() {}

  /** The table, without a final line end. */
  static String of(DaemonStatus status, Instant now, ZoneId zone) {
    StatusTable table = new StatusTable();
    table.row("state", state(status));
    table.row("problem", status.availability().problem());
    table.row("model", model(status.model()));
    table.row("in memory", inMemory(status.model()));
    table.row("backend", backend(status));
    table.row("note", status.note());
    table.row("in flight", Integer.toString(status.daemon().inFlight()));
    table.row("context", context(status.work()));
    table.row("threads", threads(status.work().threads()));
    table.row("answered", answered(status.work()));
    table.row("speed", speed(status.work().speed()));
    table.row("pid", status.daemon().pid() > 0 ? Long.toString(status.daemon().pid()) : "");
    table.row("since", since(status.daemon().started(), now, zone));
    table.row("version", status.daemon().version());
    table.row("log", status.daemon().logFile());
    return table.lines.toString();
  }

  private void row(String label, String value) {
    if (!value.isEmpty()) {
      lines.add(String.format(Locale.ROOT, "%-10s %s", label, value));
    }
  }

  private static String state(DaemonStatus status) {
    if (status.availability().draining()) {
      return "shutting down";
    }
    if (!status.availability().ready()) {
      return "not ready";
    }
    return switch (status.model().state()) {
      case LOADING ->
          String.format(
              Locale.ROOT, "ready, loading the model (%.0f %%)", 100 * status.model().progress());
      case ON_DISK -> "ready, loads the model with the next prompt";
      case LOADED, MISSING, UNKNOWN -> "ready";
    };
  }

  private static String model(DaemonStatus.Model model) {
    if (model.name().isEmpty()) {
      return "none";
    }
    return model.bytes() > 0 ? model.name() + " (" + size(model.bytes()) + ")" : model.name();
  }

  /** All models in memory, the active one first, unless that is the one above alone. */
  private static String inMemory(DaemonStatus.Model model) {
    if (model.resting().isEmpty() && model.loaded().equals(model.name())) {
      return "";
    }
    StringJoiner names = new StringJoiner(", ");
    if (!model.loaded().isEmpty()) {
      names.add(model.loaded());
    }
    model.resting().forEach(names::add);
    return names.toString();
  }

  private static String backend(DaemonStatus status) {
    return status.availableVramBytes() > 0
        ? status.backend() + " (" + size(status.availableVramBytes()) + " of its memory free)"
        : status.backend();
  }

  private static String context(DaemonStatus.Work work) {
    DaemonStatus.Context context = work.context();
    return context.tokens() == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "%,d tokens for up to %d at once: %,d busy, %,d kept%s",
            context.tokens(),
            work.requests().runningLimit(),
            context.busy(),
            context.kept(),
            context.kvCacheType().isEmpty() ? "" : ", stored as " + context.kvCacheType());
  }

  private static String threads(DaemonStatus.Threads threads) {
    return threads.computing() == threads.limit()
        ? threads.limit() == 0 ? "" : Integer.toString(threads.limit())
        : String.format(
            Locale.ROOT,
            "%d of %d: the processor has other work",
            threads.computing(),
            threads.limit());
  }

  private static String answered(DaemonStatus.Work work) {
    DaemonStatus.Tokens tokens = work.tokens();
    return work.answered() == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "%,d: %,d tokens read, %.0f %% of them cached, %,d written",
            work.answered(),
            tokens.input(),
            100.0 * tokens.cached() / Math.max(1, tokens.input()),
            tokens.output());
  }

  private static String speed(DaemonStatus.Speed speed) {
    return speed.prefill() + speed.decode() == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "%,.0f tokens/s read, %,.1f tokens/s written, by the last answers",
            speed.prefill(),
            speed.decode());
  }

  private static String since(Instant started, Instant now, ZoneId zone) {
    if (started.equals(Instant.EPOCH)) {
      return "";
    }
    Duration running = Duration.between(started, now).truncatedTo(ChronoUnit.SECONDS);
    String when = TIME.format(started.atZone(zone));
    return running.isNegative() ? when : when + " (" + GoDuration.format(running) + ")";
  }

  private static String size(long bytes) {
    if (bytes < MEGA) {
      return String.format(Locale.ROOT, "%d kB", Math.max(1, bytes / KILO));
    }
    return bytes < GIGA
        ? String.format(Locale.ROOT, "%d MB", bytes / MEGA)
        : String.format(Locale.ROOT, "%.1f GB", bytes / GIGA);
  }
}
