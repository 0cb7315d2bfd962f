import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/** mongo-java-server as a server to test with: `Main PORT` keeps all in memory, and says on stdout when it listens. It ends on SIGTERM. */
class Main {
    public static void main(String[] args) {
        var server = new MongoServer(new MemoryBackend().version(ServerVersion.MONGO_5_0));
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        System.out.println("listening on " + server.getConnectionString());
    }
}
