/**
 * Finds the tables that no retained checkpoint names, offline. Nothing that runs in a job uses it,
 * and it uses no other room: it lists, which the engine never does.
 */
@NullMarked
package io.hummock.flink.orphans;

import org.jspecify.annotations.NullMarked;
