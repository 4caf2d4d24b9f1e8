package io.hummock.objectstore;

import java.util.Comparator;

/** The rules that the path of an object keeps in every store. */
final class ObjectPath {
  /** The order of paths: as their UTF-8 bytes. */
  static final Comparator<String> ORDER = ObjectPath::compare;

  private ObjectPath() {}

  /**
   * Refuses a path that is empty or absolute, or that has an empty segment, one of {@code .} or
   * {@code ..}, a backslash or a control character: what means itself in one store would mean
   * another thing in the next.
   *
   * @return the path
   */
  static String check(String path) {
    if (!isValid(path)) {
      throw new IllegalArgumentException(
          "object path '"
              + path
              + "' has an empty segment, one of dots, a backslash or a control character");
    }
    return path;
  }

  /** Whether {@link #check} accepts the path. */
  static boolean isValid(String path) {
    int start = 0;
    while (true) {
      int end = path.indexOf('/', start);
      String segment = end < 0 ? path.substring(start) : path.substring(start, end);
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
      for (int i = 0; i < segment.length(); i++) {
        if (Character.isISOControl(segment.charAt(i)) || segment.charAt(i) == '\\') {
          return false;
        }
      }
      if (end < 0) {
        return true;
      }
      start = end + 1;
    }
  }

  /*
   * UTF-8 sorts as code points do. So does UTF-16, but for surrogates: the halves of the highest
   * code points have smaller numbers than the characters from U+E000.
   */
  private static int compare(String left, String right) {
    int shorter = Math.min(left.length(), right.length());
    for (int i = 0; i < shorter; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean aSurrogate = Character.isSurrogate(a);
        return aSurrogate == Character.isSurrogate(b)
            ? Character.compare(a, b)
            : aSurrogate ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }
}
