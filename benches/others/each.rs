//! What each of the decoders does with the bytes: decode all frames, and read `ack` and the body of each.
//! Ours looks at every header too, since it splits and unescapes a header only when it is looked at; the
//! others have done that by then.

use bytes::BytesMut;
use tokio_util::codec::Decoder as _;

use crate::frames::FRAMES;

pub(crate) fn ours(
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

pub(crate) fn iridium_stomp(input: &mut BytesMut) -> usize {
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

pub(crate) fn async_stomp(input: &mut BytesMut) -> usize {
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
