package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test that leaves native memory behind. */
final class NothingLeftOpen implements AfterEachCallback {

  @Override
  public void afterEach(ExtensionContext context) {
    assertThat(OpenOwners.descriptions()).as("open after the test").isEmpty();
  }
}
