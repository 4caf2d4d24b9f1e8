@NullMarked
package io.hummock.examples.benchmark.backend;

import org.jspecify.annotations.NullMarked;
