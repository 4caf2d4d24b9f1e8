package io.hummock.objectstore;

import java.io.IOException;

/** There is no object of that name. Trying again does not help. */
public final class ObjectNotFoundException extends IOException {
  private static final long serialVersionUID = 1L;

  public ObjectNotFoundException(String path) {
    super("object " + path + " does not exist");
  }

  public ObjectNotFoundException(String path, Throwable cause) {
    super("object " + path + " does not exist", cause);
  }
}
