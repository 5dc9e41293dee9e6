package dev.tsuku.llm.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProcessStateTest {

  @Test
  void a_process_that_nobody_has_waited_for_has_ended() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "there is no /proc here");
    // What takes the shell's place never asks for the exit status of the shell's child.
    Process parent = new ProcessBuilder("sh", "-c", "sleep 0.1 & exec sleep 60").start();
    try {
      Optional<ProcessHandle> child = Optional.empty();
      while (child.isEmpty()) {
        assertThat(parent.isAlive()).isTrue();
        child = parent.toHandle().children().findFirst();
      }
      long pid = child.get().pid();
      while (ProcessState.isRunning(pid)) {
        Thread.sleep(5);
      }
      assertThat(child.get().isAlive()).as("the zombie, to ProcessHandle").isTrue();
      assertThat(ProcessState.isRunning(parent.pid())).isTrue();
    } finally {
      parent.destroyForcibly().waitFor();
    }
    assertThat(ProcessState.isRunning(parent.pid())).isFalse();
  }

  @Test
  void no_process_has_an_id_below_one() {
    assertThat(ProcessState.isRunning(0)).isFalse();
    assertThat(ProcessState.isRunning(-1)).isFalse();
  }
}
