@NullMarked
package io.hummock.examples.benchmark;

import org.jspecify.annotations.NullMarked;
