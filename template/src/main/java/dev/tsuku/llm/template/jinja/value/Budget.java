package dev.tsuku.llm.template.jinja.value;

/**
 * Counts what one rendering costs, and ends it when that is too much. Whatever takes time or memory
 * in proportion to a value's size says so here first. Belongs to the rendering's thread.
 */
public final class Budget {

  private static final int CHARACTERS_FOR_A_STEP = 32;
  private static final int CHARACTERS_OF_AN_ELEMENT = 16;

  /** So many steps are taken between two looks at the guard; seldom more than a millisecond. */
  private static final int UNGUARDED_STEPS = 64;

  private final Limits limits;
  private final RenderGuard guard;
  private long steps;
  private long characters;
  private int depth;
  private long unguarded;

  /** For a rendering that nobody ends. */
  public Budget(Limits limits) {
    this(limits, RenderGuard.NONE);
  }

  public Budget(Limits limits, RenderGuard guard) {
    this.limits = limits;
    this.guard = guard;
  }

  /** A node is evaluated. */
  public void step() {
    steps(1);
  }

  /** Work worth this many nodes is done. */
  public void steps(long more) {
    steps += more;
    if (steps > limits.steps()) {
      throw TemplateException.limit("it took more than " + limits.steps() + " steps");
    }
    work(more);
  }

  /** This many characters are looked at. */
  public void look(long characters) {
    steps(1 + characters / CHARACTERS_FOR_A_STEP);
  }

  /** This many characters are written. */
  public void write(long more) {
    characters += more;
    if (characters > limits.characters() || more < 0) {
      throw TemplateException.limit("it wrote more than " + limits.characters() + " characters");
    }
    work(more / CHARACTERS_FOR_A_STEP);
  }

  private void work(long more) {
    unguarded += more;
    if (unguarded >= UNGUARDED_STEPS) {
      unguarded = 0;
      guard.check();
    }
  }

  /** A list or mapping of this many elements is made. */
  public void elements(long more) {
    steps(more);
    write(more * CHARACTERS_OF_AN_ELEMENT);
  }

  /** A string of this length is about to exist, though nothing is copied yet. */
  public int requireLength(long length) {
    if (length > limits.characters()) {
      throw TemplateException.limit("it wrote more than " + limits.characters() + " characters");
    }
    return (int) length;
  }

  /** Goes one level deeper; {@link #leave} comes back, unless an exception does. */
  public void enter() {
    step();
    if (++depth > limits.depth()) {
      throw TemplateException.limit("it nests deeper than " + limits.depth() + " levels");
    }
  }

  /** Comes back from one level. */
  public void leave() {
    depth--;
  }
}
