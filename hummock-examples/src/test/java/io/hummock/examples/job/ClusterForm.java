package io.hummock.examples.job;

/**
 * How much the test on a cluster of processes does.
 *
 * @param days of the year
 * @param seconds that the source takes for them
 * @param killsBeforeRescale of TaskManagers, before the stop with a savepoint
 * @param killsAfterRescale and after it
 * @param resumes whether the job is also cancelled and resumed from its retained checkpoint
 */
record ClusterForm(
    int days, int seconds, int killsBeforeRescale, int killsAfterRescale, boolean resumes) {
  static ClusterForm named(String name) {
    return switch (name) {
      case "full" -> new ClusterForm(365, 90, 2, 1, true);
      case "short" -> new ClusterForm(60, 30, 1, 0, false);
      default -> throw new IllegalArgumentException("cluster.form is full or short, not " + name);
    };
  }

  /** How many times the source is let go on before the end. */
  int steps() {
    return killsBeforeRescale + killsAfterRescale + (resumes ? 2 : 1);
  }
}
