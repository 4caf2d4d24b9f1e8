package io.hummock.flink.orphans;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the tool finds. */
public final class FoundOrphans {
  private FoundOrphans() {}

  /** The paths of all orphans below a directory of checkpoints, whatever their age. */
  public static Set<String> below(String directory) throws IOException {
    Set<String> paths = new TreeSet<>();
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    for (Orphans.Orphan orphan :
        Orphans.of(List.of("--checkpoints", directory, "--older-than", "0 ms"))
            .run(Long.MAX_VALUE, nowhere)) {
      paths.add(orphan.path().toString());
    }
    return paths;
  }
}
