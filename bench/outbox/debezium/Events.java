import com.sun.management.OperatingSystemMXBean;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.debezium.embedded.Connect;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Takes what Debezium's engine reads of an outbox in PostgreSQL: HOST PORT USER DATABASE EVENTS. Says `ready` at the first event, waits
 * for a line, and prints how many events a second came then, and microseconds of CPU for each.
 */
public class Events implements ChangeConsumer<RecordChangeEvent<SourceRecord>> {
    private final OperatingSystemMXBean machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final long events;
    private long taken = -1;
    private long begun;
    private long cpu;

    Events(long events) {
        this.events = events;
    }

    public static void main(String[] told) {
        var settings = new Properties();
        settings.putAll(java.util.Map.ofEntries(
            java.util.Map.entry("name", "bench"),
            java.util.Map.entry("connector.class", "io.debezium.connector.postgresql.PostgresConnector"),
            java.util.Map.entry("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore"),
            java.util.Map.entry("topic.prefix", "bench"),
            java.util.Map.entry("database.hostname", told[0]),
            java.util.Map.entry("database.port", told[1]),
            java.util.Map.entry("database.user", told[2]),
            java.util.Map.entry("database.password", ""),
            java.util.Map.entry("database.dbname", told[3]),
            java.util.Map.entry("table.include.list", "public.tidings_outbox"),
            java.util.Map.entry("plugin.name", "pgoutput"),
            java.util.Map.entry("slot.name", told[3]),
            java.util.Map.entry("publication.name", "bench"),
            java.util.Map.entry("publication.autocreate.mode", "disabled"),
            java.util.Map.entry("snapshot.mode", "no_data"),
            java.util.Map.entry("poll.interval.ms", "5")));
        DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
            .using(settings)
            .using((success, message, error) -> {
                System.err.println(message + ": " + error);
                System.exit(1);
            })
            .notifying(new Events(Long.parseLong(told[4])))
            .build()
            .run();
    }

    @Override
    public void handleBatch(List<RecordChangeEvent<SourceRecord>> batch, RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
        throws InterruptedException {
        for (var event : batch) {
            committer.markProcessed(event);
            take();
        }
        committer.markBatchFinished();
        if (taken >= events) {
            var seconds = (System.nanoTime() - begun) / 1e9;
            var microseconds = (machine.getProcessCpuTime() - cpu) / 1e3 / taken;
            System.out.printf("%.0f %.2f 0 0%n", taken / seconds, microseconds);
            System.out.flush();
            // The rest is what is left behind.
            Runtime.getRuntime().halt(0);
        }
    }

    private void take() {
        taken++;
        if (taken == 0) {
            System.out.println("ready");
            try {
                while (System.in.read() != '\n') {}
            } catch (java.io.IOException error) {
                throw new java.io.UncheckedIOException(error);
            }
            begun = System.nanoTime();
            cpu = machine.getProcessCpuTime();
        }
    }
}
