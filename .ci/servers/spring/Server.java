import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessagingException;
import org.springframework.messaging.converter.ByteArrayMessageConverter;
import org.springframework.messaging.converter.MessageConverter;
import org.springframework.messaging.converter.StringMessageConverter;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.messaging.handler.annotation.MessageMapping;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.messaging.handler.annotation.SendTo;
import org.springframework.messaging.simp.annotation.SendToUser;
import org.springframework.messaging.simp.annotation.SubscribeMapping;
import org.springframework.messaging.simp.broker.BrokerAvailabilityEvent;
import org.springframework.messaging.simp.config.ChannelRegistration;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.messaging.simp.stomp.StompCommand;
import org.springframework.messaging.simp.stomp.StompHeaderAccessor;
import org.springframework.messaging.support.ChannelInterceptor;
import org.springframework.messaging.support.MessageHeaderAccessor;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;
import org.springframework.web.socket.server.HandshakeInterceptor;

/** A STOMP server as Spring's guide makes it. Prints the URL of its WebSocket once its broker is there. */
@Configuration
@EnableAutoConfiguration
public class Server {
    private final CountDownLatch available = new CountDownLatch(1);

    @EventListener
    public void brokerIs(BrokerAvailabilityEvent event) {
        if (event.isBrokerAvailable()) {
            available.countDown();
        }
    }

    public static void main(String[] args) throws Exception {
        SpringApplication application = new SpringApplication(Server.class);
        application.setDefaultProperties(Map.of("server.address", "127.0.0.1", "server.port", "0",
            "spring.main.banner-mode", "off", "logging.level.root", "warn"));
        var context = application.run(args);
        context.getBean(Server.class).available.await();
        System.out.println("ws://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/ws");
    }

    @Configuration
    @EnableWebSocketMessageBroker
    static class Broker implements WebSocketMessageBrokerConfigurer {
        /** simple: Spring's own broker; relay: STOMP over TCP to the broker at relay.port. */
        @Value("${broker:simple}") String broker;
        @Value("${relay.port:61613}") int relayPort;
        /** Milliseconds; 0: none. */
        @Value("${heartbeat:10000}") long heartbeat;
        /** What the HTTP request for /ws needs: none, bearer or cookie. */
        @Value("${handshake:none}") String handshake;
        /** Whether CONNECT needs the header Authorization: Bearer X. */
        @Value("${connect-token:false}") boolean connectToken;
        /** Whether frames are handled and passed on in their order; Spring's default is false. */
        @Value("${ordered:false}") boolean ordered;

        @Bean
        TaskScheduler beats() {
            var scheduler = new ThreadPoolTaskScheduler();
            scheduler.setPoolSize(1);
            return scheduler;
        }

        @Override
        public void configureMessageBroker(MessageBrokerRegistry registry) {
            if (broker.equals("relay")) {
                registry.enableStompBrokerRelay("/topic", "/queue", "/exchange", "/amq/queue", "/temp-queue", "/reply-queue")
                    .setRelayHost("127.0.0.1").setRelayPort(relayPort);
            } else {
                registry.enableSimpleBroker("/topic", "/queue")
                    .setHeartbeatValue(new long[] {heartbeat, heartbeat}).setTaskScheduler(beats());
            }
            registry.setApplicationDestinationPrefixes("/app");
            registry.setPreservePublishOrder(ordered);
        }

        @Override
        public void registerStompEndpoints(StompEndpointRegistry registry) {
            registry.setPreserveReceiveOrder(ordered);
            // From the same origin only, which is Spring's default.
            registry.addEndpoint("/ws").addInterceptors(new Guard(handshake));
            registry.addEndpoint("/open").setAllowedOriginPatterns("*");
            registry.addEndpoint("/bearer").addInterceptors(new Guard("bearer"));
            registry.addEndpoint("/cookie").addInterceptors(new Guard("cookie"));
            registry.addEndpoint("/sockjs").setAllowedOriginPatterns("*").withSockJS();
        }

        @Override
        public void configureClientInboundChannel(ChannelRegistration registration) {
            registration.interceptors(new ChannelInterceptor() {
                @Override
                public Message<?> preSend(Message<?> message, MessageChannel channel) {
                    var stomp = MessageHeaderAccessor.getAccessor(message, StompHeaderAccessor.class);
                    if (stomp != null && stomp.getCommand() == StompCommand.CONNECT) {
                        if (connectToken && !"Bearer X".equals(stomp.getFirstNativeHeader("Authorization"))) {
                            throw new MessagingException("CONNECT has no valid token");
                        }
                        var login = stomp.getLogin();
                        if (login != null) {
                            stomp.setUser(() -> login);
                        }
                    }
                    if (stomp != null && stomp.getCommand() == StompCommand.SUBSCRIBE
                        && Objects.requireNonNullElse(stomp.getDestination(), "").startsWith("/topic/secret")) {
                        throw new MessagingException("access denied");
                    }
                    return message;
                }
            });
        }

        @Override
        public boolean configureMessageConverters(List<MessageConverter> converters) {
            converters.add(new ByteArrayMessageConverter());
            converters.add(new StringMessageConverter());
            return true; // JSON too
        }
    }

    /** Answers a handshake without its token with 401. */
    record Guard(String wants) implements HandshakeInterceptor {
        @Override
        public boolean beforeHandshake(ServerHttpRequest request, ServerHttpResponse response,
            WebSocketHandler handler, Map<String, Object> attributes) {
            boolean good = switch (wants) {
                case "bearer" -> "Bearer X".equals(request.getHeaders().getFirst("Authorization"));
                case "cookie" -> Objects.requireNonNullElse(request.getHeaders().getFirst("Cookie"), "").contains("SESSION=X");
                default -> true;
            };
            if (!good) {
                response.setStatusCode(HttpStatus.UNAUTHORIZED);
                response.getHeaders().set("WWW-Authenticate", "Bearer realm=\"demo\"");
            }
            return good;
        }

        @Override
        public void afterHandshake(ServerHttpRequest request, ServerHttpResponse response, WebSocketHandler handler, Exception e) {}
    }

    @Controller
    static class Application {
        record Order(int id, String item) {}

        @MessageMapping("/echo")
        @SendTo("/topic/echo")
        public byte[] echo(byte[] body) {
            return body;
        }

        /** Answers every session of the user; a correlation-id is lost. */
        @MessageMapping("/shout")
        @SendToUser("/queue/reply")
        public String shout(@Payload String body, Principal user) {
            return body.toUpperCase() + (user == null ? "" : " " + user.getName());
        }

        /** Takes JSON and answers in JSON, to the session that sent it alone. */
        @MessageMapping("/order")
        @SendToUser(destinations = "/queue/reply", broadcast = false)
        public Order order(Order order) {
            return new Order(order.id() + 1, order.item());
        }

        @MessageMapping("/fail")
        public void fail() {
            throw new IllegalStateException("as you wished");
        }

        @MessageExceptionHandler
        @SendToUser("/queue/errors")
        public String failed(Exception e) {
            return e.toString();
        }

        /** One answer to SUBSCRIBE, for that subscription. */
        @SubscribeMapping("/now")
        public String now() {
            return "now";
        }
    }

    @RestController
    static class Pages {
        @GetMapping("/login")
        String login() {
            return "log in here";
        }

        @GetMapping("/moved")
        ResponseEntity<Void> moved() {
            return ResponseEntity.status(302).location(URI.create("/login")).build();
        }

        @GetMapping("/forbidden")
        ResponseEntity<String> forbidden() {
            return ResponseEntity.status(403).body("{\"error\":\"forbidden\"}");
        }
    }
}
