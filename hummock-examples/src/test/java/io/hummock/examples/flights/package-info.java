@NullMarked
package io.hummock.examples.flights;

import org.jspecify.annotations.NullMarked;
