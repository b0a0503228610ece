//! Where the lines of a head end, 64 bytes at a time.

use wide::u8x16;

/// The bytes that matter in 64 bytes of a head, one bit each, the first byte the lowest.
pub(super) struct Masks {
    /// A bit for each line feed.
    pub(super) newline: u64,
    /// A bit for each colon.
    pub(super) colon: u64,
    /// Backslashes, carriage returns and NULs: what sends a line down the careful path.
    pub(super) special: u64,
}

/// Bytes looked at in one go.
pub(super) const CHUNK: usize = 64;

/// Finds what matters in a chunk.
#[inline]
pub(super) fn masks(chunk: &[u8; CHUNK]) -> Masks {
    let mut masks = Masks { newline: 0, colon: 0, special: 0 };
    let (quarters, _) = chunk.as_chunks::<16>();
    for (index, quarter) in quarters.iter().enumerate() {
        let bytes = u8x16::new(*quarter);
        let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
        let shift = 16 * index;
        masks.newline |= u64::from(is(b'\n').to_bitmask()) << shift;
        masks.colon |= u64::from(is(b':').to_bitmask()) << shift;
        masks.special |= u64::from((is(b'\\') | is(b'\r') | is(0)).to_bitmask()) << shift;
    }
    masks
}

/// The chunk that begins at `at`, filled up with bytes that do not matter, and how many of its
/// bytes are real.
#[inline]
pub(super) fn masks_at(data: &[u8], at: usize) -> (Masks, usize) {
    if let Some(chunk) = data[at..].first_chunk::<CHUNK>() {
        return (masks(chunk), CHUNK);
    }
    let rest = &data[at..];
    let mut chunk = [b'x'; CHUNK];
    chunk[..rest.len()].copy_from_slice(rest);
    (masks(&chunk), rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_its_bit() {
        let mut chunk = [b'a'; CHUNK];
        chunk[0] = b'\n';
        chunk[17] = b':';
        chunk[33] = b'\\';
        chunk[63] = 0;
        chunk[62] = b'\r';
        let found = masks(&chunk);
        assert_eq!(found.newline, 1);
        assert_eq!(found.colon, 1 << 17);
        assert_eq!(found.special, 1 << 33 | 1 << 62 | 1 << 63);
    }

    #[test]
    fn a_short_rest_brings_nothing_of_its_own() {
        let (found, real) = masks_at(b"abc:\n", 2);
        assert_eq!((found.newline, found.colon, found.special, real), (1 << 2, 1 << 1, 0, 3));
    }
}
