package dev.tsuku.llm.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Figures are read and reckoned right; what they are is not the business of a test. */
class FiguresTest {

  @Test
  void a_median_is_the_middle_value_or_between_the_two() {
    assertThat(new Samples(3, 1, 2).median()).isEqualTo(2);
    assertThat(new Samples(4, 1, 2, 3).median()).isEqualTo(2.5);
    assertThat(new Samples(1, 2).percentile(90)).isBetween(1.89, 1.91);
    assertThat(new Samples(7).max()).isEqualTo(7);
  }

  @Test
  void the_rates_of_both_tests_are_found_in_llama_benchs_table() {
    String csv =
        """
        build_commit,n_prompt,n_gen,avg_ts
        "80fb11a","512","0","101.500000"
        "80fb11a","0","128","20.250000"
        """;
    assertThat(LlamaBench.parse(csv)).contains(new Rates(101.5, 20.25));
    assertThat(LlamaBench.parse("")).isEmpty();
    assertThat(LlamaBench.parse("a,b\n\"1\",\"2\"\n")).isEmpty();
  }

  @Test
  void resident_pages_are_sorted_by_what_they_are_of() {
    List<String> smaps =
        List.of(
            "7f00-7f10 r--s 00000000 fe:00 1 /m/model.gguf",
            "Rss:                 100 kB",
            "7f10-7f20 rw-p 00000000 00:00 0 ",
            "Rss:                  20 kB",
            "7f20-7f30 rw-p 00000000 00:00 0 [heap]",
            "Rss:                   3 kB",
            "7f30-7f40 r-xp 00000000 fe:00 2 /app/llama/libllama.so",
            "Rss:                   4 kB",
            "7f40-7f50 rw-p 00000000 fe:00 3 /app/cache/serve.aot",
            "Rss:                   5 kB");
    assertThat(Resident.parse(smaps, "/m/model.gguf")).isEqualTo(new Resident(23, 100, 5, 4));
  }
}
