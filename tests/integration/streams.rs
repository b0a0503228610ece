//! Much at once: large bodies, many messages, whole queues copied through a pipe.

use std::fs::File;

use stomp_shell::client::StreamedBody;
use stomp_shell::protocol::Frame;

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{On, lines};

pub fn cases() -> Vec<Case> {
    let queues = [Need::Queues, Need::Acks];
    vec![
        case!(a_body_of_two_mib_goes_through_pipes_and_files)
            .needs(&queues)
            .needs(&[Need::Large])
            .in_each_version(),
        case!(async a_body_of_two_mib_comes_in_pieces_and_is_acked)
            .needs(&queues)
            .needs(&[Need::Large, Need::Acks]),
        case!(a_copy_through_jsonl_keeps_every_header_and_body)
            .needs(&queues)
            .needs(&[Need::AnyHeader, Need::Binary, Need::OwnHeaders, Need::Several])
            .in_each_version(),
        case!(a_hundred_thousand_messages_arrive_unchanged_and_in_order).only_on("embedded"),
        case!(thousands_of_messages_arrive_unchanged_and_in_order).needs(&queues).in_each_version(),
    ]
}

/// Two MiB and a little, no two pieces of it alike.
fn two_mib() -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut next = || {
        // xorshift32
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    (0..(2 << 20) / 4 + 10).flat_map(|_| next().to_le_bytes()).collect()
}

fn a_body_of_two_mib_goes_through_pipes_and_files(on: &On) {
    let queue = on.queue();
    let body = two_mib();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in"), &body).unwrap();
    on.stomp(["send", &queue.name]).input(&body).run().done("");
    on.stomp(["send", &queue.name, "@in"]).folder(folder.path()).run().done("");
    on.stomp(["send", &queue.name, "behind"]).run().done("");
    let out = folder.path().join("out");
    let to_file = on.stomp(["sub", &queue.name, "-c1", "--raw"]).output(File::create(&out).unwrap());
    to_file.run().done("");
    assert!(std::fs::read(&out).unwrap() == body);
    let to_pipe = on.stomp(["sub", &queue.name, "-c2", "--raw"]);
    to_pipe.run().done([&body[..], b"behind"].concat());
}

async fn a_body_of_two_mib_comes_in_pieces_and_is_acked(on: &On) {
    let queue = on.queue();
    let body = two_mib();
    let mut talk = on.client().await;
    talk.subscribe(&queue.name, stomp_shell::session::AckMode::Client).await;
    let (pieces, stream) = tokio::sync::mpsc::channel(1);
    let own = body.clone();
    let feed = tokio::spawn(async move {
        for piece in own.chunks(100_000) {
            pieces.send(Ok(piece.to_vec().into())).await.unwrap();
        }
    });
    let length = body.len() as u64;
    let streamed = StreamedBody { length, text: false, pieces: stream };
    talk.client.send_stream(queue.message(""), streamed, true).await.unwrap();
    feed.await.unwrap();
    assert!(talk.message().await.body == body);
    talk.ack(stomp_shell::session::AckTarget::Newest).await;
    talk.leave().await;
    queue.settles_at(0).await;
}

/// What a message means, without what belongs to one delivery or to the broker.
fn essence(message: &Frame) -> (Vec<(String, String)>, Vec<u8>) {
    const NOT: [&str; 11] = [
        "message-id",
        "subscription",
        "ack",
        "redelivered",
        "receipt",
        "transaction",
        "destination",
        "timestamp",
        "expires",
        "persistent",
        "priority",
    ];
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers.iter().map(|(name, value)| (text(name), text(value)));
    let mut headers: Vec<_> = headers.filter(|(name, _)| !NOT.contains(&name.as_str())).collect();
    headers.sort();
    (headers, message.body.to_vec())
}

fn a_copy_through_jsonl_keeps_every_header_and_body(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    let bodies: [&[u8]; 6] = [
        b"text",
        b"",
        b"\0\xff\xfe binary",
        "Grüße \u{1F980}\n".as_bytes(),
        b"{\"a\": \"\\u0000\"}",
        b"last",
    ];
    let originals = on.block_on(async {
        let talk = on.client().await;
        for (index, body) in bodies.iter().enumerate() {
            let mut message = from.message(body.to_vec()).with("number", index.to_string());
            if index != 1 {
                message =
                    message.with("content-type", "text/plain;charset=utf-8").with("quote", "say \"hi\" {}");
            }
            // The first without content-length, where that is possible.
            talk.client.send(message, index == 0, true).await.unwrap();
        }
        let mut watcher = on.client().await;
        watcher.subscribe(&from.name, stomp_shell::session::AckMode::Client).await;
        let mut originals = Vec::new();
        for _ in bodies {
            originals.push(essence(&watcher.message().await));
        }
        watcher.leave().await;
        talk.leave().await;
        originals
    });
    assert_eq!(originals.iter().map(|(_, body)| &body[..]).collect::<Vec<_>>(), bodies);
    on.block_on(from.settles_at(bodies.len() as u64));
    let envelopes = on.stomp(["sub", &from.name, "--jsonl", "-c", &bodies.len().to_string()]).run().code(0);
    assert_eq!(envelopes.lines().len(), bodies.len());
    on.stomp(["send", "--jsonl", &to.name]).input(&envelopes.stdout).run().done("");
    let copies: Vec<_> = on.block_on(to.rest()).iter().map(essence).collect();
    assert_eq!(copies, originals);
    // Without a destination on the command line they go where they came from.
    on.stomp(["send", "--jsonl"]).input(&envelopes.stdout).run().done("");
    let back: Vec<_> = on.block_on(from.rest()).iter().map(essence).collect();
    assert_eq!(back, originals);
}

fn many(on: &On, count: u32) {
    let queue = on.queue();
    let lines = lines(1..=count, |number| format!("{number} {}", "x".repeat(number as usize % 97)));
    // Both at once, as in a pipeline: the queue never holds all of them.
    let sub = on.stomp(["sub", &queue.name, "-c", &count.to_string()]).start();
    on.stomp(["send", "-l", &queue.name]).input(&lines).run().done("");
    sub.finish().done(lines);
}

fn a_hundred_thousand_messages_arrive_unchanged_and_in_order(on: &On) {
    many(on, 100_000);
}

fn thousands_of_messages_arrive_unchanged_and_in_order(on: &On) {
    many(on, 3_000);
}
