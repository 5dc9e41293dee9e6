package dev.tsuku.llm.models;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Everything in a GGUF file before its tensor data.
 *
 * @param metadata by key, in the order of the file
 * @param vocabulary what its tokens were found to be; null if it has none
 * @param tokenizer where in the file the tokenizer is
 */
record GgufContents(
    int version,
    Map<String, GgufValue> metadata,
    List<TensorInfo> tensors,
    @Nullable VocabularyScan vocabulary,
    TokenizerEntries tokenizer) {

  GgufContents {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = List.copyOf(tensors);
  }

  Optional<String> text(String key) {
    return metadata.get(key) instanceof GgufValue.Text text
        ? Optional.of(text.value())
        : Optional.empty();
  }

  OptionalLong whole(String key) {
    return metadata.get(key) instanceof GgufValue.Whole whole
        ? OptionalLong.of(whole.value())
        : OptionalLong.empty();
  }

  Optional<GgufValue.Array> array(String key) {
    return metadata.get(key) instanceof GgufValue.Array array
        ? Optional.of(array)
        : Optional.empty();
  }
}
