// The order service's clients, and a stand-in for the service, by JMS: Qpid JMS at both brokers, and Artemis' own client. What a
// programmer takes from the document is written out here.
import jakarta.jms.BytesMessage;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.UUID;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.qpid.jms.JmsConnectionFactory;

class JmsOrders {
    static final String ORDER = "{\"customer\":\"C-2001\",\"lines\":[{\"sku\":\"mug-blue\",\"quantity\":2}],"
            + "\"delivery\":{\"kind\":\"pickup\",\"shop\":\"aarhus-c\"}}";
    static final long PATIENCE = 20_000;

    // Arguments: client, command, user, password, host and port, and at Classic what begins the names of topics.
    public static void main(String[] told) throws Exception {
        String topics = told.length > 5 ? told[5] : "";
        ConnectionFactory factory = told[0].equals("qpid")
                ? new JmsConnectionFactory("amqp://" + told[4])
                : new ActiveMQConnectionFactory("tcp://" + told[4]);
        try (JMSContext context = factory.createContext(told[2], told[3])) {
            switch (told[1]) {
                case "ask" -> ask(context);
                case "serve" -> serve(context);
                case "publish" -> publish(context, topics);
                case "listen" -> listen(context, topics);
                case "share" -> share(context, told[6]);
                default -> throw new IllegalArgumentException(told[1]);
            }
        }
    }

    static void ask(JMSContext context) throws JMSException {
        var replies = context.createTemporaryQueue();
        TextMessage order = context.createTextMessage(ORDER);
        String correlation = UUID.randomUUID().toString();
        order.setJMSType("CreateOrder");
        order.setJMSReplyTo(replies);
        order.setJMSCorrelationID(correlation);
        order.setStringProperty("correlationId", correlation);
        order.setStringProperty("tenant", "acme");
        order.setStringProperty("JMSXGroupID", "C-2001");
        context.createProducer().send(context.createQueue("orders.commands"), order);
        show(received(context.createConsumer(replies)), correlation);
    }

    static void serve(JMSContext context) throws JMSException {
        JMSConsumer orders = context.createConsumer(context.createQueue("orders.commands"));
        System.out.println("ready");
        while (true) {
            Message order = received(orders);
            TextMessage reply = context.createTextMessage("{\"orderId\":\"O-000042\"}");
            reply.setJMSType("OrderCreated");
            reply.setJMSCorrelationID(order.getJMSCorrelationID());
            reply.setStringProperty("correlationId", order.getStringProperty("correlationId"));
            context.createProducer().send(order.getJMSReplyTo(), reply);
            show(order, order.getJMSCorrelationID());
        }
    }

    static void publish(JMSContext context, String topics) throws JMSException {
        TextMessage event = context.createTextMessage("{\"orderId\":\"O-000007\",\"placedAt\":\"2026-03-01T09:30:00Z\"}");
        event.setJMSType("OrderPlaced");
        context.createProducer().send(context.createTopic(topics + "orders.eu.events"), event);
    }

    static void listen(JMSContext context, String topics) throws JMSException {
        JMSConsumer events = context.createConsumer(context.createTopic(topics + "orders.eu.events"));
        System.out.println("ready");
        while (true) {
            Message event = received(events);
            show(event, event.getJMSCorrelationID());
        }
    }

    // One of a group whose other members are not written in Java.
    static void share(JMSContext context, String group) throws JMSException {
        String topic = "orders.eu.events";
        JMSConsumer events = context.createSharedDurableConsumer(context.createTopic(topic), topic + "." + group);
        System.out.println("ready");
        while (true) {
            Message event = received(events);
            show(event, event.getJMSCorrelationID());
        }
    }

    static Message received(JMSConsumer consumer) {
        Message message = consumer.receive(PATIENCE);
        if (message == null) {
            throw new IllegalStateException("nothing came within " + PATIENCE + " ms");
        }
        return message;
    }

    static void show(Message message, String correlation) throws JMSException {
        String body = message instanceof TextMessage text ? text.getText()
                : message instanceof BytesMessage ? new String(message.getBody(byte[].class), StandardCharsets.UTF_8) : "";
        StringBuilder about = new StringBuilder();
        add(about, "type", message.getJMSType());
        add(about, "message_id", message.getJMSMessageID());
        add(about, "correlation_id", message.getJMSCorrelationID());
        StringBuilder headers = new StringBuilder();
        for (Enumeration<?> names = message.getPropertyNames(); names.hasMoreElements();) {
            String name = (String) names.nextElement();
            add(headers, name, String.valueOf(message.getObjectProperty(name)));
        }
        System.out.println("{\"about\":{" + about + "},\"headers\":{" + headers + "},\"key\":null,\"body\":" + quoted(body)
                + ",\"correlation\":" + (correlation == null ? "null" : quoted(correlation)) + "}");
    }

    static void add(StringBuilder all, String name, String value) {
        if (value != null) {
            all.append(all.length() > 0 ? "," : "").append(quoted(name)).append(':').append(quoted(value));
        }
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
