@NullMarked
package io.hummock.examples.benchmark.process;

import org.jspecify.annotations.NullMarked;
