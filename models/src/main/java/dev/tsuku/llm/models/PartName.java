package dev.tsuku.llm.models;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one part of a model in several files: {@code qwen-00001-of-00003.gguf}.
 *
 * @param model the part of the name that all have in common
 * @param number counts from 1
 */
record PartName(String model, int number, int count) {

  private static final Pattern FORM = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})\\.gguf");

  static Optional<PartName> of(Path file) {
    Matcher matcher = FORM.matcher(file.getFileName().toString());
    return matcher.matches()
        ? Optional.of(
            new PartName(
                matcher.group(1),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3))))
        : Optional.empty();
  }

  /** The name of the file with another part of the same model. */
  String fileOf(int part) {
    return "%s-%05d-of-%05d.gguf".formatted(model, part, count);
  }
}
