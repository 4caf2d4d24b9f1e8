@NullMarked
package io.hummock.examples.benchmark.report;

import org.jspecify.annotations.NullMarked;
