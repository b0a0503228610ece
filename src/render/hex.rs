//! Hexadecimal digits and dumps.

use std::fmt::Write as _;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

pub(crate) fn push_digits(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// The number of bytes per line of a dump for this width: 16, 8 or 4.
pub(crate) fn row(width: usize) -> usize {
    // Offset, gap, digits, gap in the middle, and the characters between two bars.
    let columns = |bytes: usize| 8 + 1 + 3 * bytes + 1 + 2 + bytes + 2;
    [16, 8].into_iter().find(|bytes| columns(*bytes) <= width).unwrap_or(4)
}

/// Appends a dump: offset, digits and printable ASCII of `row` bytes per line.
pub(crate) fn push_dump(bytes: &[u8], row: usize, out: &mut String) {
    for (number, line) in bytes.chunks(row).enumerate() {
        // Writing to a String does not fail.
        let _ = write!(out, "{:08x} ", number * row);
        for column in 0..row {
            if column == row / 2 {
                out.push(' ');
            }
            let _ = match line.get(column) {
                Some(byte) => write!(out, " {byte:02x}"),
                None => out.write_str("   "),
            };
        }
        out.push_str("  |");
        out.extend(line.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' }));
        out.push_str("|\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_has_sixteen_bytes_a_line() {
        let mut out = String::new();
        push_dump(b"0123456789abcdef\x00\x1b|\xff", row(80), &mut out);
        assert_eq!(
            out,
            "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n\
             00000010  00 1b 7c ff                                       |..|.|\n"
        );
    }

    #[test]
    fn a_dump_stays_in_its_row() {
        for width in [30, 40, 46, 77, 78, 80, 200] {
            let mut out = String::new();
            push_dump(&[b'x'; 40], row(width), &mut out);
            assert!(out.lines().all(|line| line.len() <= width), "{width}\n{out}");
        }
        assert_eq!((row(80), row(60), row(40)), (16, 8, 4));
    }

    #[test]
    fn digits_come_two_an_byte() {
        let mut out = Vec::new();
        push_digits(b"\x00\xaf9", &mut out);
        assert_eq!(out, b"00af39");
    }
}
