package io.hummock.examples.benchmark.backend;

import java.util.HexFormat;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.types.Row;

/**
 * What keys are made of. The n-th key is the same for every backend, a new object each time, as a
 * record that was just read brings one; keys with neighbouring numbers are far apart in key order,
 * so that neither the order of filling nor a missing key is anything special.
 */
public enum KeyKind {
  LONG {
    @Override
    TypeInformation<?> type() {
      return Types.LONG;
    }

    @Override
    public Object key(long number) {
      return scatter(number);
    }
  },
  STRING {
    @Override
    TypeInformation<?> type() {
      return Types.STRING;
    }

    @Override
    public Object key(long number) {
      return "user-" + HexFormat.of().toHexDigits(scatter(number));
    }
  },
  POJO {
    @Override
    TypeInformation<?> type() {
      return Types.POJO(AccountKey.class);
    }

    @Override
    public Object key(long number) {
      long scattered = scatter(number);
      return new AccountKey(scattered, (int) scattered & 0xFF);
    }
  },
  ROW {
    @Override
    TypeInformation<?> type() {
      return Types.ROW(Types.LONG, Types.STRING);
    }

    @Override
    public Object key(long number) {
      long scattered = scatter(number);
      return Row.of(scattered, REGIONS[(int) scattered & REGIONS.length - 1]);
    }
  };

  private static final String[] REGIONS = {"north", "east", "south", "west"};

  abstract TypeInformation<?> type();

  /** The key of a number; different numbers have different keys. */
  public abstract Object key(long number);

  /** A serializer of such keys. */
  @SuppressWarnings("unchecked") // the type is that of the keys
  public TypeSerializer<Object> serializer() {
    return ((TypeInformation<Object>) type()).createSerializer(new SerializerConfigImpl());
  }

  /** The finaliser of MurmurHash3: a bijection of all longs that leaves no order. */
  public static long scatter(long number) {
    long hash = number + 0x9E3779B97F4A7C15L;
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return hash ^ (hash >>> 33);
  }
}
