//! The bytes that the benches of decoders have in common.

/// Frames in one read of the bench, about 256 KiB. Each has 218 bytes but the one in a hundred.
pub(crate) const FRAMES: usize = 1_200;

/// That many MESSAGE frames, one in a hundred with escapes.
pub(crate) fn frames() -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0..FRAMES {
        let note = if n % 100 == 99 { "note:a\\cb\\nc\\\\d\n" } else { "" };
        bytes.extend_from_slice(
            format!(
                "MESSAGE\nsubscription:0\nmessage-id:m-1-{n:010}\nack:a-1-{n:010}\n\
                 destination:/queue/x\ncontent-type:text/plain\ncontent-length:85\n{note}\n{n:085}"
            )
            .as_bytes(),
        );
        bytes.push(0);
    }
    bytes
}
