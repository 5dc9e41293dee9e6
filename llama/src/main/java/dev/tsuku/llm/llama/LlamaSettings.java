package dev.tsuku.llm.llama;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where llama.cpp is and what it shall compute with.
 *
 * @param bundledDirectory the prebuilt libraries: a folder that holds them, or one with the
 *     packages as npm lays them out ({@code node_modules}); each library must match its recorded
 *     SHA-256
 * @param ownBuild a folder with libraries that the user built, taken instead; only their version is
 *     checked
 * @param kind what must compute; empty for the best there is
 */
public record LlamaSettings(
    Path bundledDirectory, Optional<Path> ownBuild, Optional<BackendKind> kind) {}
