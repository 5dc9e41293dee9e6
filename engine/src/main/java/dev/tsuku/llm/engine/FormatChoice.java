package dev.tsuku.llm.engine;

import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.template.BoundaryTokens;
import dev.tsuku.llm.template.ChatMl;
import dev.tsuku.llm.template.ChatTemplate;
import dev.tsuku.llm.template.Continuation;
import dev.tsuku.llm.template.PromptFormat;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.ZoneId;
import java.util.OptionalInt;

/**
 * Which format a model's prompts have: the template in its file; ChatML where there is none but the
 * vocabulary knows ChatML, and where the template is no use; none at all for a model that was never
 * taught to converse.
 */
final class FormatChoice {

  private static final Logger LOG = System.getLogger(FormatChoice.class.getName());

  private FormatChoice() {}

  static PromptFormat of(BackendModel model) {
    Vocabulary vocabulary = model.vocabulary();
    if (model.chatTemplate().isPresent()) {
      try {
        return ChatTemplate.parse(
            model.chatTemplate().get(),
            boundaries(vocabulary),
            Clock.system(ZoneId.systemDefault()));
      } catch (TemplateException e) {
        LOG.log(
            Level.WARNING, "{0}: {1} ChatML is used instead.", model.description(), e.getMessage());
        return new ChatMl();
      }
    }
    return vocabulary.specialToken(ChatMl.START).isPresent() ? new ChatMl() : new Continuation();
  }

  private static BoundaryTokens boundaries(Vocabulary vocabulary) {
    return new BoundaryTokens(
        text(vocabulary, vocabulary.bosToken()), text(vocabulary, vocabulary.eosToken()));
  }

  private static String text(Vocabulary vocabulary, OptionalInt token) {
    return token.isPresent() ? vocabulary.text(token.getAsInt()) : "";
  }
}
