package dev.tsuku.llm.bench.assets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.recipe.Project;
import dev.tsuku.llm.recipe.Recipe;
import dev.tsuku.llm.recipe.Release;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AssetsTest {

  private static final String RECORD =
      """
      {"repo": "Owner/tool", "description": "A tool", "variants": [{"assets": {}, "files": []},
       {"assets": {
         "linux/amd64": {"asset": "tool-{version}-linux-amd64.tar.gz", "format": "tar.gz"},
         "darwin/amd64": {"asset": "tool-{version}-darwin-x64.txz", "format": "raw"},
         "darwin/arm64": {"asset": "tool-{version}-darwin-x64.txz", "format": "raw"},
         "linux/arm64": {"asset": "tool-{version}-arm64.whl", "format": "raw"},
         "windows/amd64": {"asset": "tool.exe", "format": "raw"}},
        "files": [{"name": "toolx", "src": null}]}]}""";

  private static AssetCase read(String record, int releases) {
    return AssetCase.of((Json.Obj) JsonReader.read(record), releases).orElseThrow();
  }

  @Test
  void one_owner_in_eight_is_held_out_as_in_training() {
    // Computed by held_out in training/releases.py.
    assertThat(List.of("01mf02", "BurntSushi", "Arata1202", "BurntSushi"))
        .extracting(owner -> Split.isHeldOut(owner + "/x"))
        .containsExactly(false, true, true, true);
    assertThat(Split.isHeldOut("OWNER/a")).isEqualTo(Split.isHeldOut("owner/b"));
  }

  @Test
  void a_record_becomes_a_release_with_its_expected_mappings() {
    AssetCase one = read(RECORD, 2);
    String version = one.project().newest().tag().substring(1);
    assertThat(one.project().releases()).hasSize(2);
    assertThat(one.executable()).isEqualTo("toolx");
    assertThat(one.mappings())
        .as("no emulated processor, no package")
        .containsExactly(
            new Recipe.Mapping(
                "linux", "amd64", "tool-" + version + "-linux-amd64.tar.gz", "tar.gz"),
            new Recipe.Mapping("darwin", "amd64", "tool-" + version + "-darwin-x64.txz", "binary"));
    assertThat(one.project().newest().assets()).contains("tool.exe", "checksums.txt");
    assertThat(read(RECORD, 2)).as("from a seed").isEqualTo(one);
  }

  @Test
  void a_macos_file_that_names_no_processor_is_for_both() {
    String record = RECORD.replace("tool-{version}-darwin-x64.txz", "tool-{version}-macos.zip");
    String amd64Only =
        record.replace(
            "\"darwin/arm64\": {\"asset\": \"tool-{version}-macos.zip\", \"format\": \"raw\"},\n",
            "");
    assertThat(amd64Only).isNotEqualTo(record);
    assertThat(read(amd64Only, 1).mappings())
        .isEqualTo(read(record, 1).mappings())
        .extracting(it -> it.os() + "/" + it.arch())
        .containsExactly("linux/amd64", "darwin/amd64", "darwin/arm64");
    assertThat(
            read(
                    amd64Only.replace(
                        "windows/amd64\": {\"asset\": \"tool.exe",
                        "darwin/other\": {\"asset\": \"tool-mac-arm64"),
                    1)
                .mappings())
        .as("another one is for arm64")
        .extracting(it -> it.os() + "/" + it.arch())
        .containsExactly("linux/amd64", "darwin/amd64");
  }

  @Test
  void a_record_without_a_usable_file_is_no_case() {
    String record = "{\"repo\": \"o/t\", \"variants\": [{\"assets\": {}}]}";
    assertThat(AssetCase.of((Json.Obj) JsonReader.read(record), 1)).isEmpty();
  }

  @Test
  void the_rule_matcher_maps_plain_names() {
    AssetCase one = read(RECORD.replace("txz\", \"format\": \"raw", "txz\", \"format\": \"txz"), 1);
    assertThat(RuleMatcher.mappings(one.project()))
        .containsExactlyInAnyOrderElementsOf(one.mappings());
  }

  @Test
  void the_rule_matcher_tells_processors_and_systems_apart() {
    List<String> files =
        List.of(
            "win-linux-arm64.zip",
            "win-linux-armv7.zip",
            "win-linux-x86_64.zip",
            "win-linux-i386.zip",
            "win-macos-all.zip",
            "win-windows-amd64.zip",
            "win-linux-x86_64.zip.sha256",
            "win-linux-x86_64-musl.tar.gz");
    Project project = new Project("o/win", "", List.of(new Release("v1", files)), "");
    assertThat(RuleMatcher.mappings(project))
        .containsExactly(
            new Recipe.Mapping("linux", "amd64", "win-linux-x86_64-musl.tar.gz", "tar.gz"),
            new Recipe.Mapping("linux", "arm64", "win-linux-arm64.zip", "zip"),
            new Recipe.Mapping("darwin", "amd64", "win-macos-all.zip", "zip"),
            new Recipe.Mapping("darwin", "arm64", "win-macos-all.zip", "zip"));
  }

  @Test
  void a_score_counts_what_is_right_and_names_what_is_not() {
    AssetCase one = read(RECORD, 1);
    Recipe.Mapping linux = one.mappings().getFirst();
    Score score = new Score("model");
    score.add(one, Optional.of(new Recipe(one.mappings(), "toolx", "")));
    score.add(one, Optional.empty());
    Recipe.Mapping wrong = new Recipe.Mapping("darwin", "amd64", linux.asset(), "tar.gz");
    score.add(one, Optional.of(new Recipe(List.of(linux, wrong), "other", "")));
    assertThat(score.report().lines().map(line -> line.replaceAll(" +", " ").strip()))
        .contains(
            "model: exact mappings 1 of 3 33.3 %",
            "valid call 2 of 3 66.7 %",
            "platform 4 of 6 66.7 %",
            "asset 3 of 6 50.0 %",
            "executable 1 of 2 50.0 %",
            "1 times darwin/amd64 given the file for linux/amd64",
            "1 times missing linux/amd64");
  }

  @Test
  void a_call_in_free_text_is_read() {
    String call = "{\"name\": \"extract_pattern\", \"arguments\": {\"mappings\": []}}";
    assertThat(Assets.freeRecipe(call)).isPresent();
    assertThat(Assets.freeRecipe("<|tool_call|>" + call)).isPresent();
    assertThat(Assets.freeRecipe(call.replace("extract_pattern", "fetch_file"))).isEmpty();
    assertThat(Assets.freeRecipe("{\"name\":")).isEmpty();
    assertThat(Assets.freeRecipe("[]")).isEmpty();
  }
}
