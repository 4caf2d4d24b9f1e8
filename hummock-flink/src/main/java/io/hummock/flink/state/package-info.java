/**
 * Value, list, map, reducing and aggregating state over the tree. Each state object turns Flink's
 * calls into gets, puts, blind appends, deletes and prefix scans; nothing else in this module
 * touches the bytes of keyed state while a job runs. Uses {@code encoding}.
 */
@NullMarked
package io.hummock.flink.state;

import org.jspecify.annotations.NullMarked;
