package dev.tsuku.llm.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Resident memory of a process in KiB, by what is mapped.
 *
 * @param anonymous pages of no file: heap, stacks, code, native buffers
 * @param modelFile pages of the model's file
 * @param archive pages of the class-data archives
 * @param other pages of other files: libraries, the JDK's modules, jars
 */
record Resident(long anonymous, long modelFile, long archive, long other) {

  long all() {
    return anonymous + modelFile + archive + other;
  }

  static Resident of(long pid, Path model) throws IOException {
    return parse(
        Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps")),
        model.toRealPath().toString());
  }

  /** Reads lines of {@code smaps}: a header with the path as the sixth field, then figures. */
  static Resident parse(List<String> lines, String model) {
    long anonymous = 0;
    long modelFile = 0;
    long archive = 0;
    long other = 0;
    String path = "";
    for (String line : lines) {
      if (line.matches("^[0-9a-f]+-[0-9a-f]+ .*")) {
        String[] fields = line.split(" +", 6);
        path = fields.length < 6 ? "" : fields[5].strip();
      } else if (line.startsWith("Rss:")) {
        long size = Long.parseLong(line.replaceAll("[^0-9]", ""));
        if (path.equals(model)) {
          modelFile += size;
        } else if (path.endsWith(".aot")) {
          archive += size;
        } else if (path.startsWith("/")) {
          other += size;
        } else {
          anonymous += size;
        }
      }
    }
    return new Resident(anonymous, modelFile, archive, other);
  }
}
