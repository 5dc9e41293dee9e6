package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.Sampling;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say how tokens are chosen and where an answer ends. */
final class SamplingOptions {

  private static final int MAX_STOPS = 16;
  private static final int MAX_STOP_CHARS = 256;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "Draw tokens, the more evenly the greater: 0 to 10; 0, and unless given, the likeliest is"
              + " taken.")
  private @Nullable String temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draw from so many of the likeliest tokens.")
  private @Nullable String topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the likeliest tokens that together have this probability.")
  private @Nullable String topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Draw from tokens with at least this fraction of the likeliest's probability.")
  private @Nullable String minP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Draw the same again: a whole number; unless given, another one each time.")
  private @Nullable String seed;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description = "Make the last 64 tokens less likely: 1 is none, 1.1 a little.")
  private @Nullable String repetitionPenalty;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description =
          "End the answer before this text, not inside calls. May be given up to 16 times.")
  private List<String> stop = List.of();

  /** The prompt with what was asked for. */
  Prompt applied(Prompt prompt) {
    Sampling sampling = Sampling.GREEDY;
    if (temperature != null) {
      sampling = sampling.withTemperature(number("--temperature", temperature, "0 to 10", 0, 10));
    }
    if (repetitionPenalty != null) {
      sampling =
          sampling.withRepetitionPenalty(
              number(
                  "--repetition-penalty",
                  repetitionPenalty,
                  "above 0, at most 10",
                  Float.MIN_VALUE,
                  10));
    }
    if (sampling.temperature() > 0) {
      sampling = drawn(sampling);
    } else {
      refuseWithoutTemperature("--top-k", topK);
      refuseWithoutTemperature("--top-p", topP);
      refuseWithoutTemperature("--min-p", minP);
      refuseWithoutTemperature("--seed", seed);
    }
    checkStop();
    return prompt.withSampling(sampling).withStop(stop);
  }

  private Sampling drawn(Sampling sampling) {
    Sampling changed = sampling;
    if (topK != null) {
      changed = changed.withTopK((int) whole("--top-k", topK, 0, Integer.MAX_VALUE));
    }
    if (topP != null) {
      changed = changed.withTopP(number("--top-p", topP, "above 0, at most 1", Float.MIN_VALUE, 1));
    }
    if (minP != null) {
      changed = changed.withMinP(number("--min-p", minP, "0 or more, below 1", 0, 0.999_999));
    }
    if (seed != null) {
      changed = changed.withSeed(whole("--seed", seed, 0, Long.MAX_VALUE));
    }
    return changed;
  }

  private void refuseWithoutTemperature(String option, @Nullable String value) {
    if (value != null) {
      throw misused(
          option
              + " has no effect without --temperature above 0: the likeliest token is taken. Add"
              + " --temperature 0.7, or leave it out.");
    }
  }

  private void checkStop() {
    if (stop.size() > MAX_STOPS) {
      throw misused("--stop is given " + stop.size() + " times. Give it at most 16 times.");
    }
    for (String text : stop) {
      if (text.isEmpty() || text.length() > MAX_STOP_CHARS) {
        throw misused("--stop takes a text of 1 to 256 characters, not of " + text.length() + ".");
      }
    }
  }

  private double number(String option, String value, String range, double least, double most) {
    try {
      double number = Double.parseDouble(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, together with what is out of range.
    }
    throw misused(option + " takes a number " + range + ", not '" + value + "'.");
  }

  private long whole(String option, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, together with what is out of range.
    }
    throw misused(
        option + " takes a whole number from " + least + " to " + most + ", not '" + value + "'.");
  }

  private ParameterException misused(String sentence) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), sentence);
  }
}
