//! Our decoder beside those of iridium-stomp and async-stomp, on the same bytes: MESSAGE frames of
//! 218 bytes with six headers.

mod each;
mod frames;

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use each::{async_stomp, iridium_stomp, ours};
use frames::{FRAMES, frames};

fn decoders(c: &mut Criterion) {
    let bytes = frames();
    let mut group = c.benchmark_group("decoders");
    group.throughput(Throughput::Elements(FRAMES as u64));
    let fresh = || BytesMut::from(&bytes[..]);
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
