//! How fast messages of 100 bytes become what a pipe gets; each format for the frames of one read.
#![allow(missing_docs, clippy::unwrap_used)] // the macros of criterion make public functions; a bench may panic

use std::fmt::Write as _;
use std::hint::black_box;

use bytes::BytesMut;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stomp_shell::protocol::{Batch, Decoder, Limits, Version};
use stomp_shell::render::{Arrival, Format, Output, Renderer};

/// Frames in one read of the bench, about 256 KiB.
const FRAMES: usize = 1_200;

fn batch() -> Batch {
    let mut text = String::new();
    for n in 0..FRAMES {
        write!(
            text,
            "MESSAGE\nsubscription:0\nmessage-id:m-1-{n:010}\nack:a-1-{n:010}\n\
             destination:/queue/x\ncontent-type:text/plain\ncontent-length:100\n\n{n:0100}\0\n"
        )
        .unwrap();
    }
    let mut decoder = Decoder::new(Limits::CLIENT);
    decoder.set_version(Version::V1_2);
    let mut batch = Batch::default();
    decoder.decode(&mut BytesMut::from(text.as_bytes()), &mut batch).unwrap();
    batch
}

fn render(c: &mut Criterion) {
    let batch = batch();
    let mut group = c.benchmark_group("render");
    group.throughput(Throughput::Elements(batch.len() as u64));
    let format = Format::parse(r"%n %d %h{content-type} %b\n").unwrap();
    for (name, output) in [
        ("lines", Output::Lines),
        ("envelopes", Output::Envelopes),
        ("format", Output::Format(format)),
        ("headers", Output::Headers),
    ] {
        let mut renderer = Renderer::new(output, false);
        let mut out = Vec::new();
        group.bench_function(name, |b| {
            b.iter(|| {
                out.clear();
                let mut arrival = Arrival::now(0);
                for frame in batch.iter() {
                    arrival.number += 1;
                    renderer.render(&frame, &arrival, &mut out);
                }
                black_box(out.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, render);
criterion_main!(benches);
