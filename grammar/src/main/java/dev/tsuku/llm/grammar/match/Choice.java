package dev.tsuku.llm.grammar.match;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** In one of several given texts, or behind it. */
final class Choice extends MatcherState {

  /**
   * One of them.
   *
   * @param rest what is missing of it, as symbols
   * @param then where its end leads
   */
  record Branch(String rest, MatcherState then) {}

  private final List<Branch> branches;

  private Choice(List<Branch> branches, Context context) {
    super(context);
    this.branches = branches;
  }

  /**
   * Before one of several texts. None is the beginning of another, unless nothing can follow it.
   *
   * @return null if there is none
   */
  static @Nullable MatcherState of(List<Branch> branches, Context context) {
    if (branches.size() == 1 && branches.getFirst().rest().isEmpty()) {
      return branches.getFirst().then();
    }
    return branches.isEmpty() ? null : new Choice(List.copyOf(branches), context);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return follow(b);
  }

  @Override
  @Nullable MatcherState mark(int mark) {
    return follow(mark);
  }

  private @Nullable MatcherState follow(int symbol) {
    List<Branch> left = new ArrayList<>();
    for (Branch branch : branches) {
      String rest = branch.rest();
      if (rest.isEmpty()) {
        MatcherState next = branch.then().next(symbol);
        if (next != null) {
          return next;
        }
      } else if (rest.codePointAt(0) == symbol) {
        left.add(new Branch(rest.substring(Character.charCount(symbol)), branch.then()));
      }
    }
    return of(left, context);
  }

  @Override
  public List<Integer> marks() {
    List<Integer> marks = new ArrayList<>();
    for (Branch branch : branches) {
      if (branch.rest().isEmpty()) {
        marks.addAll(branch.then().marks());
      } else if (branch.rest().codePointAt(0) >= MARK) {
        marks.add(branch.rest().codePointAt(0) - MARK);
      }
    }
    return marks.stream().distinct().toList();
  }

  @Override
  public boolean mayBegin(int b) {
    for (Branch branch : branches) {
      String rest = branch.rest();
      if (rest.isEmpty() ? branch.then().mayBegin(b) : rest.charAt(0) == b) {
        return true;
      }
    }
    return false;
  }

  @Override
  int findOnly() {
    int found = -1;
    for (Branch branch : branches) {
      int head = branch.rest().isEmpty() ? branch.then().only() : branch.rest().codePointAt(0);
      if (head < 0 || (found >= 0 && found != head)) {
        return -1;
      }
      found = head;
    }
    return found;
  }

  @Override
  Iterable<String> ways() {
    List<String> ways = new ArrayList<>();
    for (Branch branch : branches) {
      if (branch.rest().isEmpty()) {
        branch.then().ways().forEach(ways::add);
      } else {
        ways.add(branch.rest());
      }
    }
    return ways;
  }

  @Override
  public boolean isComplete() {
    return branches.stream()
        .anyMatch(branch -> branch.rest().isEmpty() && branch.then().isComplete());
  }

  @Override
  public Part part() {
    return Part.NOTATION;
  }

  @Override
  List<Object> key() {
    return List.of(branches);
  }
}
