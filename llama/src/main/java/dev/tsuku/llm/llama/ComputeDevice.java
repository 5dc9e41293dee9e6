package dev.tsuku.llm.llama;

import dev.tsuku.llm.llama.abi.CString;
import dev.tsuku.llm.llama.abi.DeviceFunctions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Something that ggml can compute with. Lives as long as the library, that is, as the process.
 *
 * @param address ggml's own handle
 * @param kind what it is
 * @param type whether it is a processor, a graphics card, or graphics inside the processor
 * @param description for people, such as the name of the card
 */
record ComputeDevice(long address, BackendKind kind, Type type, String description) {

  enum Type {
    CPU,
    GPU,
    INTEGRATED_GPU
  }

  /** All devices that this program can use, in ggml's order, which is by preference. */
  static List<ComputeDevice> all() {
    return LongStream.range(0, DeviceFunctions.ggml_backend_dev_count())
        .mapToObj(DeviceFunctions::ggml_backend_dev_get)
        .flatMap(device -> read(device).stream())
        .toList();
  }

  private static Optional<ComputeDevice> read(MemorySegment device) {
    Optional<Type> type =
        switch (DeviceFunctions.ggml_backend_dev_type(device)) {
          case 0 -> Optional.of(Type.CPU);
          case 1 -> Optional.of(Type.GPU);
          case 2 -> Optional.of(Type.INTEGRATED_GPU);
          default -> Optional.empty();
        };
    MemorySegment registration = DeviceFunctions.ggml_backend_dev_backend_reg(device);
    Optional<BackendKind> kind =
        CString.at(DeviceFunctions.ggml_backend_reg_name(registration))
            .flatMap(BackendKind::ofRegistry);
    String description =
        CString.at(DeviceFunctions.ggml_backend_dev_description(device)).orElse("");
    return type.isPresent() && kind.isPresent()
        ? Optional.of(new ComputeDevice(device.address(), kind.get(), type.get(), description))
        : Optional.empty();
  }

  /** The graphics devices of one kind to compute with: cards, or where there is none, the rest. */
  static List<ComputeDevice> graphics(List<ComputeDevice> devices, BackendKind kind) {
    List<ComputeDevice> ofKind = devices.stream().filter(d -> d.kind == kind).toList();
    List<ComputeDevice> cards = ofKind.stream().filter(d -> d.type == Type.GPU).toList();
    return cards.isEmpty()
        ? ofKind.stream().filter(d -> d.type == Type.INTEGRATED_GPU).toList()
        : cards;
  }

  /** The kind of the best device: a card before graphics in the processor before the processor. */
  static BackendKind best(List<ComputeDevice> devices) {
    return Stream.of(Type.GPU, Type.INTEGRATED_GPU)
        .flatMap(type -> devices.stream().filter(device -> device.type == type))
        .map(ComputeDevice::kind)
        .findFirst()
        .orElse(BackendKind.CPU);
  }

  /** The address of a function that the library of this kind of device has, by its name in C. */
  Optional<MemorySegment> function(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment function =
          DeviceFunctions.ggml_backend_reg_get_proc_address(
              DeviceFunctions.ggml_backend_dev_backend_reg(MemorySegment.ofAddress(address)),
              arena.allocateFrom(name));
      return function.address() == 0 ? Optional.empty() : Optional.of(function);
    }
  }

  /** Memory of its own that is free now, in bytes. */
  long freeBytes() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment free = arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment total = arena.allocate(ValueLayout.JAVA_LONG);
      DeviceFunctions.ggml_backend_dev_memory(MemorySegment.ofAddress(address), free, total);
      return free.get(ValueLayout.JAVA_LONG, 0);
    }
  }
}
