package dev.tsuku.llm.engine.backend;

/**
 * How many threads of the processor compute.
 *
 * @param most at least 1
 * @param adapts whether fewer may compute while other programs use the cores
 */
public record ComputeThreads(int most, boolean adapts) {

  public ComputeThreads {
    if (most < 1) {
      throw new IllegalArgumentException("at least one thread must compute, not " + most);
    }
  }

  /** Always so many. */
  public static ComputeThreads fixed(int count) {
    return new ComputeThreads(count, false);
  }

  /** As many as are quickest at the moment. */
  public static ComputeThreads upTo(int most) {
    return new ComputeThreads(most, true);
  }
}
