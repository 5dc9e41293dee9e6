package dev.tsuku.llm.engine;

/**
 * How full an engine is. A snapshot: what it says was true a moment ago.
 *
 * @param running requests at work
 * @param mostRunning at once
 * @param waiting requests that wait for their turn
 * @param mostWaiting at once
 * @param cells room for tokens, of all requests together
 * @param busyCells taken by requests at work
 * @param keptCells kept for later requests that begin with the same tokens
 * @param computeThreads threads of the processor that compute the next token
 * @param mostComputeThreads of those, while no other program uses the cores
 * @param kvCacheType how keys and values are stored, such as {@code f16}; empty without a model
 */
public record Occupancy(
    int running,
    int mostRunning,
    int waiting,
    int mostWaiting,
    int cells,
    int busyCells,
    int keptCells,
    int computeThreads,
    int mostComputeThreads,
    String kvCacheType) {}
