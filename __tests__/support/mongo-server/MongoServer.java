// A MongoDB server in memory, on a port that the argument names. It ends with its standard input, which the end of the
// test's process closes too, even by kill -9.
import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

public class MongoServer {
  public static void main(String[] args) throws Exception {
    var backend = new MemoryBackend().version(ServerVersion.MONGO_5_0);
    var server = new de.bwaldvogel.mongo.MongoServer(backend);
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    System.out.println("ready");
    while (System.in.read() != -1) {
      // The test sends nothing.
    }
    server.shutdownNow();
  }
}
