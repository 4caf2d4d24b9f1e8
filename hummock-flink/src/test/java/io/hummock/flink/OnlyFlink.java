package io.hummock.flink;

/**
 * What a cluster's class path has beside the plugin jar: Flink and slf4j, none of the other
 * libraries of the tests.
 */
final class OnlyFlink extends ClassLoader {

  OnlyFlink() {
    super(ClassLoader.getPlatformClassLoader());
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (name.startsWith("org.apache.flink.") || name.startsWith("org.slf4j.")) {
      return OnlyFlink.class.getClassLoader().loadClass(name);
    }
    throw new ClassNotFoundException(name);
  }
}
