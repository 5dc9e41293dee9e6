package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineProcessorsTest {

  @TempDir Path root;

  private void file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private void siblings(String... lists) throws IOException {
    for (int cpu = 0; cpu < lists.length; cpu++) {
      file("sys/devices/system/cpu/cpu%d/topology/thread_siblings_list".formatted(cpu), lists[cpu]);
    }
  }

  @Test
  void without_any_files_it_is_what_the_jvm_says() {
    assertThat(MachineProcessors.count(root, 6)).isEqualTo(6);
  }

  @ParameterizedTest
  @CsvSource({"max 100000, 8", "150000 100000, 1", "50000 100000, 1", "400000 100000, 4"})
  void a_quota_is_rounded_down_to_whole_processors(String quota, int count) throws IOException {
    file("proc/self/cgroup", "0::/app\n");
    file("sys/fs/cgroup/app/cpu.max", quota + "\n");
    assertThat(MachineProcessors.count(root, 8)).isEqualTo(count);
  }

  @Test
  void the_quota_of_a_group_above_counts_too() throws IOException {
    file("proc/self/cgroup", "0::/app/one\n");
    file("sys/fs/cgroup/app/one/cpu.max", "max 100000\n");
    file("sys/fs/cgroup/app/cpu.max", "250000 100000\n");
    assertThat(MachineProcessors.count(root, 8)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"-1, 8", "350000, 3"})
  void the_first_version_of_control_groups_is_known(String quota, int count) throws IOException {
    file("proc/self/cgroup", "4:cpu,cpuacct:/docker/1a\n3:memory:/docker/1a\n");
    file("sys/fs/cgroup/cpu/docker/1a/cpu.cfs_quota_us", quota + "\n");
    file("sys/fs/cgroup/cpu/docker/1a/cpu.cfs_period_us", "100000\n");
    assertThat(MachineProcessors.count(root, 8)).isEqualTo(count);
  }

  @Test
  void two_hardware_threads_of_a_core_count_once() throws IOException {
    file("proc/self/status", "Name:\tjava\nCpus_allowed_list:\t0-3\n");
    siblings("0,2", "1,3", "0,2", "1,3");
    assertThat(MachineProcessors.count(root, 4)).isEqualTo(2);
  }

  @Test
  void only_cores_that_the_process_may_use_count() throws IOException {
    file("proc/self/status", "Cpus_allowed_list:\t0,2-3\n");
    siblings("0-1", "0-1", "2-3", "2-3", "4-5", "4-5");
    assertThat(MachineProcessors.count(root, 3)).isEqualTo(2);
  }

  @Test
  void processors_that_could_be_plugged_in_are_not_there() throws IOException {
    file("proc/self/status", "Cpus_allowed_list:\t0-7\n");
    siblings("0,2", "1,3", "0,2", "1,3");
    assertThat(MachineProcessors.count(root, 4)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"0-3", "x", "''", "3-"})
  void what_cannot_be_read_limits_nothing(String allowed) throws IOException {
    file("proc/self/status", "Cpus_allowed_list:\t" + allowed + "\n");
    assertThat(MachineProcessors.count(root, 4)).isEqualTo(4);
  }

  @Test
  void it_is_never_more_than_the_jvm_may_use() {
    assertThat(MachineProcessors.count()).isBetween(1, Runtime.getRuntime().availableProcessors());
  }
}
