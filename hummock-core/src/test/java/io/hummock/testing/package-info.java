/** What tests of every module share: faults, seeds, servers. */
@NullMarked
package io.hummock.testing;

import org.jspecify.annotations.NullMarked;
