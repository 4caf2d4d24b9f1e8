/**
 * Flink's own integration tests on Hummock: its backend under the peers' names, and a report.
 *
 * <p>On the class path of the suites only, before the peers' jars; every other test of the module
 * sees the real RocksDB and ForSt.
 */
@NullMarked
package io.hummock.flink.suites;

import org.jspecify.annotations.NullMarked;
