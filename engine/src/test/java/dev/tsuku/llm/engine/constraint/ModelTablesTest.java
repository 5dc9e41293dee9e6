package dev.tsuku.llm.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.vocabulary.TextTokens;
import dev.tsuku.llm.grammar.vocabulary.VocabularyTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModelTablesTest {

  private final TagVocabulary vocabulary =
      new TagVocabulary("some text", 3, List.of("<end>", "<tag>"), Set.of("<end>"));

  /** Keeps in memory what it is given. */
  private static final class Shelf implements TablesStore {

    private final List<VocabularyTables> saved = new ArrayList<>();
    private Optional<VocabularyTables> kept = Optional.empty();
    private int asked;

    @Override
    public Optional<VocabularyTables> load(int size) {
      asked++;
      return kept.filter(tables -> tables.texts().size() == size);
    }

    @Override
    public void save(VocabularyTables tables) {
      saved.add(tables);
    }

    @Override
    public void close() {
      kept = Optional.empty();
    }
  }

  @Test
  void tables_that_were_not_kept_are_made_and_saved_once() {
    Shelf shelf = new Shelf();
    ModelTables tables = new ModelTables(vocabulary, shelf);
    ModelTables.Tables made = tables.tables();
    assertThat(tables.tables()).isSameAs(made);
    assertThat(shelf.asked).isEqualTo(1);
    assertThat(shelf.saved).hasSize(1);
    assertThat(shelf.saved.getFirst().texts()).isSameAs(made.texts().tokens());
    assertThat(made.ends()).containsExactly(vocabulary.size() - 2);
    assertThat(made.texts().tokens().bytes('a')).containsExactly('a');
  }

  @Test
  void tables_that_were_kept_are_taken() {
    ModelTables.Tables made = new ModelTables(vocabulary, TablesStore.NONE).tables();
    Shelf shelf = new Shelf();
    shelf.kept = Optional.of(new VocabularyTables(made.texts().tokens(), made.ends()));
    ModelTables.Tables found = new ModelTables(vocabulary, shelf).tables();
    assertThat(found.texts().tokens()).isSameAs(made.texts().tokens());
    assertThat(found.ends()).isEqualTo(made.ends());
    assertThat(shelf.saved).isEmpty();
  }

  @Test
  void tables_of_another_size_are_not_taken() {
    Shelf shelf = new Shelf();
    shelf.kept = Optional.of(new VocabularyTables(TextTokens.of(new byte[][] {{'x'}}), List.of(0)));
    ModelTables.Tables made = new ModelTables(vocabulary, shelf).tables();
    assertThat(made.texts().tokens().size()).isEqualTo(vocabulary.size());
    assertThat(shelf.saved).hasSize(1);
  }
}
