package dev.tsuku.llm.engine.draft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.draft.PromptLookup.Match;
import dev.tsuku.llm.engine.prefix.TokenList;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PromptLookupTest {

  @Test
  void the_last_place_that_looks_like_the_end_is_found() {
    TokenList tokens = new TokenList(7, 1, 2, 3, 4, 9, 1, 2, 3, 5, 8, 1, 2, 3);
    assertThat(new PromptLookup(tokens).find()).isEqualTo(new Match(9, 3));
  }

  @Test
  void what_never_stood_there_is_not_found() {
    PromptLookup lookup = new PromptLookup(new TokenList(1, 2, 3, 4, 5, 6));
    assertThat(lookup.find()).isEqualTo(Match.NONE);
    assertThat(new PromptLookup(new TokenList()).find()).isEqualTo(Match.NONE);
    assertThat(new PromptLookup(new TokenList(1, 1, 1)).find()).isEqualTo(Match.NONE);
  }

  @Test
  void a_run_that_overlaps_itself_is_found() {
    assertThat(new PromptLookup(new TokenList(1, 1, 1, 1, 1)).find()).isEqualTo(new Match(4, 4));
  }

  @Test
  void a_growing_list_is_searched_as_if_it_had_always_been_so_long() {
    Random random = new Random(1);
    TokenList tokens = new TokenList();
    PromptLookup grown = new PromptLookup(tokens);
    int found = 0;
    for (int i = 0; i < 3_000; i++) {
      tokens.add(random.nextInt(6));
      Match match = grown.find();
      if (match.length() > 0) {
        found++;
        assertThat(match.next()).isEqualTo(lastPlace(tokens));
      }
    }
    assertThat(found).as("most of all places").isGreaterThan(2_000);
  }

  /** The slow and obvious way; 0 if there is none. */
  private static int lastPlace(TokenList tokens) {
    int size = tokens.size();
    for (int next = size - 1; next >= 3; next--) {
      if (tokens.get(next - 1) == tokens.get(size - 1)
          && tokens.get(next - 2) == tokens.get(size - 2)
          && tokens.get(next - 3) == tokens.get(size - 3)) {
        return next;
      }
    }
    return 0;
  }
}
