package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import java.util.SplittableRandom;

/**
 * Looks for a string in another one, in time proportional to both. Java's own search takes the
 * product of both lengths at worst, which a template of a few characters can make minutes: {@code
 * ('ab' * 50000 ~ 'c') in 'ab' * 100000}.
 *
 * <p>Long parts are found by a rolling hash (Karp and Rabin) modulo the prime 2^61 - 1 with a base
 * that nobody can know before, and compared where hashes are equal.
 */
public final class Search {

  /** So short a part costs no more than so many comparisons for each character. */
  private static final int SHORT = 16;

  private static final long PRIME = (1L << 61) - 1;
  private static final long BASE = new SplittableRandom().nextLong(1 << 20, PRIME);

  private Search() {}

  /**
   * Where a part stands first.
   *
   * @param from the first place where it may begin
   * @return -1 if it stands nowhere
   */
  public static int first(String all, String part, int from, Budget budget) {
    int begin = Math.max(0, from);
    int found =
        part.length() <= SHORT
            ? all.indexOf(part, begin)
            : rolled(all, part, begin, all.length() - part.length());
    budget.look(Math.max(0L, (found < 0 ? all.length() : found) - begin) + part.length());
    return found;
  }

  /**
   * Where a part stands last.
   *
   * @param from the last place where it may begin
   * @return -1 if it stands nowhere
   */
  public static int last(String all, String part, int from, Budget budget) {
    int found =
        part.length() <= SHORT
            ? all.lastIndexOf(part, from)
            : rolled(all, part, Math.min(from, all.length() - part.length()), 0);
    budget.look((long) Math.max(0, from) - Math.max(0, found) + part.length());
    return found;
  }

  /** Tries the places between two, both included, from the one to the other. */
  private static int rolled(String all, String part, int from, int to) {
    int length = part.length();
    boolean forwards = to >= from;
    if (Math.min(from, to) < 0 || Math.max(from, to) > all.length() - length) {
      return -1;
    }
    long wanted = 0;
    long hash = 0;
    long power = 1;
    // The character that leaves next is the most significant one, whichever way it goes.
    for (int i = 0; i < length; i++) {
      int at = forwards ? i : length - 1 - i;
      wanted = next(wanted, part.charAt(at));
      hash = next(hash, all.charAt(from + at));
      power = i == 0 ? 1 : product(power, BASE);
    }
    for (int place = from; ; place += forwards ? 1 : -1) {
      if (hash == wanted && all.startsWith(part, place)) {
        return place;
      }
      if (place == to) {
        return -1;
      }
      char leaves = all.charAt(forwards ? place : place + length - 1);
      char comes = all.charAt(forwards ? place + length : place - 1);
      hash = next(difference(hash, product(power, leaves + 1L)), comes);
    }
  }

  private static long next(long hash, char more) {
    long sum = product(hash, BASE) + more + 1;
    return sum >= PRIME ? sum - PRIME : sum;
  }

  private static long difference(long a, long b) {
    return a >= b ? a - b : a - b + PRIME;
  }

  private static long product(long a, long b) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    long sum = (low & PRIME) + ((low >>> 61) | (high << 3));
    return sum >= PRIME ? sum - PRIME : sum;
  }
}
