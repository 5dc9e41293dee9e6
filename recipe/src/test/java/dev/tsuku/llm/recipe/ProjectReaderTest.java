package dev.tsuku.llm.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectReaderTest {

  @Test
  void an_object_with_releases_is_a_project() {
    Project project =
        ProjectReader.read(
            """
            {"repository": "o/n", "description": "d", "readme": "# n", "stars": 7, "releases": [
              {"tag": "v2", "assets": []},
              {"tag": "v1", "assets": ["a.zip", {"name": "b.zip", "size": 1}]}]}""");
    assertThat(project.repository()).isEqualTo("o/n");
    assertThat(project.description()).isEqualTo("d");
    assertThat(project.readme()).isEqualTo("# n");
    assertThat(project.releases()).hasSize(2);
    assertThat(project.newest().tag()).isEqualTo("v1");
    assertThat(project.newest().assets()).containsExactly("a.zip", "b.zip");
    assertThat(project.withNewestOnly().releases()).containsExactly(project.newest());
  }

  @ParameterizedTest
  @CsvSource({
    "https://github.com/o/n/releases/tag/v1",
    "https://api.github.com/repos/o/n/releases/1",
    "https://codeberg.org/api/v1/repos/o/n/releases/1",
    "https://gitlab.com/o/n/-/releases/v1",
  })
  void the_repository_is_in_a_releases_address(String address) {
    String json = "{\"tag_name\": \"v1\", \"url\": \"%s\", \"assets\": [{\"name\": \"a\"}]}";
    assertThat(ProjectReader.read(json.formatted(address)).repository()).isEqualTo("o/n");
    assertThat(ProjectReader.read("[" + json.formatted(address) + "]").repository())
        .isEqualTo("o/n");
  }

  @Test
  void gitlab_lists_uploaded_files_as_links() {
    String json =
        "[{\"tag_name\": \"v1\", \"assets\": {\"count\": 2, \"sources\": [{\"format\": \"zip\"}],"
            + " \"links\": [{\"name\": \"a.zip\"}]}}]";
    assertThat(ProjectReader.read(json).newest().assets()).containsExactly("a.zip");
  }

  @Test
  void a_gitlab_link_with_a_label_is_the_file_that_it_leads_to() {
    String json =
        "[{\"tag_name\": \"v1\", \"_links\": {\"self\":"
            + " \"https://gitlab.com/o/n/-/releases/v1\"}, \"assets\": {\"links\": [{\"name\":"
            + " \"Linux amd64\", \"url\": \"https://gitlab.com/o/n/-/x/n_1_linux_amd64.zip\"},"
            + " {\"name\": \"a b\", \"url\": \"https://h/assets/7\"},"
            + " {\"name\": \"c.zip\", \"url\": \"https://h/d.zip\"}]}}]";
    Project project = ProjectReader.read(json);
    assertThat(project.newest().assets()).containsExactly("n_1_linux_amd64.zip", "a b", "c.zip");
    assertThat(project.repository()).isEqualTo("o/n");
  }

  @Test
  void the_message_about_cut_json_is_about_the_text_only() {
    assertThatThrownBy(() -> ProjectReader.read("[{\"assets\": [\"a\""))
        .hasMessageStartingWith("is not JSON: ")
        .message()
        .doesNotContain("Source", "REDACTED")
        .contains("line 1");
  }

  @Test
  void drafts_are_ignored_and_so_are_prereleases_beside_others() {
    String draft = "{\"tag\": \"v3\", \"draft\": true, \"assets\": [\"c\"]}";
    String prerelease = "{\"tag\": \"v2\", \"prerelease\": true, \"assets\": [\"b\"]}";
    String release = "{\"tag\": \"v1\", \"draft\": false, \"assets\": [\"a\"]}";
    assertThat(
            ProjectReader.read("[%s, %s, %s]".formatted(draft, prerelease, release)).newest().tag())
        .isEqualTo("v1");
    assertThat(ProjectReader.read("[%s, %s]".formatted(draft, prerelease)).newest().tag())
        .isEqualTo("v2");
    assertThatThrownBy(() -> ProjectReader.read("[" + draft + "]"))
        .hasMessageStartingWith("has no assets in any release.");
  }

  @Test
  void a_byte_order_mark_is_ignored() {
    assertThat(ProjectReader.read("\uFEFF{\"assets\": [\"a\"]}").newest().assets())
        .containsExactly("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                                | is not JSON: ",
        "''                               | is not JSON: ",
        "7                                | has no releases.",
        "{}                               | has no releases.",
        "{\"releases\": \"v1\"}           | has no releases.",
        "{\"releases\": [{\"tag\": \"\"}]}| has no releases.",
        "{\"message\": \"Not Found\"}     | has no releases, only the message 'Not Found'.",
        "[]                               | has no assets in any release.",
        "{\"assets\": []}                 | has no assets in any release.",
        "{\"assets\": [7]}                | has an asset without a name.",
        "{\"assets\": [\" \"]}            | has an asset without a name.",
        "{\"assets\": [{\"size\": 1}]}    | has an asset without a name.",
      })
  void other_json_is_refused_with_what_is_missing(String json, String message) {
    assertThatThrownBy(() -> ProjectReader.read(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message.stripTrailing());
  }
}
