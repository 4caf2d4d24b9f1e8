package io.hummock.flink.memory;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.jspecify.annotations.Nullable;

/**
 * Where a slot's memory comes from. All backends of a slot that ask alike share one lease.
 *
 * @param fixedPerSlot how much, taken beside Flink's managed memory; null to take the state
 *     backend's share of managed memory
 */
public record MemoryLease(@Nullable MemorySize fixedPerSlot) implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final String MANAGED = "hummock-managed-memory";
  private static final String FIXED = "hummock-fixed-slot-memory";

  /**
   * The slot's memory; to be closed by each backend that asked for it, and freed when the last one
   * has.
   *
   * @param fraction the share of managed memory that Flink grants to the state backends of a slot
   */
  public OpaqueMemoryResource<SlotMemory> acquire(MemoryManager memoryManager, double fraction)
      throws IOException {
    try {
      return fixedPerSlot != null
          ? memoryManager.getExternalSharedMemoryResource(
              FIXED, SlotMemory::new, fixedPerSlot.getBytes())
          : memoryManager.getSharedMemoryResourceForManagedMemory(
              MANAGED, SlotMemory::new, fraction);
    } catch (Exception e) {
      throw new IOException(
          "Hummock got no memory for this slot ("
              + (fixedPerSlot != null
                  ? "a fixed " + fixedPerSlot
                  : "fraction " + fraction + " of the slot's managed memory")
              + "): raise taskmanager.memory.managed.size or set"
              + " state.backend.hummock.memory.fixed-per-slot",
          e);
    }
  }
}
