// A MongoDB server in memory, on a port that the argument names. It ends with its standard input, which the end of the
// test's process closes too, even by kill -9.
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

public class MongoServer {
  public static void main(String[] args) throws Exception {
    var backend = new Backend().version(new Version());
    var server = new de.bwaldvogel.mongo.MongoServer(backend);
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    System.out.println("ready");
    while (System.in.read() != -1) {
      // The test sends nothing.
    }
    server.shutdownNow();
  }

  /**
   * MongoDB reads and writes each document as a whole. This server changes a document in place, field by field, so its
   * readers wait for its writers.
   */
  private static class Backend extends MemoryBackend {
    private static final Set<String> readers = Set.of("aggregate", "find", "count");
    private static final Set<String> writers = Set.of("insert", "update", "delete", "findandmodify");
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      var name = command.toLowerCase();
      var held = readers.contains(name) ? lock.readLock() : writers.contains(name) ? lock.writeLock() : null;
      if (held == null) return super.handleCommand(channel, database, command, query);
      held.lock();
      try {
        return super.handleCommand(channel, database, command, query);
      } finally {
        held.unlock();
      }
    }
  }

  /** The version of the protocol that both drivers accept. The store uses nothing newer than MongoDB 5.0. */
  private static class Version implements MongoVersion {
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0, 0);
    }

    public int getWireVersion() {
      return 13;
    }

    public String toVersionString() {
      return "5.0.0";
    }
  }
}
