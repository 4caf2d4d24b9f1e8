@NullMarked
package io.hummock.examples.job;

import org.jspecify.annotations.NullMarked;
