//! Finds line feeds, colons and special bytes in a head, 64 bytes at a time.

use wide::u8x16;

/// One bit for each byte of a chunk; the lowest is the first byte.
pub(super) struct Masks {
    pub(super) newline: u64,
    pub(super) colon: u64,
    /// Backslashes, carriage returns and NULs, which need a closer check.
    pub(super) special: u64,
}

/// Bytes scanned at a time.
pub(super) const CHUNK: usize = 64;

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

/// Scans the chunk at `at`, and returns its length in `data`: the last chunk is padded.
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

/// Parses decimal digits, without sign or spaces; `None` beyond 64 bits.
pub(crate) fn parse_decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
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
