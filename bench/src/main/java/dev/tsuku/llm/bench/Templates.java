package dev.tsuku.llm.bench;

import dev.tsuku.llm.template.conformance.RenderingCase;
import dev.tsuku.llm.template.conformance.RenderingCases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Renders chat templates and compares, byte for byte, with what another implementation made of
 * them. Ends with status 1 if anything differs.
 */
@Command(
    name = "templates",
    mixinStandardHelpOptions = true,
    description = "Compares rendered chat templates with expected ones.%n")
final class Templates implements Callable<Integer> {

  @Parameters(
      paramLabel = "DIR",
      description = "Holds expected.json and the templates that it names, as NAME.jinja.")
  private Path folder = Path.of("");

  @Override
  public Integer call() throws IOException {
    List<RenderingCase> cases =
        RenderingCases.read(Files.readString(folder.resolve("expected.json")));
    int matched = 0;
    for (RenderingCase one : cases) {
      Optional<String> difference = difference(one);
      if (difference.isPresent()) {
        System.out.println(one.template() + ", " + one.scenario() + ": " + difference.get());
      } else {
        matched++;
      }
    }
    long refused = cases.stream().filter(one -> one.expected().isEmpty()).count();
    System.out.println(
        matched + "/" + cases.size() + " as expected, of which " + refused + " are to be refused");
    return matched == cases.size() ? 0 : 1;
  }

  private Optional<String> difference(RenderingCase one) throws IOException {
    try {
      return one.difference(Files.readString(folder.resolve(one.template() + ".jinja")));
    } catch (NoSuchFileException e) {
      return Optional.of("There is no " + e.getMessage() + ".");
    }
  }
}
