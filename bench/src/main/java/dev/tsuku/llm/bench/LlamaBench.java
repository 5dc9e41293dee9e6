package dev.tsuku.llm.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Runs llama.cpp's own benchmark, once, and reads its table. */
final class LlamaBench {

  private LlamaBench() {}

  /**
   * Measures a model.
   *
   * @return empty if the output holds no such figures
   */
  static Optional<Rates> run(Path program, Path model, int threads, int prompt, int generate)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                program.toString(),
                "-m",
                model.toString(),
                "-t",
                Integer.toString(threads),
                "-p",
                Integer.toString(prompt),
                "-n",
                Integer.toString(generate),
                "-b",
                "512",
                "-ub",
                "512",
                "-r",
                "1",
                "-o",
                "csv")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(program + " ended with status " + process.exitValue());
    }
    return parse(out);
  }

  /** Reads the figures out of {@code -o csv}: a line of names, then a line for each test. */
  static Optional<Rates> parse(String csv) {
    List<List<String>> lines = csv.lines().map(LlamaBench::cells).toList();
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    OptionalDouble prefill = rate(lines, "n_prompt");
    OptionalDouble decode = rate(lines, "n_gen");
    return prefill.isPresent() && decode.isPresent()
        ? Optional.of(new Rates(prefill.getAsDouble(), decode.getAsDouble()))
        : Optional.empty();
  }

  /** The rate of the test in which this count is not zero. */
  private static OptionalDouble rate(List<List<String>> lines, String count) {
    List<String> names = lines.getFirst();
    int countAt = names.indexOf(count);
    int rateAt = names.indexOf("avg_ts");
    if (countAt < 0 || rateAt < 0) {
      return OptionalDouble.empty();
    }
    return lines.stream()
        .skip(1)
        .filter(line -> line.size() == names.size() && !line.get(countAt).equals("0"))
        .mapToDouble(line -> Double.parseDouble(line.get(rateAt)))
        .findFirst();
  }

  /** Cells in quotes, separated by commas; a comma inside quotes separates nothing. */
  private static List<String> cells(String line) {
    return line.startsWith("\"")
        ? List.of(line.substring(1, line.length() - 1).split("\",\"", -1))
        : List.of(line.split(",", -1));
  }
}
