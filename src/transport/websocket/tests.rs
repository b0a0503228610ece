#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use futures_util::{SinkExt, StreamExt};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio_tungstenite::{
    WebSocketStream as Other,
    tungstenite::protocol::{
        CloseFrame, Message,
        frame::{Frame, coding::CloseCode},
    },
};

use super::*;

/// Ours as a client, and another implementation as its server.
async fn client_and_other() -> (WebSocketStream<DuplexStream>, Other<DuplexStream>) {
    let (near, far) = duplex(1024);
    (WebSocketStream::new(near, Role::Client, b""), Other::from_raw_socket(far, Role::Server, None).await)
}

/// Ours as a client, and the bare bytes of the connection.
fn client_and_bytes() -> (WebSocketStream<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(1024);
    (WebSocketStream::new(near, Role::Client, b""), far)
}

async fn read_exactly(stream: &mut (impl AsyncRead + Unpin), count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

fn fragment(data: &'static str, kind: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(data, OpCode::Data(kind), is_final))
}

#[tokio::test]
async fn text_and_binary_messages_and_their_fragments_give_their_bytes_in_order() {
    let (mut ours, mut other) = client_and_other().await;
    let sent = tokio::spawn(async move {
        for message in [
            Message::text("one "),
            Message::binary(vec![0, 0xff]),
            Message::text(""),
            fragment("tw", Data::Text, false),
            fragment("", Data::Continue, false),
            Message::Ping(vec![1, 2].into()),
            Message::Pong(vec![3].into()),
            fragment("o ", Data::Continue, true),
            Message::text("three"),
        ] {
            other.send(message).await.unwrap();
        }
        other
    });
    assert_eq!(read_exactly(&mut ours, 15).await, b"one \0\xfftwo three");
    let mut other = sent.await.unwrap();
    assert_eq!(
        other.next().await.unwrap().unwrap(),
        Message::Pong(vec![1, 2].into()),
        "the ping is answered"
    );
}

#[tokio::test]
async fn the_ends_of_text_messages_that_end_in_nul_are_noted() {
    let (mut ours, mut other) = client_and_other().await;
    let sent = tokio::spawn(async move {
        for message in [
            Message::text("a\0"),
            Message::text("b"),
            Message::binary(vec![0]),
            fragment("c\0", Data::Text, false),
            fragment("d\0", Data::Continue, false),
            fragment("", Data::Continue, true),
            Message::text("e\0\n"),
            Message::text("f\0\r"),
            fragment("g\0\n", Data::Text, false),
            fragment("\r\n", Data::Continue, true),
            fragment("h\0\n", Data::Text, false),
            fragment("i\n", Data::Continue, true),
            Message::text("\n"),
            fragment("j", Data::Text, false),
        ] {
            other.send(message).await.unwrap();
        }
        other
    });
    let all = b"a\0b\0c\0d\0e\0\nf\0\rg\0\n\r\nh\0\ni\n\nj";
    assert_eq!(read_exactly(&mut ours, all.len()).await, all);
    assert_eq!((&ours.text.ends[..], ours.text.open), (&[2, 8, 10, 13, 16][..], true));
    drop(sent.await.unwrap());
}

#[tokio::test]
async fn each_write_is_one_message_text_where_it_is_utf8_and_binary_where_not() {
    let (mut ours, mut other) = client_and_other().await;
    for write in [&b"CONNECT\n\n\0"[..], b"\n", "é\0".as_bytes(), b"\xe9\0"] {
        assert_eq!(ours.write(write).await.unwrap(), write.len());
    }
    ours.flush().await.unwrap();
    for message in [
        Message::text("CONNECT\n\n\0"),
        Message::text("\n"),
        Message::text("é\0"),
        Message::binary(vec![0xe9, 0]),
    ] {
        assert_eq!(other.next().await.unwrap().unwrap(), message);
    }
}

#[tokio::test]
async fn an_empty_write_sends_nothing() {
    let (mut ours, mut other) = client_and_other().await;
    assert_eq!(ours.write(b"").await.unwrap(), 0);
    ours.write_all(b"x").await.unwrap();
    ours.flush().await.unwrap();
    assert_eq!(other.next().await.unwrap().unwrap(), Message::text("x"));
}

#[tokio::test]
async fn messages_of_each_form_of_length_pass_both_ways() {
    for length in [1, 125, 126, 65535, 65536, 300_000] {
        let (near, far) = duplex(1024);
        let mut client = WebSocketStream::new(near, Role::Client, b"");
        let mut other = Other::from_raw_socket(far, Role::Server, None).await;
        let body: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[0]).collect();
        let back = body.clone();
        let echo = tokio::spawn(async move {
            let got = other.next().await.unwrap().unwrap();
            assert_eq!(got.clone().into_data(), back);
            other.send(got).await.unwrap();
            other
        });
        assert_eq!(client.write(&body).await.unwrap(), body.len());
        client.flush().await.unwrap();
        assert_eq!(read_exactly(&mut client, body.len()).await, body, "{length}");
        echo.await.unwrap();
    }
}

#[tokio::test]
async fn a_long_message_goes_in_fragments_that_a_broker_with_a_bound_on_frames_takes() {
    let length = 2 * FRAGMENT + 1;
    let (near, far) = duplex(1 << 20);
    let mut ours = WebSocketStream::new(near, Role::Server, b"");
    // A letter of two bytes lies across the border of the first two fragments.
    let message = format!("{}{}", "x".repeat(FRAGMENT - 1), "é".repeat(FRAGMENT / 2 + 1));
    assert_eq!(message.len(), length);
    assert_eq!(ours.write(message.as_bytes()).await.unwrap(), length);
    ours.flush().await.unwrap();
    drop(ours);
    let mut bytes = Vec::new();
    let mut far = far;
    far.read_to_end(&mut bytes).await.unwrap();
    let mut rest = &bytes[..];
    let mut heads = Vec::new();
    let mut payload = Vec::new();
    while !rest.is_empty() {
        let mut cursor = Cursor::new(rest);
        let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        let head = rest.len() - cursor.remaining();
        let end = head + usize::try_from(length).unwrap();
        payload.extend_from_slice(&rest[head..end]);
        rest = &rest[end..];
        heads.push((header.opcode, header.is_final));
    }
    let (text, more) = (OpCode::Data(Data::Text), OpCode::Data(Data::Continue));
    assert_eq!(heads, [(text, false), (more, false), (more, true)]);
    assert_eq!(payload, message.as_bytes());
}

#[tokio::test]
async fn text_that_is_not_utf8_is_handed_on_as_it_is() {
    let (mut ours, mut far) = client_and_bytes();
    far.write_all(b"\x81\x03a\xff\0").await.unwrap();
    assert_eq!(read_exactly(&mut ours, 3).await, b"a\xff\0");
}

#[tokio::test]
async fn a_message_of_any_length_is_handed_on_before_its_end_has_come() {
    let (mut ours, mut far) = client_and_bytes();
    far.write_all(b"\x82\x7f\x00\x00\x01\x00\x00\x00\x00\x00beginning").await.unwrap();
    assert_eq!(read_exactly(&mut ours, 9).await, b"beginning");
}

#[tokio::test]
async fn what_came_with_the_handshake_is_read_first() {
    let (near, mut far) = duplex(64);
    let mut ours = WebSocketStream::new(near, Role::Client, b"\x81\x05ear");
    far.write_all(b"ly\x81\x01!").await.unwrap();
    assert_eq!(read_exactly(&mut ours, 6).await, b"early!");
}

#[tokio::test]
async fn a_close_is_the_end_and_is_answered() {
    let (mut ours, mut other) = client_and_other().await;
    let closing = tokio::spawn(async move {
        other.send(Message::text("last")).await.unwrap();
        let frame = CloseFrame { code: CloseCode::Normal, reason: "done".into() };
        other.close(Some(frame)).await.unwrap();
        other.next().await.unwrap().unwrap()
    });
    let mut all = Vec::new();
    ours.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"last");
    assert!(matches!(closing.await.unwrap(), Message::Close(Some(frame)) if frame.code == CloseCode::Normal));
    assert_eq!(ours.write(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn a_close_with_a_complaint_is_an_error_that_tells_it() {
    let (mut ours, mut far) = client_and_bytes();
    far.write_all(b"\x81\x01x\x88\x06\x03\xf0no\x1b!").await.unwrap();
    assert_eq!(read_exactly(&mut ours, 1).await, b"x");
    let error = ours.read_u8().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the peer closed the WebSocket with code 1008 (policy violation): no\\u{1b}!"
    );
    assert_eq!(ours.read(&mut [0]).await.unwrap(), 0, "told once");
}

#[tokio::test]
async fn a_hang_up_without_a_close_is_an_error_for_a_client_that_did_not_close() {
    let (mut ours, mut far) = client_and_bytes();
    far.write_all(b"\x81\x05half").await.unwrap();
    drop(far);
    let mut all = Vec::new();
    let error = ours.read_to_end(&mut all).await.unwrap_err();
    assert_eq!((&all[..], error.kind()), (&b"half"[..], io::ErrorKind::UnexpectedEof));

    let (mut ours, far) = client_and_bytes();
    ours.shutdown().await.unwrap();
    drop(far);
    assert_eq!(ours.read(&mut [0]).await.unwrap(), 0);

    let (near, far) = duplex(64);
    drop(far);
    assert_eq!(WebSocketStream::new(near, Role::Server, b"").read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_server_does_not_mind_why_a_client_leaves() {
    for close in [&b"\x88\x80abcd"[..], b"\x88\x82\0\0\0\0\x03\xe9", b"\x88\x85\0\0\0\0\x03\xe8bye"] {
        let (near, mut far) = duplex(64);
        let mut ours = WebSocketStream::new(near, Role::Server, b"");
        far.write_all(close).await.unwrap();
        assert_eq!(ours.read(&mut [0]).await.unwrap(), 0, "{}", close.escape_ascii());
    }
}

#[tokio::test]
async fn shutting_down_sends_a_close_after_what_was_written() {
    let (mut ours, mut other) = client_and_other().await;
    ours.write_all(b"bye").await.unwrap();
    ours.shutdown().await.unwrap();
    assert_eq!(other.next().await.unwrap().unwrap(), Message::text("bye"));
    assert!(matches!(other.next().await.unwrap().unwrap(), Message::Close(Some(_))));
    assert!(other.next().await.is_none());
}

#[tokio::test]
async fn what_breaks_the_protocol_is_an_error_that_names_it() {
    for (role, bytes, what) in [
        (Role::Server, &b"\x81\x01x"[..], "unmasked"),
        (Role::Client, b"\x81\x81abcdx", "masked frame from a server"),
        (Role::Client, b"\xc1\x01x", "reserved bit"),
        (Role::Client, b"\x80\x01x", "out of order"),
        (Role::Client, b"\x01\x01x\x81\x01y", "out of order"),
        (Role::Client, b"\x83\x01x", "opcode"),
        (Role::Client, b"\x8b\x00", "opcode"),
        (Role::Client, b"\x09\x01x", "control frame"),
        (Role::Client, b"\x89\x7e\x00\x7e", "control frame"),
    ] {
        let (near, mut far) = duplex(64);
        let mut ours = WebSocketStream::new(near, role, b"");
        far.write_all(bytes).await.unwrap();
        let error = ours.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        assert!(error.to_string().contains(what), "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn a_write_waits_while_the_peer_does_not_read() {
    let (mut ours, _far) = client_and_bytes();
    let waker = Waker::noop();
    let mut cx = Context::from_waker(waker);
    let mut taken = 0;
    while let Poll::Ready(count) = Pin::new(&mut ours).poll_write(&mut cx, &[7; 1000]) {
        taken += count.unwrap();
        assert!(taken < 4 * MAX_OUTGOING, "it takes without end");
    }
    assert!(taken >= MAX_OUTGOING);
}

#[tokio::test]
async fn pings_faster_than_their_answers_are_read_cost_no_memory_without_bound() {
    let (near, mut far) = duplex(64 * 1024);
    let mut ours = WebSocketStream::new(near, Role::Client, b"");
    let mut ping = vec![0x89, 125];
    ping.resize(127, b'p');
    let pings = ping.repeat(10_000);
    let write = tokio::spawn(async move {
        far.write_all(&pings).await.unwrap();
        far.write_all(b"\x81\x01x").await.unwrap();
        far
    });
    assert_eq!(read_exactly(&mut ours, 1).await, b"x");
    assert!(ours.outgoing.len() < MAX_OUTGOING + 256, "{}", ours.outgoing.len());
    write.await.unwrap();
}

#[tokio::test]
async fn no_two_frames_of_a_client_have_the_same_mask() {
    let mut masks = MaskPool::new();
    let mut seen: Vec<_> = (0..200).map(|_| masks.next()).collect();
    seen.sort_unstable();
    seen.dedup();
    // Four bytes may meet by chance, rarely; that all of them do is no chance.
    assert!(seen.len() > 190, "{}", seen.len());
}

/// Everything at once, halves in tasks of their own, through a narrow pipe: nobody waits for ever.
#[tokio::test]
async fn both_ways_at_once_with_pings_between_lose_no_wake_up() {
    const LENGTH: usize = 2_000_000;
    let (near, far) = duplex(4096);
    let mut tasks = Vec::new();
    for stream in
        [WebSocketStream::new(near, Role::Client, b""), WebSocketStream::new(far, Role::Server, b"")]
    {
        let (mut read, mut write) = split(stream);
        tasks.push(tokio::spawn(async move {
            let got = read_exactly(&mut read, LENGTH).await;
            assert!(got.iter().enumerate().all(|(n, byte)| *byte == n.to_le_bytes()[0]));
        }));
        tasks.push(tokio::spawn(async move {
            let body: Vec<u8> = (0..LENGTH).map(|n| n.to_le_bytes()[0]).collect();
            for piece in body.chunks(5000) {
                write.write_all(piece).await.unwrap();
                write.flush().await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_on_one_side_is_read_on_the_other_however_it_is_cut(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..400), 1..20),
        width in 1_usize..200,
        to_server in any::<bool>(),
    ) {
        let whole = pieces.concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let got = runtime.block_on(async move {
            let (near, far) = duplex(width);
            let mut client = WebSocketStream::new(near, Role::Client, b"");
            let mut server = WebSocketStream::new(far, Role::Server, b"");
            let (from, to) = if to_server { (&mut client, &mut server) } else { (&mut server, &mut client) };
            let write = async {
                for piece in &pieces {
                    from.write_all(piece).await.unwrap();
                }
                from.shutdown().await.unwrap();
            };
            let mut got = Vec::new();
            let (read, ()) = tokio::join!(to.read_to_end(&mut got), write);
            read.unwrap();
            got
        });
        prop_assert_eq!(got, whole);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), server in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move {
            let (near, mut far) = duplex(1024);
            let role = if server { Role::Server } else { Role::Client };
            let mut ours = WebSocketStream::new(near, role, b"");
            far.write_all(&bytes).await.unwrap();
            far.shutdown().await.unwrap();
            let _ = ours.read_to_end(&mut Vec::new()).await;
        });
    }
}
