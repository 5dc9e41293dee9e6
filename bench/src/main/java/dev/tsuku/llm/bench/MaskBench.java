package dev.tsuku.llm.bench;

import dev.tsuku.llm.grammar.conformance.SchemaCase;
import dev.tsuku.llm.grammar.conformance.SchemaCases;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Holds schemas against instances that others have judged, and measures how long it takes until the
 * first byte of a value could be checked. Ends with status 1 if anything invalid is accepted.
 */
@Command(
    name = "maskbench",
    mixinStandardHelpOptions = true,
    description = "Checks JSON schemas against valid and invalid instances.%n")
final class MaskBench implements Callable<Integer> {

  private static final double NANOS_A_MILLI = 1e6;

  @Parameters(
      paramLabel = "FILE.jsonl.gz",
      description = "A case a line: {\"name\", \"schema\", \"tests\": [{\"valid\", \"data\"}]}.")
  private Path file = Path.of("");

  @Option(names = "--verbose", description = "Names the cases that are not clean.")
  private boolean verbose;

  @Option(
      names = "--vocab",
      description = "Measures masks too, with the tokens of a model or a vocabulary alone.")
  private @Nullable Path vocabulary;

  @Override
  public Integer call() throws IOException {
    List<SchemaCase> cases = SchemaCases.readLines(file);
    int clean = 0;
    int rejecting = 0;
    int accepting = 0;
    Map<String, Integer> refused = new TreeMap<>();
    for (SchemaCase one : cases) {
      SchemaCase.Result result = one.run();
      clean += result.isClean() ? 1 : 0;
      rejecting += result.rejected().isEmpty() ? 0 : 1;
      accepting += result.accepted().isEmpty() ? 0 : 1;
      result
          .refusal()
          .ifPresent(
              refusal ->
                  refused.merge(
                      refusal.keyword().isEmpty() ? "(as a whole)" : refusal.keyword(),
                      1,
                      Integer::sum));
      if (verbose && !result.isClean()) {
        System.out.println(
            one.name()
                + ": "
                + result
                    .refusal()
                    .map(SchemaException::getMessage)
                    .orElse(
                        result.rejected().size()
                            + " valid rejected, "
                            + result.accepted().size()
                            + " invalid accepted"));
      }
    }
    System.out.println(Machine.describe());
    System.out.printf(
        Locale.ROOT,
        "%d of %d clean (%.1f %%); valid rejected in %d, invalid accepted in %d, refused: %s%n",
        clean,
        cases.size(),
        100.0 * clean / cases.size(),
        rejecting,
        accepting,
        refused);
    compileTimes(cases);
    if (vocabulary != null) {
      MaskTimes.measure(vocabulary, cases);
    }
    return accepting == 0 ? 0 : 1;
  }

  private static void compileTimes(List<SchemaCase> cases) {
    List<Long> nanos = new ArrayList<>();
    for (SchemaCase one : cases) {
      long start = System.nanoTime();
      try {
        Nodes.compile(one.schema());
      } catch (SchemaException e) {
        // To refuse takes its time too.
      }
      nanos.add(System.nanoTime() - start);
    }
    Collections.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "compile, warm: p50 %.2f ms, p90 %.2f, p99 %.2f, max %.1f%n",
        quantile(nanos, 0.5),
        quantile(nanos, 0.9),
        quantile(nanos, 0.99),
        quantile(nanos, 1));
  }

  private static double quantile(List<Long> sorted, double share) {
    int index = (int) Math.min(sorted.size() - 1L, Math.round(share * sorted.size()));
    return sorted.get(index) / NANOS_A_MILLI;
  }
}
