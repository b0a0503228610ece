//! Conversations over real sockets, and inside of the process.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::{BindError, Broker, RunningBroker};
use super::*;

async fn start(config: BrokerConfig) -> RunningBroker {
    Broker::bind(BrokerConfig { listen: BrokerConfig::loopback(0), ..config }).await.unwrap().spawn()
}

async fn tcp(broker: &RunningBroker) -> TcpStream {
    TcpStream::connect(broker.addresses()[0]).await.unwrap()
}

/// Reads until so many NULs have come; `^` stands for them.
async fn read(stream: &mut (impl AsyncRead + Unpin), frames: usize) -> String {
    let (mut all, mut seen, mut nuls) = (Vec::new(), 0, 0);
    while nuls < frames {
        assert_ne!(stream.read_buf(&mut all).await.unwrap(), 0, "{}", String::from_utf8_lossy(&all));
        nuls += memchr::memchr_iter(0, &all[seen..]).count();
        seen = all.len();
    }
    String::from_utf8(all).unwrap().replace('\0', "^")
}

async fn login(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    stream.write_all(b"CONNECT\naccept-version:1.2\nhost:/\n\n\0").await.unwrap();
    assert!(read(stream, 1).await.starts_with("CONNECTED\nversion:1.2\n"));
}

#[tokio::test]
async fn a_message_goes_from_a_socket_into_the_process() {
    let broker = start(BrokerConfig::default()).await;
    let mut inside = broker.connect();
    login(&mut inside).await;
    inside.write_all(b"SUBSCRIBE\nid:1\ndestination:/queue/a\nreceipt:s\n\n\0").await.unwrap();
    read(&mut inside, 1).await;
    let mut outside = tcp(&broker).await;
    login(&mut outside).await;
    outside.write_all(b"SEND\ndestination:/queue/a\nreceipt:1\n\nhello\0").await.unwrap();
    assert_eq!(read(&mut outside, 1).await, "RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(bodies(&read(&mut inside, 1).await), ["hello"]);
    outside.write_all(b"DISCONNECT\nreceipt:2\n\n\0").await.unwrap();
    let mut rest = String::new();
    outside.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "RECEIPT\nreceipt-id:2\n\n\0");
    broker.shutdown().await;
    assert_eq!(inside.read(&mut [0; 9]).await.unwrap(), 0);
}

#[tokio::test]
async fn an_error_reaches_a_peer_that_still_sends() {
    let broker = start(BrokerConfig::default()).await;
    let mut stream = tcp(&broker).await;
    login(&mut stream).await;
    let mut flood = b"BOGUS\n\n\0".to_vec();
    flood.resize(1 << 20, b'\n');
    stream.write_all(&flood).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert!(all.starts_with("ERROR\nmessage:unknown verb 'BOGUS'\n") && all.ends_with('\0'), "{all}");
}

#[tokio::test]
async fn frames_in_many_small_writes_are_understood() {
    let broker = start(BrokerConfig::default()).await;
    let mut stream = tcp(&broker).await;
    let all =
        b"CONNECT\r\naccept-version:1.2\r\nhost:/\r\n\r\n\0\r\nSUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0\n\
        SEND\ndestination:/topic/a\ncontent-length:3\n\na\0b\0";
    for byte in all {
        stream.write_all(&[*byte]).await.unwrap();
        stream.flush().await.unwrap();
    }
    let got = read(&mut stream, 3).await;
    assert!(got.trim_end().ends_with("\n\na^b^"), "{got}");
}

#[tokio::test]
async fn what_a_killed_consumer_had_not_acked_goes_to_the_next() {
    let broker = start(BrokerConfig::default()).await;
    let mut first = tcp(&broker).await;
    login(&mut first).await;
    first
        .write_all(
            b"SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n\0SEND\ndestination:/queue/a\n\nx\0",
        )
        .await
        .unwrap();
    assert_eq!(bodies(&read(&mut first, 1).await), ["x"]);
    drop(first);
    let mut second = broker.connect();
    login(&mut second).await;
    second.write_all(b"SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0").await.unwrap();
    let heard = read(&mut second, 1).await;
    assert_eq!((bodies(&heard), headers(&heard, "redelivered")), (vec!["x"], vec!["true"]));
}

#[tokio::test]
async fn a_silent_peer_is_told_so_and_its_messages_go_back() {
    let heart_beat = crate::protocol::HeartBeat { sends: 50, wants: 50 };
    let broker = start(BrokerConfig { heart_beat, ..BrokerConfig::default() }).await;
    let mut stream = broker.connect();
    let all = "CONNECT\naccept-version:1.1\nhost:/\nheart-beat:50,0\n\n\0\
        SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n\0SEND\ndestination:/queue/a\n\nx\0";
    stream.write_all(all.as_bytes()).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert!(all.contains("\n\nx\0") && all.contains("ERROR\nmessage:no sign of life for "), "{all}");
    let mut other = broker.connect();
    login(&mut other).await;
    other.write_all(b"SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0").await.unwrap();
    let heard = read(&mut other, 1).await;
    assert_eq!((bodies(&heard), headers(&heard, "redelivered")), (vec!["x"], vec!["true"]));
}

#[tokio::test]
async fn the_socket_is_looked_at_once_more_before_a_peer_is_called_dead() {
    let heart_beat = crate::protocol::HeartBeat { sends: 0, wants: 50 };
    let broker = start(BrokerConfig { heart_beat, ..BrokerConfig::default() }).await;
    let mut stream = broker.connect();
    stream.write_all(b"CONNECT\naccept-version:1.2\nhost:/\nheart-beat:50,0\n\n\0").await.unwrap();
    read(&mut stream, 1).await;
    stream.write_all(b"\nBEGIN\ntransaction:t\nreceipt:1\n\n\0").await.unwrap();
    // This runtime has one thread: while it stands still, nobody reads what is there, as when the
    // program was stopped and goes on.
    std::thread::sleep(std::time::Duration::from_millis(150));
    assert_eq!(read(&mut stream, 1).await, "RECEIPT\nreceipt-id:1\n\n^");
}

#[tokio::test]
async fn a_disconnect_that_is_followed_by_a_close_at_once_loses_nothing() {
    let broker = start(BrokerConfig::default()).await;
    for round in 1..=20 {
        let mut stream = tcp(&broker).await;
        let all = "CONNECT\naccept-version:1.2\nhost:/\n\n\0SEND\ndestination:/queue/a\n\nx\0\
            DISCONNECT\nreceipt:1\n\n\0";
        stream.write_all(all.as_bytes()).await.unwrap();
        drop(stream);
        while broker.depth("/queue/a") < round {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test]
async fn heart_beats_go_to_who_asked_and_stand_alone() {
    let heart_beat = crate::protocol::HeartBeat { sends: 40, wants: 0 };
    let broker = start(BrokerConfig { heart_beat, ..BrokerConfig::default() }).await;
    let mut stream = broker.connect();
    stream.write_all(b"CONNECT\naccept-version:1.2\nhost:/\nheart-beat:0,40\n\n\0").await.unwrap();
    read(&mut stream, 1).await;
    for _ in 0..3 {
        let mut beat = [0; 64];
        let got = stream.read(&mut beat).await.unwrap();
        assert_eq!(&beat[..got], b"\n");
    }
}

#[tokio::test]
async fn a_peer_that_never_logs_in_is_turned_away() {
    let login_time = std::time::Duration::from_millis(50);
    let broker = start(BrokerConfig { login_time, ..BrokerConfig::default() }).await;
    let mut stream = tcp(&broker).await;
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert!(all.starts_with("ERROR\nmessage:no CONNECT came\n"), "{all}");
}

#[tokio::test]
async fn a_full_queue_holds_its_producer_back_until_a_consumer_comes() {
    let broker = start(BrokerConfig { queue_bytes: 100_000, ..BrokerConfig::default() }).await;
    let mut producer = tcp(&broker).await;
    login(&mut producer).await;
    let writer = tokio::spawn(async move {
        for _ in 0..5_000 {
            producer.write_all(b"SEND\ndestination:/queue/a\n\n").await.unwrap();
            producer.write_all(&[b'x'; 10_000]).await.unwrap();
            producer.write_all(b"\0").await.unwrap();
        }
        producer.write_all(b"DISCONNECT\nreceipt:end\n\n\0").await.unwrap();
        read(&mut producer, 1).await
    });
    let mut consumer = broker.connect();
    login(&mut consumer).await;
    consumer.write_all(b"SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0").await.unwrap();
    assert_eq!(bodies(&read(&mut consumer, 5_000).await).len(), 5_000);
    assert_eq!(writer.await.unwrap(), "RECEIPT\nreceipt-id:end\n\n^");
}

#[tokio::test]
async fn other_machines_need_a_login() {
    let listen = vec!["0.0.0.0:0".parse().unwrap()];
    let open = Broker::bind(BrokerConfig { listen: listen.clone(), ..BrokerConfig::default() }).await;
    assert!(matches!(open, Err(BindError::OpenToAll { .. })));
    let half = BrokerConfig { user: Some("u".into()), ..BrokerConfig::default() };
    assert!(matches!(Broker::bind(half).await, Err(BindError::HalfALogin)));
    let config = BrokerConfig {
        listen,
        user: Some("u".into()),
        password: Some(Secret::new("p")),
        ..BrokerConfig::default()
    };
    assert!(Broker::bind(config).await.is_ok());
}

#[tokio::test]
async fn a_free_port_is_the_same_on_both_loopbacks() {
    let broker = start(BrokerConfig::default()).await;
    let port = broker.addresses()[0].port();
    assert!(port != 0 && broker.addresses().iter().all(|address| address.port() == port));
    assert_eq!(broker.url(), Some(format!("stomp://127.0.0.1:{port}")));
}

#[tokio::test]
async fn the_same_port_speaks_websocket() {
    let broker = start(BrokerConfig::default()).await;
    let endpoint = crate::transport::Endpoint::parse(&format!("ws://{}/ws", broker.addresses()[0])).unwrap();
    let mut socket =
        crate::transport::dial(&endpoint, &crate::transport::DialOptions::default()).await.unwrap();
    login_flushed(&mut socket.stream).await;
    // A frame over many messages.
    for byte in b"SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0SEND\ndestination:/topic/a\n\nx\0" {
        socket.stream.write_all(&[*byte]).await.unwrap();
        socket.stream.flush().await.unwrap();
    }
    assert_eq!(bodies(&read(&mut socket.stream, 1).await), ["x"]);
    socket.stream.write_all(b"DISCONNECT\nreceipt:1\n\n\0").await.unwrap();
    socket.stream.flush().await.unwrap();
    let mut rest = String::new();
    socket.stream.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "RECEIPT\nreceipt-id:1\n\n\0");
}

async fn login_flushed(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    stream.write_all(b"CONNECT\naccept-version:1.2\nhost:/\n\n\0").await.unwrap();
    stream.flush().await.unwrap();
    assert!(read(stream, 1).await.starts_with("CONNECTED\nversion:1.2\n"));
}

#[tokio::test]
async fn a_browser_that_is_no_websocket_is_told_what_this_is() {
    let broker = start(BrokerConfig::default()).await;
    let mut stream = tcp(&broker).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert!(all.starts_with("HTTP/1.1 426 ") && all.contains("This is a STOMP broker."), "{all}");
}

#[tokio::test]
async fn who_half_closes_still_gets_its_answers() {
    let broker = start(BrokerConfig::default()).await;
    let mut stream = tcp(&broker).await;
    let all = "CONNECT\naccept-version:1.2\nhost:/\n\n\0SEND\ndestination:/queue/a\nreceipt:1\n\nx\0";
    stream.write_all(all.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert!(all.starts_with("CONNECTED\n") && all.ends_with("RECEIPT\nreceipt-id:1\n\n\0"), "{all}");
    assert_eq!(broker.depth("/queue/a"), 1);
}

#[tokio::test]
async fn heart_beats_go_out_under_a_flood_that_comes_in() {
    let heart_beat = crate::protocol::HeartBeat { sends: 20, wants: 0 };
    let broker = start(BrokerConfig { heart_beat, ..BrokerConfig::default() }).await;
    let mut stream = tcp(&broker).await;
    stream.write_all(b"CONNECT\naccept-version:1.2\nhost:/\nheart-beat:0,20\n\n\0").await.unwrap();
    read(&mut stream, 1).await;
    // From a thread of its own, so that the socket is never found empty.
    let mut flood = stream.into_std().unwrap();
    flood.set_nonblocking(false).unwrap();
    let mut reader = flood.try_clone().unwrap();
    std::thread::spawn(move || {
        let frames = "SEND\ndestination:/topic/none\n\nx\0".repeat(10_000);
        while std::io::Write::write_all(&mut flood, frames.as_bytes()).is_ok() {}
    });
    let beats = tokio::task::spawn_blocking(move || {
        let mut beats = [0; 5];
        std::io::Read::read_exact(&mut reader, &mut beats).unwrap();
        reader.shutdown(std::net::Shutdown::Both).unwrap();
        beats
    });
    // Five beats of 10 ms each; without a look at the clock in between they took half a minute.
    let beats = tokio::time::timeout(std::time::Duration::from_secs(15), beats).await.unwrap();
    assert_eq!(beats.unwrap(), [b'\n'; 5]);
}
