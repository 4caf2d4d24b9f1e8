package io.hummock.examples.job;

import java.util.List;
import java.util.Map;

/** Claim modes in a local directory. */
class ClaimModesTest extends ClaimModesContract {
  @Override
  JobOptions options() {
    return JobOptions.parse(
        List.of("--days", "24", "--seconds", "3", "--backend", "hummock"), Map.of());
  }
}
