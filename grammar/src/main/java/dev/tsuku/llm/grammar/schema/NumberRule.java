package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.JsonWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Conditions on a number.
 *
 * @param isInteger whether it has to be whole, and is then written without a fraction
 * @param isFraction whether it must not be whole
 * @param least lower bound
 * @param isAboveLeast whether the bound itself is out
 * @param most upper bound
 * @param isBelowMost whether the bound itself is out
 * @param step of which it has to be a multiple
 * @param otherSteps of which it must not be a multiple
 * @param values the only ones, if that is said
 * @param others those that are out
 */
public record NumberRule(
    boolean isInteger,
    boolean isFraction,
    Optional<BigDecimal> least,
    boolean isAboveLeast,
    Optional<BigDecimal> most,
    boolean isBelowMost,
    Optional<BigDecimal> step,
    Set<BigDecimal> otherSteps,
    Optional<Set<BigDecimal>> values,
    Set<BigDecimal> others)
    implements Rule {

  /** Digits before the point, unless bounds are larger. */
  public static final int MOST_DIGITS = 24;

  /** Digits behind the point. */
  public static final int MOST_FRACTION_DIGITS = 24;

  /** Exponents of doubles end a little above. */
  public static final int MOST_EXPONENT = 299;

  private static final int MOST_CANDIDATES = 1000;

  /** Any number. */
  public static final NumberRule ANY =
      new NumberRule(
          false,
          false,
          Optional.empty(),
          false,
          Optional.empty(),
          false,
          Optional.empty(),
          Set.of(),
          Optional.empty(),
          Set.of());

  /** Whether what was written so far has no part in what may follow. */
  public boolean isFree() {
    return !isFraction
        && least.isEmpty()
        && most.isEmpty()
        && step.isEmpty()
        && otherSteps.isEmpty()
        && values.isEmpty()
        && others.isEmpty();
  }

  /** Whether numbers are multiples of something, so that they lie apart. */
  private boolean hasGrid() {
    return isInteger || step.isPresent();
  }

  /** The distance of two numbers that may be. */
  private BigDecimal grid() {
    if (step.isEmpty()) {
      return BigDecimal.ONE;
    }
    return isInteger ? leastCommon(step.get(), BigDecimal.ONE) : step.get();
  }

  /** The least number that is a multiple of both. */
  static BigDecimal leastCommon(BigDecimal one, BigDecimal other) {
    int scale = Math.max(0, Math.max(one.scale(), other.scale()));
    BigInteger a = one.setScale(scale).unscaledValue();
    BigInteger b = other.setScale(scale).unscaledValue();
    return new BigDecimal(a.divide(a.gcd(b)).multiply(b), scale);
  }

  /** Whether a number will do. */
  public boolean accepts(BigDecimal value) {
    return isWithinBounds(value)
        && !(isInteger && !isWhole(value))
        && !(isFraction && isWhole(value))
        && (step.isEmpty() || value.remainder(step.get()).signum() == 0)
        && otherSteps.stream().noneMatch(other -> value.remainder(other).signum() == 0)
        && (values.isEmpty() || values.get().contains(normal(value)))
        && !others.contains(normal(value));
  }

  private static boolean isWhole(BigDecimal value) {
    return value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
  }

  private static BigDecimal normal(BigDecimal value) {
    return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
  }

  private boolean isWithinBounds(BigDecimal value) {
    int below = least.map(value::compareTo).orElse(1);
    int above = most.map(value::compareTo).orElse(-1);
    return (isAboveLeast ? below > 0 : below >= 0) && (isBelowMost ? above < 0 : above <= 0);
  }

  /**
   * Whether digits may be followed by others so that it becomes a number that will do. Says yes
   * where it cannot tell.
   *
   * @param text a beginning of a number, as JSON spells it
   */
  public boolean isAlive(String text) {
    if (values.isPresent()) {
      return values.get().stream()
          .anyMatch(value -> accepts(value) && JsonWriter.spell(value).startsWith(text));
    }
    int exponent = text.indexOf('e');
    if (exponent >= 0) {
      return !hasGrid()
          && isAliveBeforeExponent(text.substring(0, exponent), text.substring(exponent + 1));
    }
    boolean isNegative = text.startsWith("-");
    String digits = isNegative ? text.substring(1) : text;
    if (digits.isEmpty()) {
      return isMinusAlive();
    }
    if (!hasGrid() && !digits.endsWith(".") && isAliveBeforeExponent(text, "")) {
      return true;
    }
    int point = digits.indexOf('.');
    if (point >= 0) {
      int fraction = digits.length() - point - 1;
      BigInteger all = new BigInteger(digits.replace(".", ""));
      return mayHaveFraction(fraction)
          && hasOneBetween(
              isNegative,
              new BigDecimal(all, fraction),
              new BigDecimal(all.add(BigInteger.ONE), fraction));
    }
    BigInteger from = new BigInteger(digits);
    BigInteger to = from.add(BigInteger.ONE);
    int more = digits.equals("0") ? 0 : Math.max(0, mostDigits() - digits.length());
    for (int k = 0; k <= more; k++) {
      BigInteger factor = BigInteger.TEN.pow(k);
      if (hasOneBetween(
          isNegative, new BigDecimal(from.multiply(factor)), new BigDecimal(to.multiply(factor)))) {
        return true;
      }
    }
    return false;
  }

  /** Minus zero is left to those to whom it is no different. */
  private boolean isMinusAlive() {
    BigDecimal from = hasGrid() ? grid().min(BigDecimal.ONE) : BigDecimal.ZERO;
    return hasOneBetween(true, from, BigDecimal.TEN.pow(mostDigits()));
  }

  /** Whether a number may have more than so many digits behind its point, or as many. */
  private boolean mayHaveFraction(int digits) {
    if (!hasGrid()) {
      return true;
    }
    int scale = grid().stripTrailingZeros().scale();
    return !isInteger && scale > 0 && digits <= scale;
  }

  /**
   * Whether there is a number that will do whose magnitude is between these.
   *
   * @param from may be it
   * @param to may not
   */
  private boolean hasOneBetween(boolean isNegative, BigDecimal from, BigDecimal to) {
    BigDecimal low = isNegative ? to.negate() : from;
    BigDecimal high = isNegative ? from.negate() : to;
    boolean isLowOut = isNegative;
    boolean isHighOut = !isNegative;
    if (least.isPresent() && least.get().compareTo(low) >= 0) {
      isLowOut = isAboveLeast || (isLowOut && least.get().compareTo(low) == 0);
      low = least.get();
    }
    if (most.isPresent() && most.get().compareTo(high) <= 0) {
      isHighOut = isBelowMost || (isHighOut && most.get().compareTo(high) == 0);
      high = most.get();
    }
    if (hasGrid()) {
      BigDecimal first = firstMultipleFrom(low);
      if (isLowOut && first.compareTo(low) == 0) {
        first = first.add(grid());
      }
      int order = first.compareTo(high);
      return order < 0 || (order == 0 && !isHighOut);
    }
    int order = low.compareTo(high);
    return order < 0 || (order == 0 && !isLowOut && !isHighOut);
  }

  private BigDecimal firstMultipleFrom(BigDecimal value) {
    BigDecimal down = value.divideToIntegralValue(grid()).multiply(grid());
    return down.compareTo(value) < 0 ? down.add(grid()) : down;
  }

  private int mostDigits() {
    int digits = MOST_DIGITS;
    if (least.isPresent()) {
      digits = Math.max(digits, least.get().precision() - least.get().scale());
    }
    if (most.isPresent()) {
      digits = Math.max(digits, most.get().precision() - most.get().scale());
    }
    if (step.isPresent()) {
      digits = Math.max(digits, step.get().precision() - step.get().scale() + 1);
    }
    return digits;
  }

  /** Whether some exponent that begins like this makes a number that will do. */
  private boolean isAliveBeforeExponent(String mantissa, String exponent) {
    BigDecimal value = new BigDecimal(mantissa);
    for (int e = 0; e <= MOST_EXPONENT; e++) {
      String digits = Integer.toString(e);
      if ((("+" + digits).startsWith(exponent)
              || digits.startsWith(exponent)
              || ("+0" + digits).startsWith(exponent)
              || ("0" + digits).startsWith(exponent))
          && accepts(value.scaleByPowerOfTen(e))) {
        return true;
      }
      if ((("-" + digits).startsWith(exponent) || ("-0" + digits).startsWith(exponent))
          && accepts(value.scaleByPowerOfTen(-e))) {
        return true;
      }
    }
    return false;
  }

  /** Whether there is no such number. */
  boolean isEmpty() {
    return shortest().isEmpty();
  }

  /** A short spelling of a number that will do; empty if none is found. */
  public Optional<String> shortest() {
    if (values.isPresent()) {
      return values.get().stream()
          .filter(this::accepts)
          .map(JsonWriter::spell)
          .min(Comparator.comparingInt(String::length));
    }
    return candidates()
        .limit(MOST_CANDIDATES)
        .filter(this::accepts)
        .map(JsonWriter::spell)
        .findFirst();
  }

  /** Numbers of which, if any will do, one of the first will; nearly always. */
  private Stream<BigDecimal> candidates() {
    if (!hasGrid()) {
      BigDecimal low =
          least.orElse(
              most.map(bound -> bound.min(BigDecimal.ONE).subtract(BigDecimal.TEN))
                  .orElse(BigDecimal.ZERO));
      BigDecimal high = most.orElse(low.max(BigDecimal.ZERO).add(BigDecimal.TEN));
      BigDecimal part = high.subtract(low).multiply(new BigDecimal("0.09"));
      return Stream.concat(
          Stream.of(BigDecimal.ZERO, BigDecimal.ONE, low, high),
          Stream.iterate(low.add(part), value -> value.add(part)));
    }
    BigDecimal grid = grid();
    if (least.isPresent()) {
      return Stream.iterate(firstMultipleFrom(least.get()), this::isNotAbove, grid::add);
    }
    if (most.isPresent()) {
      BigDecimal last = firstMultipleFrom(most.get().negate()).negate();
      return Stream.iterate(last, value -> value.subtract(grid));
    }
    return Stream.iterate(BigDecimal.ZERO, grid::add);
  }

  private boolean isNotAbove(BigDecimal value) {
    return most.map(bound -> value.compareTo(bound) <= 0).orElse(true);
  }
}
