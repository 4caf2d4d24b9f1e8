package io.hummock.examples.benchmark.checkpoint;

import io.hummock.examples.benchmark.backend.KeyedStateFixture;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many requests a backend has made to its object store, by kind, as its metrics say; none for a
 * backend that does not count them.
 */
record Requests(Map<String, Long> byKind) {
  private static final Pattern CALLS = Pattern.compile("(?:.*\\.)?store\\.(\\w+)\\.calls");

  /** What S3 charges for, retries and parts of uploads included. */
  private static final Pattern REQUESTS = Pattern.compile("(?:.*\\.)?store\\.requests");

  static Requests of(KeyedStateFixture<?> fixture) {
    Map<String, Long> byKind = new TreeMap<>();
    fixture
        .metrics()
        .read()
        .forEach(
            (name, value) -> {
              Matcher matcher = CALLS.matcher(name);
              if (matcher.matches()) {
                byKind.put(matcher.group(1), value);
              } else if (REQUESTS.matcher(name).matches()) {
                byKind.put("HTTP", value);
              }
            });
    return new Requests(byKind);
  }

  /** The difference to an earlier reading, without kinds of which there were none. */
  Map<String, Long> since(Requests earlier) {
    Map<String, Long> difference = new TreeMap<>();
    byKind.forEach(
        (kind, calls) -> {
          long more = calls - earlier.byKind.getOrDefault(kind, 0L);
          if (more > 0) {
            difference.put(kind, more);
          }
        });
    return difference;
  }
}
