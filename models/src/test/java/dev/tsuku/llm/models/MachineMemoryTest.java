package dev.tsuku.llm.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineMemoryTest {

  private static final long MIB = 1 << 20;

  @TempDir Path root;

  @BeforeEach
  void a_machine_of_8_gib_with_6_free() throws IOException {
    file("proc/meminfo", "MemTotal: 8388608 kB\nMemFree: 1 kB\nMemAvailable:  6291456 kB\n");
  }

  private void file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private MachineMemory read() {
    return LinuxMemory.read(root).orElseThrow();
  }

  @Test
  void without_groups_what_is_available_is_free() {
    assertThat(read())
        .isEqualTo(new MachineMemory("this machine's memory", 6144 * MIB, 8192 * MIB));
  }

  @Test
  void a_group_leaves_its_limit_less_what_is_used_and_not_cached() throws IOException {
    file("proc/self/cgroup", "0::/user/app\n");
    file("sys/fs/cgroup/user/app/memory.max", "2147483648\n");
    file("sys/fs/cgroup/user/app/memory.current", (1536 * MIB) + "\n");
    file(
        "sys/fs/cgroup/user/app/memory.stat",
        "anon 1\ninactive_file %d\nactive_file %d\n".formatted(512 * MIB, 256 * MIB));
    assertThat(read().freeBytes()).isEqualTo((2048 - 1536 + 768) * MIB);
    assertThat(read().totalBytes()).isEqualTo(2048 * MIB);
    assertThat(read().what()).contains("control group");
  }

  @Test
  void the_groups_above_count_too() throws IOException {
    file("proc/self/cgroup", "0::/user/app\n");
    file("sys/fs/cgroup/user/app/memory.max", "max\n");
    file("sys/fs/cgroup/user/app/memory.current", "1\n");
    file("sys/fs/cgroup/user/memory.max", "1073741824\n");
    file("sys/fs/cgroup/user/memory.current", "0\n");
    assertThat(read().freeBytes()).isEqualTo(1024 * MIB);
  }

  @Test
  void the_older_groups_are_read_also_where_the_path_is_the_hosts() throws IOException {
    file("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/docker/1a2b\n0::/\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
    file("sys/fs/cgroup/memory/memory.usage_in_bytes", "1073741824\n");
    file(
        "sys/fs/cgroup/memory/memory.stat",
        "inactive_file 7\ntotal_inactive_file %d\n".formatted(256 * MIB));
    assertThat(read().freeBytes()).isEqualTo(256 * MIB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"max", "9223372036854771712", "", "nonsense"})
  void a_group_without_a_limit_limits_nothing(String limit) throws IOException {
    file("proc/self/cgroup", "0::/../../app\nnonsense\n0::/app\n");
    file("sys/fs/cgroup/app/memory.max", limit);
    file("sys/fs/cgroup/app/memory.current", "1");
    assertThat(read().freeBytes()).isEqualTo(6144 * MIB);
  }

  @Test
  void a_path_that_leads_out_of_what_is_mounted_is_the_top() throws IOException {
    file("proc/self/cgroup", "0::/../../app\n");
    file("sys/fs/cgroup/memory.max", "1073741824\n");
    file("sys/fs/cgroup/memory.current", "0\n");
    assertThat(read().freeBytes()).isEqualTo(1024 * MIB);
  }

  @Test
  void elsewhere_there_are_no_such_files() throws IOException {
    Files.delete(root.resolve("proc/meminfo"));
    assertThat(LinuxMemory.read(root)).isEmpty();
  }

  @Test
  void the_jvm_and_this_machine_tell_something() {
    assertThat(JvmMemory.read().freeBytes()).isPositive();
    assertThat(MachineMemory.ofThisMachine().totalBytes()).isPositive();
  }

  @Test
  void the_system_keeps_a_twentieth_but_at_least_512_mib() {
    assertThat(new MachineMemory("it", 900 * MIB, 1000 * MIB).usableBytes()).isEqualTo(388 * MIB);
    assertThat(new MachineMemory("it", 100 * MIB, 1000 * MIB).usableBytes()).isZero();
    assertThat(new MachineMemory("it", 32_768 * MIB, 40_960 * MIB).reserveBytes())
        .isEqualTo(2048 * MIB);
  }
}
