package dev.tsuku.llm.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the fields of a request came from. The daemon's sentences name fields as they are on the
 * wire; who typed a command knows options and files.
 *
 * @param chatTemplate the file of {@code --chat-template}; empty if there is none
 * @param schema of {@code --schema}
 * @param tools of {@code --tools}
 */
record RequestFields(String chatTemplate, Optional<Path> schema, Optional<Path> tools) {

  private static final Pattern TOOL_FIELD =
      Pattern.compile("^tools\\[(\\d{1,6})]\\.(name|description|parameters_schema)");

  /** The daemon's sentence in the words of the command line. */
  String inWordsOfTheCommand(String sentence) {
    String said = sentence;
    if (!chatTemplate.isEmpty()) {
      said =
          said.replaceFirst(
                  "^(The request's )?chat_template ",
                  Matcher.quoteReplacement("The chat template " + chatTemplate + " "))
              .replaceFirst(", or send chatml\\.$", ", or use --chat-template chatml.");
    }
    if (schema.isPresent()) {
      said =
          said.replaceFirst(
                  "^json_schema ", Matcher.quoteReplacement("The schema " + schema.get() + " "))
              .replaceFirst("^the schemas together:", Matcher.quoteReplacement(schema.get() + ":"));
    }
    if (tools.isPresent()) {
      said = ofTools(tools.get(), said);
    }
    return said;
  }

  private static String ofTools(Path file, String sentence) {
    Matcher field = TOOL_FIELD.matcher(sentence);
    if (field.find()) {
      return "In "
          + file
          + ", the "
          + (field.group(2).equals("parameters_schema")
              ? "schema of the parameters"
              : field.group(2))
          + " of tool "
          + (Integer.parseInt(field.group(1)) + 1)
          + sentence.substring(field.end());
    }
    return sentence
        .replaceFirst("^tool_choice ", "--tool-choice ")
        .replaceFirst("^tools:", Matcher.quoteReplacement(file + ": tools:"))
        .replaceFirst("^(the schemas together:)", Matcher.quoteReplacement(file + ": ") + "$1");
  }
}
