//! How fast the decoder is on MESSAGE frames of about 218 bytes with six headers, ids that vary
//! and one frame in a hundred with escapes; every header is split and unescaped, `ack` and the
//! body are read.
#![allow(missing_docs)] // the macros of criterion make public functions

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stomp_shell::protocol::{Batch, Decoder, Limits, Version};

#[path = "others/frames.rs"]
mod frames;
use frames::{FRAMES, frames};

fn decode(c: &mut Criterion) {
    let bytes = frames();
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(FRAMES as u64));
    let mut decoder = Decoder::new(Limits::CLIENT);
    decoder.set_version(Version::V1_2);
    let mut batch = Batch::default();
    group.bench_function("every header and the body", |b| {
        b.iter_batched_ref(
            || BytesMut::from(&bytes[..]),
            |input| {
                decoder.decode(input, &mut batch).expect("valid frames");
                assert_eq!(batch.len(), FRAMES);
                let mut sum = 0;
                for frame in batch.iter() {
                    for header in frame.headers() {
                        sum += header.name().len() + header.value().len();
                    }
                    sum += frame.header("ack").map_or(0, |ack| ack.len()) + frame.body().len();
                }
                black_box(sum)
            },
            criterion::BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
