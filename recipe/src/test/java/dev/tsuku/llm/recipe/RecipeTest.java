package dev.tsuku.llm.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.client.ToolCall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {

  @Test
  void a_call_is_read() {
    String arguments =
        "{\"mappings\": [{\"os\": \"linux\", \"arch\": \"arm64\", \"asset\": \"a.tgz\", \"format\":"
            + " \"tgz\"}], \"executable\": \"a\", \"verify_command\": \"a --version\"}";
    Recipe recipe = Recipe.of(new ToolCall("1", "extract_pattern", arguments)).orElseThrow();
    assertThat(recipe.mappings())
        .containsExactly(new Recipe.Mapping("linux", "arm64", "a.tgz", "tgz"));
    assertThat(recipe.executable()).isEqualTo("a");
    assertThat(recipe.verifyCommand()).isEqualTo("a --version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "{}", "{\"mappings\": 1}", "{\"mappings\": [1]}"})
  void other_arguments_are_no_recipe(String arguments) {
    assertThat(Recipe.of(new ToolCall("1", "extract_pattern", arguments))).isEmpty();
  }

  @Test
  void a_call_of_another_tool_is_no_recipe() {
    assertThat(Recipe.of(new ToolCall("1", "fetch_file", "{\"mappings\": []}"))).isEmpty();
  }
}
