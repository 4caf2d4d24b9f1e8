package io.hummock.flink.encoding;

import java.util.Locale;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredPriorityQueueStateBackendMetaInfo;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;

/** What a registered state is. Its {@link #tag} is part of the state id, so it never changes. */
public enum StateKind {
  VALUE,
  LIST,
  REDUCING,
  AGGREGATING,
  MAP,
  TIMER;

  /** The name in lower case. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind of the states that a descriptor of this type describes. */
  public static StateKind of(StateDescriptor.Type type) {
    return switch (type) {
      case VALUE -> VALUE;
      case LIST -> LIST;
      case REDUCING -> REDUCING;
      case AGGREGATING -> AGGREGATING;
      case MAP -> MAP;
      default -> throw new IllegalArgumentException("state of type " + type + " is not supported");
    };
  }

  /** The kind that a state's meta information tells. */
  public static StateKind of(RegisteredStateMetaInfoBase metaInfo) {
    if (metaInfo instanceof RegisteredPriorityQueueStateBackendMetaInfo) {
      return TIMER;
    }
    if (metaInfo instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> keyed) {
      return of(keyed.getStateType());
    }
    throw new IllegalArgumentException(
        "state " + metaInfo.getName() + " is neither keyed state nor a timer queue: " + metaInfo);
  }
}
