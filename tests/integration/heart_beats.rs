//! Heart-beats, watched on the wire: they come both ways, and the connection lives on them.

use std::sync::{Arc, Mutex};

use stomp_shell::protocol::{HeartBeat, Version};
use stomp_shell::session::AckMode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::On;
use crate::talk::Talk;

pub fn cases() -> Vec<Case> {
    vec![
        case!(async heart_beats_are_kept_both_ways)
            .needs(&[Need::HeartBeats, Need::Tcp])
            .in_each_version()
            .since(Version::V1_1),
        case!(async heart_beats_of_zero_are_none).needs(&[Need::HeartBeats, Need::Tcp]).since(Version::V1_1),
    ]
}

/// A second: RabbitMQ counts in whole ones.
const INTERVAL: HeartBeat = HeartBeat { sends: 1_000, wants: 1_000 };

/// So many heart-beats are waited for in each direction.
const BEATS: usize = 3;

/// Bytes between frames, which is where heart-beats are.
#[derive(Default)]
struct Direction {
    inside_a_frame: bool,
    beats: usize,
}

impl Direction {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if !self.inside_a_frame => self.beats += 1,
                0 => self.inside_a_frame = false,
                _ => self.inside_a_frame = true,
            }
        }
    }
}

/// What has gone through the tap.
#[derive(Clone, Default)]
struct Watched {
    out: Arc<Mutex<Direction>>,
    back: Arc<Mutex<Direction>>,
}

impl Watched {
    fn beats(&self) -> (usize, usize) {
        (self.out.lock().unwrap().beats, self.back.lock().unwrap().beats)
    }

    /// Waits until so many more have come each way; nothing else may happen meanwhile.
    async fn more(&self, count: usize, talk: &mut Talk) {
        let before = self.beats();
        loop {
            let now = self.beats();
            if now.0 >= before.0 + count && now.1 >= before.1 + count {
                return;
            }
            talk.is_calm();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

/// Carries connections to the broker and watches them; returns the URL to use in its stead.
async fn tap(on: &On) -> (String, Watched) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("stomp://{}", listener.local_addr().unwrap());
    let broker = on.url.split_once("://").unwrap().1.to_owned();
    let watched = Watched::default();
    let own = watched.clone();
    tokio::spawn(async move {
        // A second one comes where the host has to be named in another way.
        while let Ok((client, _)) = listener.accept().await {
            let broker = TcpStream::connect(&broker).await.unwrap();
            let (client, broker) = (client.into_split(), broker.into_split());
            let own = own.clone();
            tokio::spawn(async move {
                tokio::join!(copy(client.0, broker.1, &own.out), copy(broker.0, client.1, &own.back));
            });
        }
    });
    (url, watched)
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, watched: &Mutex<Direction>) {
    let mut buffer = vec![0; 4 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        watched.lock().unwrap().bytes(&buffer[..count]);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn heart_beats_are_kept_both_ways(on: &On) {
    let queue = on.queue();
    let (url, watched) = tap(on).await;
    let mut options = on.options_to(&url);
    options.connect.heart_beat = INTERVAL;
    let mut talk = Talk::connect(on, options).await;
    let agreed = talk.client.status().await.unwrap().connected.unwrap().beats;
    assert!(agreed.outgoing.is_some() && agreed.incoming.is_some(), "{agreed:?}");
    talk.subscribe(&queue.name, AckMode::Auto).await;
    watched.more(BEATS, &mut talk).await;
    // The connection is as good as at first.
    talk.send(queue.message("still here")).await;
    assert_eq!(talk.bodies(1).await, ["still here"]);
    watched.more(1, &mut talk).await;
    talk.leave().await;
}

async fn heart_beats_of_zero_are_none(on: &On) {
    let (url, watched) = tap(on).await;
    let mut options = on.options_to(&url);
    options.connect.heart_beat = HeartBeat { sends: 0, wants: 0 };
    let talk = Talk::connect(on, options).await;
    let agreed = talk.client.status().await.unwrap().connected.unwrap().beats;
    assert!(agreed.outgoing.is_none() && agreed.incoming.is_none(), "{agreed:?}");
    talk.leave().await;
    assert_eq!(watched.beats().0, 0);
}
