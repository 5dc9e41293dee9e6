package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.recipe.Recipe;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecipeReportTest {

  private static final Recipe RECIPE =
      new Recipe(
          List.of(
              new Recipe.Mapping("linux", "amd64", "a-linux.tar.gz", "tar.gz"),
              new Recipe.Mapping("darwin", "arm64", "a-\"mac\".zip", "zip")),
          "a",
          "a --version");

  private static final RecipeReport REPORT = new RecipeReport("o/a", "v1", RECIPE, "builtin");

  @Test
  void the_table_aligns_formats() {
    assertThat(REPORT.table())
        .isEqualTo(
            """
            linux/amd64   a-linux.tar.gz  tar.gz
            darwin/arm64  a-"mac".zip     zip""");
    RecipeReport empty = new RecipeReport("", "", new Recipe(List.of(), "", ""), "builtin");
    assertThat(empty.table()).isEqualTo("no file for any platform");
  }

  @Test
  void json_is_one_line() {
    assertThat(REPORT.json())
        .isEqualTo(
            "{\"repository\":\"o/a\",\"tag\":\"v1\",\"mappings\":[{\"os\":\"linux\",\"arch\":\"amd64\","
                + "\"asset\":\"a-linux.tar.gz\",\"format\":\"tar.gz\"},{\"os\":\"darwin\",\"arch\":"
                + "\"arm64\",\"asset\":\"a-\\\"mac\\\".zip\",\"format\":\"zip\"}],\"executable\":\"a\","
                + "\"verify_command\":\"a --version\",\"model\":\"builtin\"}");
  }

  @Test
  void toml_escapes_quotes_backslashes_and_control_characters() {
    assertThat(REPORT.toml())
        .startsWith("repository = \"o/a\"\ntag = \"v1\"\nexecutable = \"a\"\n")
        .contains("\n[[mappings]]\nos = \"darwin\"\narch = \"arm64\"\n")
        .endsWith("asset = \"a-\\\"mac\\\".zip\"\nformat = \"zip\"");
    Recipe odd = new Recipe(List.of(), "a\\b\n\u007f", "");
    assertThat(new RecipeReport("", "", odd, "m").toml())
        .contains("executable = \"a\\\\b\\u000a\\u007f\"");
  }
}
