/** Who deletes which object, over random lives of a job: engine, snapshots and Flink's registry. */
@NullMarked
package io.hummock.flink.ownership;

import org.jspecify.annotations.NullMarked;
