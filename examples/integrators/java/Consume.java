import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DeliverCallback;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a queue of events, live or replayed, and prints one line for each that is news.
 *
 * <pre>YIZHAN_AMQP=amqp://user:password@host/vhost java Consume ext.NAME.events [count]</pre>
 *
 * What it needs on its class path is in docs/integrators.md.
 *
 * The attributes are found with regular expressions to spare a library here; use your JSON library instead.
 */
public class Consume {
    public static void main(String[] arguments) throws Exception {
        String queue = arguments[0];
        int count = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv("YIZHAN_AMQP"));
        Connection connection = factory.newConnection();
        Channel channel = connection.createChannel();
        channel.basicQos(100);

        Set<String> seen = new HashSet<>(); // in production a table: an id may come again
        Map<String, Long> newest = new HashMap<>(); // an older sequence never overwrites a newer
        CountDownLatch over = new CountDownLatch(1);
        int[] printed = {0};
        DeliverCallback take = (tag, delivery) -> {
            String event = new String(delivery.getBody(), StandardCharsets.UTF_8);
            String type = text(event, "type");
            if (type.equals("notify.replay.ended.v1")) {
                channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                System.out.println("{\"ended\":\"" + text(event, "replay_id") + "\"}");
                over.countDown();
                return;
            }
            String subject = text(event, "subject");
            long sequence = Long.parseLong(found(event, "\"sequence\"\\s*:\\s*([0-9]+)"));
            if (seen.add(text(event, "id")) && sequence > newest.getOrDefault(subject, 0L)) {
                newest.put(subject, sequence);
                System.out.println("{\"type\":\"" + type + "\",\"subject\":\"" + subject + "\"}");
                printed[0]++;
            }
            channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false); // only after the work is done
            if (count > 0 && printed[0] >= count) {
                over.countDown();
            }
        };
        channel.basicConsume(queue, false, take, tag -> over.countDown());
        System.out.println("{\"listening\":\"" + queue + "\"}");
        over.await();
        connection.close();
    }

    private static String text(String event, String name) {
        return found(event, "\"" + name + "\"\\s*:\\s*\"([^\"]*)\"");
    }

    private static String found(String event, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(event);
        return matcher.find() ? matcher.group(1) : "";
    }
}
