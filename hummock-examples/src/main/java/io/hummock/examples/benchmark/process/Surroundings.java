package io.hummock.examples.benchmark.process;

import java.io.Closeable;
import java.util.Map;

/** What the processes of a run share, such as a server; closed when the last of them has ended. */
public interface Surroundings extends Closeable {
  /** Nothing. */
  Surroundings NONE =
      new Surroundings() {
        @Override
        public Map<String, String> environment() {
          return Map.of();
        }

        @Override
        public void close() {}
      };

  /** Variables by which the processes find it. */
  Map<String, String> environment();
}
