//! Our decoder beside those of iridium-stomp and async-stomp, on the same octets: MESSAGE frames of
//! about 218 octets with six headers. Each does what a client of it has to do: decode, and read `ack`
//! and the body. Ours looks at every header too, since it splits and unescapes them only then.

mod frames;

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use frames::{FRAMES, frames};
use tokio_util::codec::Decoder as _;

fn ours(
    input: &mut BytesMut,
    decoder: &mut stomp_shell::protocol::Decoder,
    batch: &mut stomp_shell::protocol::Batch,
) -> usize {
    decoder.decode(input, batch).expect("valid frames");
    assert_eq!(batch.len(), FRAMES);
    let mut sum = 0;
    for frame in batch.iter() {
        for header in frame.headers() {
            sum += header.name().len() + header.value().len();
        }
        sum += frame.header("ack").map_or(0, |ack| ack.len()) + frame.body().len();
    }
    sum
}

fn iridium_stomp(input: &mut BytesMut) -> usize {
    let mut codec = iridium_stomp::StompCodec::new();
    let (mut sum, mut count) = (0, 0);
    while let Some(item) = codec.decode(input).expect("valid frames") {
        if let iridium_stomp::StompItem::Frame(frame) = item {
            sum += frame.get_header("ack").map_or(0, str::len) + frame.body.len();
            count += 1;
        }
    }
    assert_eq!(count, FRAMES);
    sum
}

fn async_stomp(input: &mut BytesMut) -> usize {
    let mut codec = async_stomp::client::ClientCodec::new();
    let (mut sum, mut count) = (0, 0);
    while let Some(message) = codec.decode(input).expect("valid frames") {
        if let async_stomp::FromServer::Message { body, .. } = &message.content {
            let ack = message.extra_headers.iter().find(|(name, _)| name == b"ack");
            sum += ack.map_or(0, |(_, ack)| ack.len()) + body.as_ref().map_or(0, Vec::len);
            count += 1;
        }
    }
    assert_eq!(count, FRAMES);
    sum
}

fn decoders(c: &mut Criterion) {
    let octets = frames();
    let mut group = c.benchmark_group("decoders");
    group.throughput(Throughput::Elements(FRAMES as u64));
    let fresh = || BytesMut::from(&octets[..]);
    let mut decoder = stomp_shell::protocol::Decoder::new(stomp_shell::protocol::Limits::CLIENT);
    decoder.set_version(stomp_shell::protocol::Version::V1_2);
    let mut batch = stomp_shell::protocol::Batch::default();
    group.bench_function("stomp-shell", |b| {
        b.iter_batched_ref(
            fresh,
            |input| black_box(ours(input, &mut decoder, &mut batch)),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("iridium-stomp", |b| {
        b.iter_batched_ref(fresh, |input| black_box(iridium_stomp(input)), BatchSize::LargeInput);
    });
    group.bench_function("async-stomp", |b| {
        b.iter_batched_ref(fresh, |input| black_box(async_stomp(input)), BatchSize::LargeInput);
    });
    group.finish();
}

criterion_group!(benches, decoders);
criterion_main!(benches);
