package io.hummock;

import io.hummock.objectstore.ObjectStore;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Keeps checkpoints that were handed over, and deletes their files once no later one has them. */
final class CheckpointOwner {
  /** A checkpoint of one store or, after it was split, of several. */
  record Kept(List<RestoredCheckpoint> parts, Set<String> paths, StoreModel model) {}

  private final ObjectStore objects;
  private final Deque<Kept> kept = new ArrayDeque<>();

  CheckpointOwner(ObjectStore objects) {
    this.objects = objects;
  }

  boolean isEmpty() {
    return kept.isEmpty();
  }

  Kept latest() {
    return kept.getLast();
  }

  /** Forgets the later ones of those that are kept, and gives the latest that is left. */
  Kept goBack(SplittableRandom random) throws IOException {
    for (int i = random.nextInt(kept.size()) * random.nextInt(2); i > 0; i--) {
      remove(kept.removeLast());
    }
    return kept.getLast();
  }

  /** Takes a checkpoint over. */
  void take(List<Checkpoint> checkpoints, StoreModel model) {
    List<RestoredCheckpoint> parts = new ArrayList<>();
    Set<String> paths = new HashSet<>();
    for (Checkpoint checkpoint : checkpoints) {
      Map<String, String> places = new HashMap<>();
      for (CheckpointFile file : checkpoint.files()) {
        places.put(file.name(), file.path());
        paths.add(file.path());
        checkpoint.handOver(file);
      }
      checkpoint.close();
      parts.add(new RestoredCheckpoint(checkpoint.manifest(), places));
    }
    kept.add(new Kept(parts, paths, model));
  }

  /** Gives up the oldest ones, so that {@code count} are left. */
  void keep(int count) throws IOException {
    while (kept.size() > count) {
      remove(kept.removeFirst());
    }
  }

  private void remove(Kept removed) throws IOException {
    Set<String> gone = new HashSet<>(removed.paths());
    kept.forEach(other -> gone.removeAll(other.paths()));
    objects.delete(gone);
  }
}
