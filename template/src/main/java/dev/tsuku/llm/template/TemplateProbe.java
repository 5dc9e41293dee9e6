package dev.tsuku.llm.template;

import dev.tsuku.llm.template.TemplateTraits.CallForm;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Finds out what a template can do, by rendering tiny conversations and looking whether what was
 * said in them comes out.
 */
final class TemplateProbe {

  private static final String SYSTEM = "qzsystem";
  private static final Turn.User HELLO = new Turn.User("qzhello");
  private static final Turn.User AGAIN = new Turn.User("qzagain");
  private static final ToolDefinition TOOL =
      new ToolDefinition(
          "qztool",
          "qzpurpose",
          "{\"type\": \"object\", \"properties\": {\"qzkey\": {\"type\": \"string\","
              + " \"description\": \"qzmeaning\"}}, \"required\": [\"qzkey\"]}");

  private final BiFunction<Conversation, CallForm, String> renderer;

  /** A probe of a template, given as what renders with it, unadapted. */
  TemplateProbe(BiFunction<Conversation, CallForm, String> renderer) {
    this.renderer = renderer;
  }

  /**
   * What the template can do.
   *
   * @throws TemplateException if it cannot even render a single message of a user
   */
  TemplateTraits traits() {
    requireShortest();
    boolean system = shows(new Conversation(SYSTEM, List.of(HELLO)), CallForm.USUAL, SYSTEM);
    String instructions = system ? SYSTEM : "";
    boolean tools =
        shows(
            new Conversation(instructions, List.of(HELLO), List.of(TOOL)),
            CallForm.USUAL,
            TOOL.name(),
            instructions,
            "qzhello");
    return traits(system, tools);
  }

  /**
   * What the template can do if it omits system prompts and tools on purpose: it is given them
   * anyway, and calls and results are probed as for any other.
   */
  TemplateTraits traitsWithSystemAndTools() {
    return traits(true, true);
  }

  private TemplateTraits traits(boolean system, boolean tools) {
    CallForm form = CallForm.USUAL;
    boolean calls = false;
    for (CallForm candidate : forms()) {
      if (tools && !calls && writesCall(candidate)) {
        calls = true;
        form = candidate;
      }
    }
    return new TemplateTraits(
        system,
        tools,
        calls,
        calls || (tools && writesResult()),
        calls && writesTwoCalls(form),
        allowsNeighbours(),
        form);
  }

  /** Some templates insist on a system message, which conversations may have. */
  private void requireShortest() {
    boolean shows;
    try {
      shows =
          renderer
              .apply(new Conversation("", List.of(HELLO)), CallForm.USUAL)
              .contains(HELLO.content());
    } catch (TemplateException e) {
      if (e.kind() == TemplateException.Kind.RAISED
          && shows(new Conversation(SYSTEM, List.of(HELLO)), CallForm.USUAL, HELLO.content())) {
        return;
      }
      throw e;
    }
    if (!shows) {
      throw TemplateException.failed("it leaves out what a user says");
    }
  }

  /** The usual form first, then what the fewest templates want last. */
  private static List<CallForm> forms() {
    return List.of(
        CallForm.USUAL,
        new CallForm(false, true, false),
        new CallForm(false, false, true),
        new CallForm(true, false, false),
        new CallForm(true, true, false),
        new CallForm(true, false, true));
  }

  private boolean writesCall(CallForm form) {
    Turn call = new Turn.Assistant("", List.of(call("qzid-1", "qzvalue")));
    Conversation conversation =
        new Conversation(
            "",
            List.of(HELLO, call, new Turn.ToolResult("qzid-1", "qzoutcome", false)),
            List.of(TOOL));
    // Python's own notation instead of JSON shows an object where text was wanted; quotes within
    // quotes show text where an object was.
    return shows(conversation, form, TOOL.name(), "qzvalue", "qzoutcome")
        && !shows(conversation, form, "'qzargument'")
        && !shows(conversation, form, "\\\"qzargument\\\"");
  }

  private boolean writesTwoCalls(CallForm form) {
    Turn calls =
        new Turn.Assistant("", List.of(call("qzid-1", "qzvalue"), call("qzid-2", "qzother")));
    return shows(
        new Conversation(
            "",
            List.of(
                HELLO,
                calls,
                new Turn.ToolResult("qzid-1", "qzoutcome", false),
                new Turn.ToolResult("qzid-2", "qzreturn", false)),
            List.of(TOOL)),
        form,
        "qzvalue",
        "qzother",
        "qzoutcome",
        "qzreturn");
  }

  private boolean writesResult() {
    return shows(
        new Conversation(
            "",
            List.of(
                HELLO,
                new Turn.Assistant("qzcalled", List.of()),
                new Turn.ToolResult("qzid-1", "qzoutcome", false)),
            List.of(TOOL)),
        CallForm.USUAL,
        "qzcalled",
        "qzoutcome");
  }

  private boolean allowsNeighbours() {
    return shows(new Conversation("", List.of(HELLO, AGAIN)), CallForm.USUAL, "qzhello", "qzagain");
  }

  private static ToolCall call(String id, String value) {
    return new ToolCall(id, TOOL.name(), "{\"qzargument\": \"" + value + "\"}");
  }

  /** Whether the template renders a conversation, and all of these stand in it. */
  private boolean shows(Conversation conversation, CallForm form, String... wanted) {
    String rendered;
    try {
      rendered = renderer.apply(conversation, form);
    } catch (TemplateException e) {
      return false;
    }
    for (String word : wanted) {
      if (!rendered.contains(word)) {
        return false;
      }
    }
    return true;
  }
}
