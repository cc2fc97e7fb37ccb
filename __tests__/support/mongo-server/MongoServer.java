// A MongoDB server in memory, on a port that the argument names. It ends with its standard input, which the end of the
// test's process closes too, even by kill -9.
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerException;
import io.netty.channel.Channel;
import java.util.List;

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
   * A document that is deleted or changed while an aggregation reads it can make the server fail with an error of Java,
   * which MongoDB never does. Then the aggregation begins anew.
   */
  private static class Backend extends MemoryBackend {
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      for (int left = 20; ; left--) {
        try {
          return super.handleCommand(channel, database, command, query);
        } catch (MongoServerException error) {
          throw error;
        } catch (RuntimeException error) {
          if (left == 0 || !command.equals("aggregate")) throw error;
        }
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
